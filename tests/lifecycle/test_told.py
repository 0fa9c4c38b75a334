"""A factory hears of the lines that are led to it, and of no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spectrum_orders.domain.events import HELD
from spectrum_orders.store import events, parties
from spectrum_orders.store import orders as stored
from spectrum_orders.store import partners as partner_rows
from spectrum_orders.store.events import Event
from tests.delivery.working import until
from tests.harness.factory import Factory, opened_store, order
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop


def heard(press: Press, count: int, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def enough() -> bool:
        answer = press.get("/api/events", **query)
        assert answer.status_code == 200, answer.text
        found[:] = answer.json()["events"]
        return len(found) >= count

    until(enough, f"{count} events")
    return found


def hold(shop: Shop, number: str, *factories: Factory) -> None:
    """An event about the whole order, that all these factories may know."""
    with opened_store(shop.server) as runtime, runtime.ledger.write() as tx:
        client = parties.find_client(tx.connection, shop.handle)
        assert client is not None
        found = stored.find_order(tx.connection, client.id, number)
        assert found is not None
        ids = {one.handle: one.id for one in partner_rows.everybody(tx.connection)}
        may_know = [ids[factory.handle] for factory in factories]
        events.emit(tx, Event(HELD, client.id, found.id, {"by": "test"}, (0, 1), may_know))


def test_two_factories_of_one_order_hear_of_their_own_lines(
    own_shop: Shop, build: Callable[..., Factory]
) -> None:
    first, second, stranger = build(), build(), build()
    first.receives(own_shop, sku="MUG")
    second.receives(own_shop, sku="CAP")
    with Press(first) as one, Press(second) as two, Press(stranger) as third:
        assert own_shop.get("/api/events").status_code == 200
        sent = order("PO-1", "ABCD1234", "EFGH5678")
        sent["lineItems"][1]["skuQuantities"][0]["sku"] = "CAP"
        own_shop.acknowledge(sent)
        assert [told["type"] for told in heard(one, 1)] == ["line.routed"]
        heard(two, 1)
        hold(own_shop, "PO-1", first, second)
        for press, design in ((one, "ABCD1234"), (two, "EFGH5678")):
            routed, held = heard(press, 2)
            assert [told["sequence"] for told in (routed, held)] == [1, 2]
            for told in (routed, held):
                (line,) = told["data"]["lineItems"]
                assert line["recipeSetReadableId"] == design
                assert told["data"]["clientHandle"] == own_shop.handle
        (last,) = [told for told in own_shop.get("/api/events").json()["events"] if told["type"] == HELD]
        assert len(last["data"]["lineItems"]) == 2
        assert third.get("/api/events").json()["events"] == []


def test_a_line_that_is_taken_from_a_factory_changes_nothing_of_what_it_was_told(
    own_shop: Shop, press: Press, factory: Factory
) -> None:
    own_shop.get("/api/events")
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    before = heard(press, 1)
    with opened_store(own_shop.server) as runtime, runtime.ledger.write() as tx:
        tx.connection.exec_driver_sql("UPDATE lines SET partner_id = NULL")
    assert heard(press, 1) == before


def test_a_token_of_one_client_reads_that_clients_events_and_registers_nothing(
    working: Server, own_shop: Shop, factory: Factory
) -> None:
    with Shop(working) as other, Press(factory, own_shop) as limited, Press(factory) as free:
        factory.receives(other)
        own_shop.get("/api/events")
        for shop in (other, own_shop):
            shop.acknowledge(order("PO-1", "ABCD1234"))
        assert {told["data"]["clientHandle"] for told in heard(free, 2)} == {other.handle, own_shop.handle}
        assert {told["data"]["clientHandle"] for told in heard(limited, 1)} == {own_shop.handle}
        refused = limited.post("/api/webhooks", {"url": "https://8.8.8.8/"})
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        made = free.post("/api/webhooks", {"url": "https://8.8.8.8/"})
        assert made.status_code == 201
        path = f"/api/webhooks/{made.json()['id']}"
        assert limited.get(path).status_code == 403
        assert own_shop.get(path).status_code == 404
        assert free.get(path).json()["state"] == "active"
        assert free.request("DELETE", path).status_code == 200
