"""Promise: whoever asks hears of everything that happened to its orders, in order, and of nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.orders import order
from tests.delivery.working import until
from tests.harness.receiver import Receiver
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.harness.told import LOOPBACK, verified


def events(shop: Shop, **query: str) -> dict[str, Any]:
    found = shop.get("/api/events", params=query)
    assert found.status_code == 200, found.text
    page: dict[str, Any] = found.json()
    return page


def heard(shop: Shop, count: int) -> list[dict[str, Any]]:
    """The shop's events, once there are so many."""
    found: list[dict[str, Any]] = []

    def enough() -> bool:
        found[:] = events(shop, limit="1000")["events"]
        return len(found) >= count

    until(enough, f"{count} events")
    return found


def register(shop: Shop, receiver: Receiver, **more: Any) -> dict[str, Any]:
    found = shop.post("/api/webhooks", {"url": receiver.url, **more})
    assert found.status_code == 201, found.text
    made: dict[str, Any] = found.json()
    return made


@pytest.fixture(scope="module")
def telling(places: Any) -> Any:
    """A server that may post to this machine."""
    with Server(places.new(), LOOPBACK) as running:
        yield running


def test_an_acknowledged_order_is_told_signed_and_without_a_person(telling: Server) -> None:
    with Shop(telling) as shop, Receiver() as receiver:
        made = register(shop, receiver)
        sent = order(emailAddress="canary@shop.test")
        shop.acknowledge(sent)
        until(lambda: bool(receiver.posted), "a webhook")
        (posted,) = receiver.posted
        told = verified(posted, made["secret"])
        assert "canary" not in posted.body.decode()
        assert told["type"] == "order.acknowledged"
        assert told["sequence"] == 1
        assert told["data"] == {
            "clientHandle": shop.handle,
            "purchaseOrderNumber": sent["purchaseOrderNumber"],
        }
        (entry,) = events(shop)["events"]
        assert {**entry, "feedSequence": entry["sequence"]} == told
