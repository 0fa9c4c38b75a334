"""An order that waits for artwork, or whose artwork may not be printed, says which and why, wherever it is
looked at."""

from __future__ import annotations

import json
from typing import Any

from tests.harness.factory import MUG, NO_FONT, Factory, order, sell
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.test_changes import read
from tests.lifecycle.test_exceptions import listed, until


def operators(shop: Shop) -> dict[str, Any]:
    (found,) = json.loads(shop.server.spectrum("exceptions", "--client", shop.handle, "--json").stdout)
    case: dict[str, Any] = found
    return case


def test_what_preflight_refuses_is_told_with_its_area_and_how_to_mend_it(
    own_shop: Shop, factory: Factory, working: Server
) -> None:
    assert own_shop.put("/api/products/mug", MUG).status_code in (200, 201)
    sell(own_shop, "GOOD0001")
    for name in ("BAD00001", "BAD00002"):
        assert own_shop.put(f"/api/recipesets/{name}", NO_FONT).status_code in (200, 201)
    assert own_shop.acknowledge(order("PO-1", "GOOD0001", "BAD00001", "BAD00002")).status_code == 200
    until(own_shop, [("preflight-rejected", "PO-1")])
    good, bad, worse = read(own_shop, "PO-1")["lineItems"]
    (finding,) = bad["artwork"]["findings"]
    assert (finding["product"], finding["area"], finding["code"]) == ("mug", "wrap", "glyph-missing")
    assert "findings" not in good["artwork"]
    assert worse["artwork"]["findings"] == [finding]
    (case,) = listed(own_shop)
    assert case["lineItem"] == {"id": bad["id"], "recipeSetReadableId": "BAD00001"}
    assert case["finding"] == finding
    assert case["cause"] == (
        f"Preflight refuses line {bad['id']} (BAD00001) and 1 more line of the package for {factory.handle}: "
        f"mug/wrap has {finding['found']}; wanted: {finding['wanted']}."
    )
    assert case["nextStep"] == (
        f"{finding['mend']} Then put the recipe set again (PUT /api/recipesets/BAD00001); everything that "
        "was found: GET /api/webtoprint/BAD00001"
    )
    assert own_shop.get("/api/webtoprint/BAD00001").json()["findings"][0]["area"] == "wrap"
    told = operators(own_shop)
    assert told["finding"] == finding
    assert told["nextStep"].endswith(f": spectrum recipeset show --client {own_shop.handle} BAD00001")
    said = working.spectrum("order", "show", "--client", own_shop.handle, "PO-1").stdout
    assert finding["found"] in said
    assert finding["mend"] in said
    # One is mended, and what is left is told.
    sell(own_shop, "BAD00001")
    until(own_shop, [("preflight-rejected", "PO-1")])
    case = listed(own_shop)[0]
    assert case["lineItem"]["recipeSetReadableId"] in ("BAD00001", "BAD00002")
    sell(own_shop, "BAD00002")
    factory.await_packages()
    until(own_shop, [])


def test_what_waits_for_artwork_names_the_recipe_set_that_nobody_has_put(
    own_shop: Shop, factory: Factory
) -> None:
    sell(own_shop, "GOOD0001")
    assert own_shop.acknowledge(order("PO-1", "GOOD0001", "MISS 0/1", "MISSING2")).status_code == 200
    until(own_shop, [("awaiting-artwork", "PO-1")])
    (case,) = listed(own_shop)
    line = read(own_shop, "PO-1")["lineItems"][1]
    assert case["lineItem"] == {"id": line["id"], "recipeSetReadableId": "MISS 0/1"}
    assert case["cause"] == (
        f"The package for {factory.handle} waits for the artwork of line {line['id']} (MISS 0/1) and 1 more "
        "line: nobody has put the recipe set."
    )
    assert case["nextStep"] == "Put the recipe set: PUT /api/recipesets/MISS%200%2F1"
    step = f"Put the recipe set MISS 0/1: spectrum recipeset put --client {own_shop.handle} FILE"
    assert operators(own_shop)["nextStep"] == step
