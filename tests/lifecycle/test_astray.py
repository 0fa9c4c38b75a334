"""A line that is shipped although it was cancelled: noted, told to whom it concerns, and settled by them."""

from __future__ import annotations

from typing import Any

from tests.harness.factory import Factory, order, sell
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.test_changes import all_delivered, change, read, until
from tests.lifecycle.test_exceptions import listed

SHIPPING = "/api/order/ship-notification"
KIND = "shipped-although-cancelled"


def ship(press: Press, *sets: str, tracking: str = "1Z1") -> dict[str, Any]:
    entries = [{"recipeSetReadableId": name, "shipmentTracking": tracking} for name in sets]
    answer = press.post(SHIPPING, {"purchaseOrderNumber": "PO-1", "lineItems": entries})
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    assert said["status"] == "OK"
    return said


def sold(shop: Shop, *sets: str) -> None:
    sell(shop, *dict.fromkeys(sets))
    shop.acknowledge(order("PO-1", *sets))
    until(shop, "PO-1", all_delivered)


def test_what_is_shipped_although_it_was_cancelled_is_an_exception_until_its_shop_settles_it(
    own_shop: Shop, factory: Factory, press: Press
) -> None:
    sold(own_shop, "ABCD1234", "EFGH5678")
    change(own_shop, "cancel", "PO-1", "ABCD1234", reason="She has changed her mind.")
    assert listed(own_shop) == []
    said = ship(press, "EFGH5678", "ABCD1234")
    assert [(one["pointer"], one["code"]) for one in said["warnings"]] == [
        ("/lineItems/1/recipeSetReadableId", KIND)
    ]
    (case,) = listed(own_shop)
    assert (case["kind"], case["waiting"]) == (KIND, False)
    line = read(own_shop, "PO-1")["lineItems"][0]
    assert case["lineItem"]["id"] == line["id"]
    assert "POST /api/order/settle" in case["nextStep"]
    assert listed(press) == []
    # Said again it is said again, and is no second case; a dry run settles nothing.
    assert ship(press, "ABCD1234")["warnings"][0]["code"] == KIND
    asked = {"purchaseOrderNumber": "PO-1"}
    assert own_shop.post("/api/order/settle", asked, params={"dryRun": "true"}).status_code == 200
    assert [one["since"] for one in listed(own_shop)] == [case["since"]]
    assert press.post("/api/order/settle", asked).status_code == 403
    done = change(own_shop, "settle", "PO-1", reason="It comes back.")
    assert {one["workflowStatus"] for one in done["lineItems"]} == {"cancelled", "not-started"}
    assert listed(own_shop) == []
    assert change(own_shop, "settle", "PO-1") == done
    assert "warnings" not in ship(press, "ABCD1234")
    found = read(own_shop, "PO-1")
    assert (found["progress"]["shipped"], found["progress"]["cancelled"]) == (1, 1)
    assert "shippedAt" in found["lineItems"][0]
    # Another parcel is another matter.
    assert ship(press, "ABCD1234", tracking="1Z2")["warnings"][0]["code"] == KIND
    assert [one["kind"] for one in listed(own_shop)] == [KIND]


def test_a_notification_means_the_line_that_is_to_be_made_where_two_have_one_recipe_set(
    own_shop: Shop, factory: Factory, press: Press
) -> None:
    sold(own_shop, "ABCD1234", "ABCD1234")
    first = read(own_shop, "PO-1")["lineItems"][0]["id"]
    change(own_shop, "cancel", "PO-1", lineItems=[{"id": first}])
    assert "warnings" not in ship(press, "abcd1234")
    assert listed(own_shop) == []


def test_the_operator_sees_it_too_and_settles_it(
    working: Server, own_shop: Shop, factory: Factory, press: Press
) -> None:
    sold(own_shop, "ABCD1234")
    change(own_shop, "cancel", "PO-1")
    ship(press, "ABCD1234")
    shown = working.spectrum("exceptions", "--client", own_shop.handle).stdout
    said = " ".join(shown.split())
    assert KIND in said
    assert "spectrum order settle" in said
    working.spectrum("order", "settle", "--client", own_shop.handle, "PO-1", "--reason", "Written off.")
    told = working.spectrum("order", "history", "--client", own_shop.handle, "PO-1").stdout
    assert "settled: shipped although it was cancelled, by operator (Written off.)" in " ".join(told.split())
    assert listed(own_shop) == []


def test_a_line_that_is_cancelled_after_it_was_shipped_is_no_such_case(
    own_shop: Shop, factory: Factory, press: Press
) -> None:
    sold(own_shop, "ABCD1234")
    ship(press, "ABCD1234")
    entry = {"recipeSetReadableId": "ABCD1234", "workflowStatus": "cancelled"}
    moved = press.put("/api/order/status", {"purchaseOrderNumber": "PO-1", "lineItems": [entry]})
    assert moved.status_code == 200
    assert "warnings" not in ship(press, "ABCD1234")
    assert listed(own_shop) == []
