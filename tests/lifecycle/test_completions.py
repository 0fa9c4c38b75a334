"""Addresses that come after a package has left never leave for what nobody is to make any more."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from spectrum_orders.store import departures, partners
from spectrum_orders.store.schema import outbox
from spectrum_orders.store.transaction import now_us
from tests.harness.factory import Factory, manifest, nobody_tries, opened, opened_store, order, pause, sell
from tests.harness.press import Press
from tests.harness.shop import Shop
from tests.lifecycle.somebody import ADDRESS
from tests.lifecycle.test_changes import PATIENCE, all_delivered, change, follow_ups, until

HOUR_US = 3_600_000_000


def states(found: dict[str, Any]) -> list[str]:
    return [one["state"] for one in found.get("completions", [])]


def deliver(shop: Shop, *sets: str) -> None:
    """Have an order without addresses lie at its factory."""
    sell(shop, *sets)
    shop.acknowledge(order("PO-1", *sets))
    until(shop, "PO-1", all_delivered)


def complete(shop: Shop, *sets: str, state: str = "ready") -> None:
    """Send its addresses, and wait until their ticket is made."""
    whole = order("PO-1", *sets, customerAddress=ADDRESS, shippingAddress=ADDRESS)
    answer = shop.post("/api/order", whole)
    assert answer.status_code == 200, answer.text
    until(shop, "PO-1", lambda it: states(it) == [state])


def turned_back(factory: Factory, count: int) -> None:
    """Wait until so many deliveries to the factory have met lines that are on hold."""
    deadline = time.monotonic() + PATIENCE
    with opened_store(factory.server) as runtime:
        while True:
            with runtime.database.read() as connection:
                partner = partners.find(connection, factory.handle)
                assert partner is not None
                lanes = [one.id for one in partners.list_destinations(connection, partner.id)]
                mine = (outbox.c.reason == departures.ON_HOLD) & outbox.c.lane.in_(lanes)
                if connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one() == count:
                    return
            assert time.monotonic() < deadline
            time.sleep(0.03)


def tickets(factory: Factory) -> list[tuple[str, list[str], bool]]:
    """What lies there: of which kind, for which recipe sets, and whether an address is in it."""
    found = []
    for package in factory.packages():
        members = opened(package)
        said = manifest(members)
        sets = [line["recipeSetId"] for line in said["lines"]]
        found.append((said["kind"], sets, "shippingAddress" in json.loads(members["ticket.json"])))
    return sorted(found)


def test_of_an_order_that_is_cancelled_no_address_leaves_any_more(own_shop: Shop, factory: Factory) -> None:
    deliver(own_shop, "ABCD1234")
    with nobody_tries(factory):
        complete(own_shop, "ABCD1234")
        change(own_shop, "cancel", "PO-1")
    found = until(own_shop, "PO-1", lambda it: follow_ups(it) == {"cancellation": "delivered"})
    assert states(found) == ["cancelled"]
    assert tickets(factory) == [
        ("cancellation", ["ABCD1234"], False),
        ("package", ["ABCD1234"], False),
    ]


def test_addresses_that_were_held_with_their_package_leave_with_it_when_it_is_released(
    own_shop: Shop, factory: Factory
) -> None:
    sell(own_shop, "ABCD1234")
    with nobody_tries(factory):
        own_shop.acknowledge(order("PO-1", "ABCD1234"))
        until(own_shop, "PO-1", lambda it: it["lineItems"][0]["delivery"]["state"] == "ready")
        complete(own_shop, "ABCD1234")
        change(own_shop, "hold", "PO-1")
    turned_back(factory, 2)
    change(own_shop, "release", "PO-1")
    until(own_shop, "PO-1", lambda it: all_delivered(it) and states(it) == ["delivered"])


def test_a_package_leaves_at_once_when_its_line_that_was_on_hold_is_cancelled(
    own_shop: Shop, factory: Factory
) -> None:
    sell(own_shop, "ABCD1234", "EFGH5678")
    with nobody_tries(factory):
        own_shop.acknowledge(order("PO-1", "ABCD1234", "EFGH5678"))
        change(own_shop, "hold", "PO-1", "ABCD1234")
    turned_back(factory, 1)
    change(own_shop, "cancel", "PO-1", "ABCD1234")
    factory.await_packages()
    assert tickets(factory) == [("package", ["EFGH5678"], False)]


def test_addresses_that_come_after_the_cancellation_stay_here(own_shop: Shop, factory: Factory) -> None:
    deliver(own_shop, "ABCD1234", "EFGH5678")
    change(own_shop, "cancel", "PO-1", "ABCD1234")
    complete(own_shop, "ABCD1234", "EFGH5678", state="delivered")
    assert ("completion", ["EFGH5678"], True) in tickets(factory)


def test_of_an_order_that_was_cancelled_before_there_is_no_ticket_at_all(
    own_shop: Shop, factory: Factory
) -> None:
    deliver(own_shop, "ABCD1234")
    change(own_shop, "cancel", "PO-1")
    whole = order("PO-1", "ABCD1234", customerAddress=ADDRESS, shippingAddress=ADDRESS)
    assert own_shop.post("/api/order", whole).status_code == 200
    # What was planned after it is here, so that it was looked at.
    own_shop.acknowledge(order("PO-2", "ABCD1234"))
    until(own_shop, "PO-2", all_delivered)
    found = until(own_shop, "PO-1", lambda it: follow_ups(it) == {"cancellation": "delivered"})
    assert states(found) == []


@pytest.mark.parametrize("tried", [False, True], ids=["not tried yet", "tried in vain"])
def test_when_one_line_is_cancelled_the_ticket_is_about_the_other(
    own_shop: Shop, factory: Factory, tried: bool
) -> None:
    deliver(own_shop, "ABCD1234", "EFGH5678")
    away = factory.folder.with_name("away")
    with nobody_tries(factory):
        complete(own_shop, "ABCD1234", "EFGH5678")
        if tried:
            # Who cannot tell how far an attempt has come begins under another name.
            factory.folder.rename(away)
            pause(factory, 0)
            shown = ("delivery", "list", "--state", "pending", "--json")
            while not any(one["attempts"] for one in json.loads(factory.server.spectrum(*shown).stdout)):
                pass
            pause(factory, now_us() + HOUR_US)
        change(own_shop, "cancel", "PO-1", "EFGH5678")
    if tried:
        away.rename(factory.folder)
    until(own_shop, "PO-1", lambda it: follow_ups(it) == {"cancellation": "delivered"})
    found = until(own_shop, "PO-1", lambda it: "delivered" in states(it))
    assert states(found) == (["cancelled", "delivered"] if tried else ["delivered"])
    assert tickets(factory) == [
        ("cancellation", ["EFGH5678"], False),
        ("completion", ["ABCD1234"], True),
        ("package", ["ABCD1234", "EFGH5678"], False),
    ]


@pytest.mark.parametrize("verb", ["reroute", "reject"])
def test_what_another_factory_makes_instead_is_addressed_to_that_one_alone(
    own_shop: Shop, factory: Factory, build: Callable[..., Factory], verb: str
) -> None:
    other = build()
    other.receives(own_shop)
    deliver(own_shop, "ABCD1234")
    with nobody_tries(factory):
        complete(own_shop, "ABCD1234")
        if verb == "reroute":
            change(own_shop, "reroute", "PO-1", partner=other.handle)
        else:
            with Press(factory) as press:
                (package,) = press.get("/api/packages", state="uncollected").json()["packages"]
                path = f"/api/packages/{package['packageId']}/rejected"
                assert press.post(path, {"reason": "We have no mugs."}).status_code == 200
    other.await_packages()
    assert tickets(other) == [("package", ["ABCD1234"], True)]
    found = until(own_shop, "PO-1", all_delivered)
    assert states(found) == ["cancelled"]
    assert not any(addressed for _, _, addressed in tickets(factory))
