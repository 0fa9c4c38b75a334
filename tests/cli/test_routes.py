"""Rules on the command line: added, tried in their order, explained, and tried as a draft."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.harness.factory import order
from tests.harness.server import Server
from tests.harness.shop import Shop

AUSTRIAN = {
    "firstName": "Wilhelmina",
    "lastName": "Featherstonehaugh",
    "address1": "Marmaladegasse 8",
    "city": "Linz",
    "postalCode": "4020",
    "country": "AT",
}


def test_rules_are_tried_in_the_order_of_their_ranks(server: Server, shop: Shop) -> None:
    press = f"press-{shop.handle}"
    server.spectrum("partner", "create", press)
    add = ("route", "add", "--client", shop.handle, "--partner", press)
    first = json.loads(server.spectrum(*add, "--sku", "MUG-*", "--json").stdout)
    last = json.loads(server.spectrum(*add, "--json").stdout)
    server.spectrum("route", "move", last["id"], "1")

    def ranks() -> list[tuple[str, int]]:
        found = json.loads(server.spectrum("route", "list", "--client", shop.handle, "--json").stdout)
        return [(one["id"], one["rank"]) for one in found]

    assert ranks() == [(last["id"], 1), (first["id"], 10)]
    server.spectrum("route", "remove", last["id"])
    assert ranks() == [(first["id"], 10)]
    gone = server.spectrum("route", "remove", last["id"], check=False)
    assert (gone.returncode, gone.stderr) == (
        1,
        "Error: No such route. List them with: spectrum route list\n",
    )
    wrong = server.spectrum(*add, "--sku", " MUG", "--country", "Austria", check=False)
    assert wrong.returncode == 2
    assert "white space around it" in wrong.stderr
    assert "two-letter ISO 3166 code" in wrong.stderr


def test_a_draft_is_held_against_past_orders_and_changes_nothing(
    server: Server, shop: Shop, tmp_path: Path
) -> None:
    near, far = f"near-{shop.handle}", f"far-{shop.handle}"
    for partner in (near, far):
        server.spectrum("partner", "create", partner)
    server.spectrum("route", "add", "--client", shop.handle, "--sku", "MUG-*", "--partner", far)
    there = order("PO-2", "A", sku="MUG-2", shippingAddress=AUSTRIAN, customerAddress=AUSTRIAN)
    assert shop.acknowledge(order("PO-1", "A", sku="MUG-1")).status_code == 200
    assert shop.post("/api/order", there).status_code == 200
    draft = tmp_path / "draft.json"
    rules: list[dict[str, Any]] = [{"partner": near, "country": "AT"}, {"partner": far, "sku": "MUG-*"}]
    draft.write_text(json.dumps(rules))
    simulate = ("route", "simulate", "--client", shop.handle, "--rules", str(draft))

    closed = server.spectrum(*simulate)
    assert "without --countries no address is opened" in closed.stderr
    assert "0 of 2 lines would go elsewhere." in closed.stderr
    told = json.loads(server.spectrum(*simulate, "--countries", "--json").stdout)
    assert (told["lines"], told["moves"]) == (2, [{"from": far, "to": near, "lines": 1}])
    (one,) = told["differences"]
    assert (one["purchaseOrderNumber"], one["because"][-1]) == ("PO-2", f"The line goes to {near}.")
    assert "Linz" not in json.dumps(told)
    # A line is called what --line wants, and what the order itself is read with.
    (line,) = shop.get("/api/order/order-number/PO-2").json()["lineItems"]
    assert one["line"] == line["id"]
    table = server.spectrum(*simulate, "--countries").stdout.splitlines()
    assert table[1].split()[:2] == ["PO-2", str(line["id"])]

    draft.write_text(json.dumps([{"partner": "nobody", "sku": ""}, {"partner": near, "country": "Austria"}]))
    wrong = server.spectrum(*simulate, check=False)
    assert wrong.returncode == 1
    assert [line.split(":")[0].strip() for line in wrong.stderr.splitlines()[1:]] == [
        "/0",
        "/0/partner",
        "/1",
    ]
    draft.write_text('[{"parter": "near"}]')
    assert "not a JSON list of rules" in server.spectrum(*simulate, check=False).stderr
