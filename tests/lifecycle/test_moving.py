"""A factory says how far it is and what it has shipped, as its client program has always said it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from spectrum_orders.store import lines, parties, seats
from spectrum_orders.store.seats import Seat
from tests.harness.factory import Factory, opened_store, order, sell
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop

STATUS, SHIPPING = "/api/order/status/", "/api/order/ship-notification/"


def sent(shop: Shop, factory: Factory, number: str, *sets: str) -> None:
    """An order that the factory sees."""
    sell(shop, *sets)
    assert shop.acknowledge(order(number, *sets)).status_code == 200
    deadline = time.monotonic() + 60
    while not all(line["routing"]["partner"] for line in read(shop, number)["lineItems"]):
        assert time.monotonic() < deadline, "the order was not routed"
        time.sleep(0.02)


def read(shop: Shop, number: str) -> dict[str, Any]:
    answer = shop.get(f"/api/order/order-number/{number}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def statuses(shop: Shop, number: str) -> list[str]:
    return [line["workflowStatus"] for line in read(shop, number)["lineItems"]]


def update(number: str, *wishes: tuple[str, str]) -> dict[str, Any]:
    lines = [{"recipeSetReadableId": name, "workflowStatus": status} for name, status in wishes]
    return {"purchaseOrderNumber": number, "lineItems": lines}


def shipment(number: str, *parcels: tuple[str, Any], **more: Any) -> dict[str, Any]:
    lines = [{"recipeSetReadableId": name, "shipmentTracking": what, **more} for name, what in parcels]
    return {"purchaseOrderNumber": number, "lineItems": lines}


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_factory_moves_its_lines_and_is_answered_in_the_documented_words(
    own_shop: Shop, factory: Factory, press: Press, method: str
) -> None:
    sent(own_shop, factory, "PO-1", "MUEMVK2U", "ABCD1234")
    before = read(own_shop, "PO-1")["lastModification"]
    answer = press.request(method, STATUS, update("PO-1", ("MUEMVK2U", "in-progress")))
    assert answer.status_code == 200
    assert answer.json() == {
        "purchaseOrderNumber": "PO-1",
        "status": "OK",
        "details": "Updated workflow status for recipeSetReadableId(s): MUEMVK2U.",
    }
    assert statuses(own_shop, "PO-1") == ["in-progress", "not-started"]
    assert read(own_shop, "PO-1")["lastModification"] > before


def test_the_real_clients_quirks_are_all_taken(own_shop: Shop, factory: Factory, press: Press) -> None:
    """The same id several times in one body, other cases, a status that comes even after the shipment."""
    sent(own_shop, factory, "PO-1", "MUEMVK2U")
    twice = update("PO-1", ("muemvk2u", "In Progress"), ("MUEMVK2U", "in-progress"))
    assert press.put(STATUS, twice).status_code == 200
    assert press.post(SHIPPING, shipment("PO-1", ("MUEMVK2U", ["1Z1", "1Z2"]))).status_code == 200
    assert press.put(STATUS, twice).status_code == 200
    assert press.put(STATUS, update("PO-1", ("MUEMVK2U", "delivered"))).status_code == 200
    assert press.put(STATUS, twice).status_code == 200
    found = read(own_shop, "PO-1")["lineItems"][0]
    assert found["workflowStatus"] == "delivered"
    assert found["shipmentTracking"] == ["1Z1", "1Z2"]


def test_one_unknown_line_and_no_line_moves(own_shop: Shop, factory: Factory, press: Press) -> None:
    sent(own_shop, factory, "PO-1", "MUEMVK2U")
    answer = press.put(STATUS, update("PO-1", ("MUEMVK2U", "completed"), ("NOTHERE1", "completed")))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert body["purchaseOrderNumber"] == "PO-1"
    assert body["status"] == "Error"
    assert body["details"] == "Unable to find recipeSetReadableId(s): NOTHERE1."
    assert body["code"] == "not-found"
    assert statuses(own_shop, "PO-1") == ["not-started"]
    late = press.post(SHIPPING, shipment("PO-1", ("MUEMVK2U", "1Z"), ("NOTHERE1", "1Z")))
    assert (late.status_code, late.json()["status"]) == (409, "Error")
    assert "shipmentTracking" not in read(own_shop, "PO-1")["lineItems"][0]


def test_every_problem_of_an_update_is_told_at_once(own_shop: Shop, factory: Factory, press: Press) -> None:
    sent(own_shop, factory, "PO-1", "MUEMVK2U")
    body = {
        "lineItems": [{"workflowStatus": "done"}, 7, {"recipeSetReadableId": "MUEMVK2U"}],
        "colour": "red",
    }
    answer = press.put(STATUS, body)
    assert answer.status_code == 422
    found = {(one["pointer"], one["code"]) for one in answer.json()["errors"]}
    assert found == {
        ("/purchaseOrderNumber", "missing"),
        ("/lineItems/0/recipeSetReadableId", "missing"),
        ("/lineItems/0/workflowStatus", "unknown-value"),
        ("/lineItems/1", "wrong-type"),
        ("/lineItems/2/workflowStatus", "missing"),
    }
    assert answer.json()["warnings"][0]["pointer"] == "/colour"
    assert press.post(STATUS, None).status_code == 400


def test_the_history_of_a_line_is_kept_with_who_and_when(
    working: Server, own_shop: Shop, factory: Factory, press: Press
) -> None:
    sent(own_shop, factory, "PO-1", "MUEMVK2U")
    for status in ("in-progress", "completed", "completed", "cancelled", "in-progress"):
        assert press.put(STATUS, update("PO-1", ("MUEMVK2U", status))).status_code == 200
    with opened_store(working) as runtime, runtime.database.read() as connection:
        client = parties.find_client(connection, own_shop.handle)
        assert client is not None
        found = seats.find(connection, Seat(client.id, None), "PO-1")
        assert found is not None
        past = lines.history(connection, client.id, found.order_id)
    assert [(one.before, one.after) for one in past] == [
        ("not-started", "in-progress"),
        ("in-progress", "completed"),
        ("completed", "cancelled"),
        ("cancelled", "cancelled"),
    ]
    assert all(one.actor.startswith("tok_") for one in past)
    assert past[-1].note == "in-progress came too late"


def test_an_order_is_shipped_with_its_last_line_and_parcels_stand_side_by_side(
    own_shop: Shop, factory: Factory, press: Press
) -> None:
    sent(own_shop, factory, "PO-1", "MUEMVK2U", "ABCD1234", "EFGH5678")
    first = shipment("PO-1", ("MUEMVK2U", "1Z1"), serialNumbers=["S-1"])
    for _ in range(2):
        assert press.post(SHIPPING, first).json()["details"] == (
            "Updated tracking number for recipeSetReadableId(s): MUEMVK2U."
        )
    assert press.post(SHIPPING, shipment("PO-1", ("MUEMVK2U", "1Z2"))).status_code == 200
    line = read(own_shop, "PO-1")["lineItems"][0]
    assert line["shipmentTracking"] == ["1Z1", "1Z2"]
    assert [one["serialNumbers"] for one in line["shipments"]] == [["S-1"], []]
    assert read(own_shop, "PO-1")["progress"]["shipped"] == 1
    assert (
        own_shop.post(
            "/api/order/cancel",
            {"purchaseOrderNumber": "PO-1", "lineItems": [{"recipeSetReadableId": "EFGH5678"}]},
        ).status_code
        == 200
    )
    assert press.post(SHIPPING, shipment("PO-1", ("ABCD1234", "1Z3"))).status_code == 200
    assert read(own_shop, "PO-1")["progress"] | {"delivered": 0, "rendered": 0} == {
        "acknowledged": 2,
        "routed": 2,
        "rendered": 0,
        "delivered": 0,
        "collected": 0,
        "shipped": 2,
        "cancelled": 1,
    }


def test_a_shop_moves_and_ships_its_own_orders_and_nobody_elses(
    working: Server, own_shop: Shop, factory: Factory
) -> None:
    sent(own_shop, factory, "PO-1", "MUEMVK2U")
    assert own_shop.put(STATUS, update("PO-1", ("MUEMVK2U", "approved"))).status_code == 200
    with Shop(working) as other:
        answer = other.put(STATUS, update("PO-1", ("MUEMVK2U", "completed")))
        assert (answer.status_code, answer.json()["status"]) == (404, "Error")
    assert statuses(own_shop, "PO-1") == ["approved"]
