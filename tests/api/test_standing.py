"""How far each line has come, as its shop reads it back; and what a dry run foresees of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from spectrum_orders.domain.partner import PartnerSettings
from spectrum_orders.store import parties, partners, routing
from tests.api import designs
from tests.api.orders import (
    ADDRESS,
    FULL,
    NDJSON,
    check_problem,
    codes,
    full,
    line,
    lines,
    order,
    read,
)
from tests.conftest import FreshServer
from tests.harness.factory import PATIENCE, Factory
from tests.harness.server import Server
from tests.harness.shop import Shop

DRY = {"dryRun": "true"}
RULELESS: dict[str, Any] = {
    "decided": True,
    "partner": None,
    "rule": None,
    "why": ["There is no rule, so no partner makes this line."],
}


def foreseen(shop: Shop, sent: Any, path: str = FULL + "/acknowledgement") -> list[dict[str, Any]]:
    """What a dry run says about the order's lines."""
    body = designs.taken(shop.post(path, sent, params=DRY))
    assert (body["dryRun"], "receiptId" in body) == (True, False)
    found: list[dict[str, Any]] = body["foreseen"]
    return found


def standing(shop: Shop, number: str) -> dict[str, Any]:
    found: dict[str, Any] = read(shop, number).json()
    return found


def test_a_line_of_an_unknown_recipe_set_is_acknowledged_and_awaits_its_artwork(
    fresh_server: FreshServer,
) -> None:
    with Shop(fresh_server(SPECTRUM_DELIVER="off")) as shop:
        sent = order()
        assert shop.acknowledge(sent).json()["allSuccessful"] is True
        found = standing(shop, sent["purchaseOrderNumber"])
        (one,) = found["lineItems"]
        assert one["routing"] == RULELESS
        assert one["artwork"] == {"state": "awaiting-artwork"}
        assert one["delivery"] == {"state": "unplanned"}
        assert list(found["progress"].values()) == [1, 0, 0, 0, 0, 0, 0]
        assert "completions" not in found
        put = designs.put_product(shop)
        put = designs.put_recipe_set(shop, "ABCD1234")
        late = order()
        shop.acknowledge(late)
        (one,) = standing(shop, late["purchaseOrderNumber"])["lineItems"]
        assert one["artwork"] == {"state": "pending", "version": put["version"]}


def test_an_order_can_be_followed_from_the_rule_to_the_factory(
    fresh_server: FreshServer, tmp_path: Path
) -> None:
    server = fresh_server()
    factory = Factory(server, tmp_path / "press")
    with Shop(server) as shop:
        factory.receives(shop, sku="SHOE-*")
        put = designs.put_product(shop)
        put = designs.put_recipe_set(shop, "ABCD1234")
        sent = order(lineItems=[line(), line(skuQuantities=[{"sku": "hat", "quantity": 1}])])

        told = foreseen(shop, sent)
        assert [one["routing"]["partner"] for one in told] == ["press", None]
        assert told[0]["artwork"] == {"state": "pending", "version": put["version"]}
        assert told[0]["files"] == [{"product": "tag", "area": "front", "mediaType": "application/pdf"}]
        assert read(shop, sent["purchaseOrderNumber"]).status_code == 404

        shop.acknowledge(sent)
        factory.await_packages()
        number = sent["purchaseOrderNumber"]
        until = time.monotonic() + PATIENCE
        while (found := standing(shop, number))["progress"]["delivered"] < 1:
            assert time.monotonic() < until, found
            time.sleep(0.05)
        assert list(found["progress"].values()) == [2, 1, 2, 1, 0, 0, 0]
        first, second = found["lineItems"]
        # What happened is what had been foreseen, word for word.
        assert [first["routing"], second["routing"]] == [one["routing"] for one in told]
        assert first["routing"]["why"][-1] == "The line goes to press."
        assert (second["routing"]["decided"], second["routing"]["rule"]) == (True, None)
        assert first["artwork"]["state"] == "ready"
        assert first["artwork"]["version"] == put["version"]
        (way,) = first["delivery"].pop("destinations")
        assert (way["state"], way["attempts"], way["settledAt"][-6:]) == ("sent", 1, "+00:00")
        assert first["delivery"]["state"] == "delivered"
        assert first["delivery"]["packageId"] in factory.packages()[0].name
        assert second["delivery"] == {"state": "unplanned"}
        assert first["workflowStatus"] == "not-started"
        assert str(tmp_path) not in str(found)

        # The addresses come after the package has left: its ticket follows.
        assert foreseen(shop, full(**sent), FULL)[0]["routing"] == first["routing"]
        assert designs.taken(shop.post(FULL, full(**sent)))["completed"] is True
        factory.await_packages(2)
        (completion,) = standing(shop, number)["completions"]
        assert completion["completes"] == first["delivery"]["packageId"]
        assert completion["packageId"] in str(factory.packages())


@pytest.fixture
def routed(server: Server, shop: Shop) -> Shop:
    """A shop with two rules, of which one asks for a country."""
    with server.opened() as opened, opened.ledger.write() as tx:
        client = parties.find_client(tx.connection, shop.handle)
        assert client is not None
        handle = shop.handle.replace("shop", "press")
        partner = partners.create(tx, handle, name="", settings=PartnerSettings())
        for sku, country in (("shoe-*", None), (None, "DE, AT")):
            routing.add(tx, client.id, partner.id, sku=sku, country=country, rank=None)
    return shop


def test_a_dry_run_says_which_rule_would_decide_and_which_nearly_did(routed: Shop) -> None:
    partner = routed.handle.replace("shop", "press")
    (nowhere,) = foreseen(routed, order())
    assert (nowhere["routing"]["partner"], nowhere["routing"]["rule"]) == (None, None)
    assert "nearly matched" in nowhere["routing"]["why"][0]
    assert "no address has come yet" in nowhere["routing"]["why"][1]
    abroad = order(shippingAddress={**ADDRESS, "country": "AT"})
    (there,) = foreseen(routed, abroad)
    assert there["routing"]["partner"] == partner
    assert there["routing"]["rule"] in there["routing"]["why"][1]
    # A country is a person's: it decides, and no answer repeats it.
    assert "AT" not in str(there["routing"])
    assert there["artwork"] == {"state": "awaiting-artwork"}
    assert there["files"] == []


def test_every_form_of_a_dry_run_foresees_its_lines(routed: Shop) -> None:
    sent = [order(shippingAddress={**ADDRESS, "country": "DE"}), order(), order(lineItems=[])]
    partner = routed.handle.replace("shop", "press")
    bulk = routed.acknowledge(sent, params=DRY).json()["results"]
    assert [one["httpStatus"] for one in bulk] == [200, 200, 422]
    assert [one["foreseen"][0]["routing"]["partner"] for one in bulk[:2]] == [partner, None]
    assert "foreseen" not in bulk[2]
    stream = routed.acknowledge(None, content=lines(*sent), Content_Type=NDJSON, params=DRY)
    first = stream.text.splitlines()[0]
    assert f'"partner":"{partner}"' in first
    # One that is stored says nothing of it: it is read back where it stands.
    assert "foreseen" not in routed.acknowledge(order()).json()


def test_a_finished_design_is_foreseen_as_it_is(shop: Shop) -> None:
    name = designs.new_id()
    areas = (designs.area("upper", output="png"), designs.area("sole", output="svg"))
    designs.put_product(shop, designs.product(*areas), "shoe")
    filled = [designs.filling("upper"), designs.filling("sole")]
    designs.put_recipe_set(shop, name, designs.recipe_set(*filled, product="shoe"))
    assert shop.get(f"/api/webtoprint/{name}", params=designs.WAIT).status_code == 200
    (one,) = foreseen(shop, order(lineItems=[line(recipeSetId=name.lower())]))
    assert one["artwork"]["state"] == "ready"
    assert one["artwork"]["madeAt"].endswith("+00:00")
    assert one["files"] == [
        {"product": "shoe", "area": "upper", "mediaType": "image/png"},
        {"product": "shoe", "area": "sole", "mediaType": "image/svg+xml"},
    ]


def test_a_shop_that_rejects_unknown_artwork_is_refused_only_what_is_unknown(server: Server) -> None:
    with Shop(server, unknown_recipe_set="reject") as shop:
        designs.put_product(shop)
        known, unknown = designs.new_id(), designs.new_id()
        designs.put_recipe_set(shop, known)
        good = order(lineItems=[line(recipeSetId=known.lower())])
        bad = order(lineItems=[line(recipeSetId=known), line(recipeSetId=unknown)])
        for params in (DRY, {}):
            body = check_problem(shop.acknowledge(bad, params=params), 422, "invalid")
            assert codes(body["errors"]) == [("/lineItems/1/recipeSetId", "unknown-recipe-set")]
            assert designs.taken(shop.acknowledge(good, params=params))["allSuccessful"] is True
        mixed = [order(lineItems=[line(recipeSetId=known)]), bad]
        for headers in ({}, {"Idempotency_Key": "one"}):
            results = shop.acknowledge(mixed, **headers).json()["results"]
            assert [one["httpStatus"] for one in results][1] == 422
        assert read(shop, mixed[0]["purchaseOrderNumber"]).status_code == 200
        keyed = {"Idempotency_Key": "two"}
        check_problem(shop.acknowledge(bad, **keyed), 422, "invalid")
        streamed = shop.acknowledge(None, content=lines(bad, good), Content_Type=NDJSON).text.splitlines()
        assert ['"httpStatus":422' in streamed[0], '"httpStatus":409' in streamed[1]] == [True, True]
        # Once the design has come, the same order is taken, and its key was not used up.
        designs.put_recipe_set(shop, unknown)
        assert shop.acknowledge(bad, **keyed).status_code == 200
    with Shop(server, unknown_recipe_set="reject") as other:
        # Another shop's designs are as unknown as any.
        check_problem(other.acknowledge(good), 422, "invalid")
