"""What is sent again or printed again of a line that went from one factory, or one version, to another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spectrum_orders.store import parties, routing
from tests.harness.factory import Factory, manifest, nobody_tries, opened, opened_store, order, sell
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.test_changes import all_delivered, change, follow_ups, refused, said, until
from tests.lifecycle.test_corrected_artwork import STATUS, correct, reject
from tests.lifecycle.test_history import steps

A, B = "ABCD1234", "EFGH5678"


@pytest.fixture
def other(build: Callable[..., Factory], own_shop: Shop, factory: Factory) -> Factory:
    """Another factory that lines may be led to. The shop's order PO-1 of A and B lies at the first one."""
    made = build()
    made.receives(own_shop, sku="NOTHING-LIKE-IT")
    sell(own_shop, A, B)
    own_shop.acknowledge(order("PO-1", A, B))
    until(own_shop, "PO-1", all_delivered)
    return made


def lead(shop: Shop, press: Press, factory: Factory, *, newest: bool) -> None:
    """Lead A there, and wait until it has come and the first factory knows."""
    more = {}
    if newest:
        line = {"recipeSetReadableId": A, "workflowStatus": "revision"}
        assert press.put(STATUS, {"purchaseOrderNumber": "PO-1", "lineItems": [line]}).status_code == 200
        correct(shop, A)
        more = {"artwork": "newest"}
    change(shop, "reroute", "PO-1", A, partner=factory.handle, **more)
    until(shop, "PO-1", lambda it: all_delivered(it) and follow_ups(it) == {"cancellation": "delivered"})


def names(package: Path) -> list[str]:
    return [line["recipeSetId"] for line in said(package)["lines"]]


def printed(package: Path) -> set[bytes]:
    return {data for name, data in opened(package).items() if name.endswith("_wrap.pdf")}


def settled(found: dict[str, Any]) -> bool:
    return all_delivered(found) and set(follow_ups(found).values()) <= {"delivered"}


@pytest.mark.parametrize("newest", [False, True], ids=["plain", "newest"])
def test_what_was_led_elsewhere_is_printed_again_by_the_factory_that_makes_it(
    own_shop: Shop, factory: Factory, press: Press, other: Factory, newest: bool
) -> None:
    lead(own_shop, press, other, newest=newest)
    before = {*factory.packages()}
    (second,) = other.packages()
    done = change(own_shop, "reprint", "PO-1", A)
    assert [one["kind"] for one in done["packages"]] == ["reprint"]
    (again,) = {*other.await_packages(2)} - {second}
    assert said(again)["completes"] == said(second)["packageId"]
    assert said(again)["lines"][0]["identical"] is True
    assert printed(again) == printed(second) != set()
    until(own_shop, "PO-1", settled)
    # Both lines: each by the factory that has it.
    assert len(change(own_shop, "reprint", "PO-1")["packages"]) == 2
    other.await_packages(3)
    (first,) = {*factory.await_packages(len(before) + 1)} - before
    assert names(first) == [B]


@pytest.mark.parametrize("newest", [False, True], ids=["plain", "newest"])
@pytest.mark.parametrize("meant", [(), (B,)], ids=["all", "the other line"])
def test_what_was_led_elsewhere_is_not_sent_to_the_first_factory_again(
    own_shop: Shop, factory: Factory, press: Press, other: Factory, newest: bool, meant: tuple[str, ...]
) -> None:
    (first,) = factory.packages()
    lead(own_shop, press, other, newest=newest)
    (second,) = other.packages()
    notice = {*factory.packages()} - {first}
    kept, whole = manifest(opened(first)), second.read_bytes()
    first.unlink()
    second.unlink()
    done = change(own_shop, "redeliver", "PO-1", *meant)
    until(own_shop, "PO-1", settled)
    assert {*factory.packages()} == {first, *notice}
    assert (names(first), said(first)["packageId"]) == ([B], kept["packageId"])
    assert said(first)["lines"] == kept["lines"][1:]
    assert len(done["packages"]) == (1 if meant else 2)
    assert second.exists() is not bool(meant)
    # A alone: where it is made, and nowhere else.
    first.unlink()
    assert len(change(own_shop, "redeliver", "PO-1", A)["packages"]) == 1
    until(own_shop, "PO-1", settled)
    assert second.read_bytes() == whole
    assert not first.exists()


def test_a_reprint_is_sent_again_without_what_was_led_elsewhere_since(
    own_shop: Shop, factory: Factory, other: Factory
) -> None:
    change(own_shop, "reprint", "PO-1")
    until(own_shop, "PO-1", lambda it: follow_ups(it) == {"reprint": "delivered"})
    printed_twice = factory.packages()
    change(own_shop, "reroute", "PO-1", A, partner=other.handle)
    until(own_shop, "PO-1", lambda it: settled(it) and len(it["followUps"]) == 3)
    change(own_shop, "redeliver", "PO-1")
    until(own_shop, "PO-1", settled)
    assert [names(one) for one in printed_twice] == [[B], [B]]
    # What became of the line that they held is told all the same.
    told = {step.get("packageId") for step in steps(own_shop, "PO-1")}
    assert {said(one)["packageId"] for one in printed_twice} <= told


def test_a_line_that_starts_again_at_its_factory_is_sent_again_in_its_new_package_alone(
    own_shop: Shop, factory: Factory, press: Press, other: Factory
) -> None:
    (first,) = factory.packages()
    old = said(first)["lines"][0]
    lead(own_shop, press, factory, newest=True)
    (notice,) = (one for one in factory.packages() if said(one)["kind"] == "cancellation")
    # A notice names what it takes back, and not what is made in its place.
    taken_back = said(notice)["lines"][0]
    assert (taken_back["files"], taken_back["versions"]) == (old["files"], old["versions"])
    (second,) = {*factory.packages()} - {first, notice}
    change(own_shop, "redeliver", "PO-1")
    until(own_shop, "PO-1", settled)
    assert (names(first), names(second)) == ([B], [A])
    change(own_shop, "reprint", "PO-1", A)
    (again,) = {*factory.await_packages(4)} - {first, second, notice}
    assert said(again)["completes"] == said(second)["packageId"]
    assert said(again)["lines"][0]["identical"] is True
    assert printed(again) == printed(second)


def test_nothing_is_printed_again_before_it_has_come_to_the_factory_that_makes_it(
    own_shop: Shop, factory: Factory, other: Factory
) -> None:
    with nobody_tries(other):
        change(own_shop, "reroute", "PO-1", A, partner=other.handle)
        until(own_shop, "PO-1", lambda it: follow_ups(it) == {"cancellation": "delivered"})
        lines = {"lineItems": [{"recipeSetReadableId": A}]}
        assert "not delivered yet" in refused(own_shop, "reprint", "PO-1", 409, **lines)
        assert "not delivered yet" in refused(own_shop, "reprint", "PO-1", 409)
        change(own_shop, "reprint", "PO-1", B)


def test_what_the_next_factory_rejects_is_not_sent_to_the_one_before_again(
    working: Server, own_shop: Shop, press: Press, other: Factory
) -> None:
    lead(own_shop, press, other, newest=False)
    with opened_store(working) as runtime, runtime.ledger.write() as tx:
        client = parties.find_client(tx.connection, own_shop.handle)
        assert client is not None
        for rule in routing.list_all(tx.connection, client.id):
            routing.remove(tx, rule.id)
    with Press(other) as second:
        reject(second)
    lines = {"lineItems": [{"recipeSetReadableId": A}]}
    assert "nothing to send again" in refused(own_shop, "redeliver", "PO-1", 409, **lines)
    assert "not delivered yet" in refused(own_shop, "reprint", "PO-1", 409, **lines)


def test_a_cancelled_line_is_not_sent_again_with_the_others(
    own_shop: Shop, factory: Factory, press: Press, other: Factory
) -> None:
    (first,) = factory.packages()
    change(own_shop, "cancel", "PO-1", A)
    until(own_shop, "PO-1", lambda it: follow_ups(it) == {"cancellation": "delivered"})
    lines = {"lineItems": [{"recipeSetReadableId": A}]}
    assert "are cancelled" in refused(own_shop, "redeliver", "PO-1", 409, **lines)
    change(own_shop, "redeliver", "PO-1")
    until(own_shop, "PO-1", lambda it: it["lineItems"][1]["delivery"]["state"] == "delivered")
    assert names(first) == [B]


def test_what_has_left_at_one_factory_may_be_held_and_corrected_before_it_leaves_at_the_next(
    own_shop: Shop, factory: Factory, other: Factory
) -> None:
    (first,) = factory.packages()
    with nobody_tries(other):
        change(own_shop, "reroute", "PO-1", A, partner=other.handle)
        change(own_shop, "hold", "PO-1", A)
        change(own_shop, "release", "PO-1", A)
        correct(own_shop, A)
        change(own_shop, "reroute", "PO-1", A, partner=other.handle, artwork="newest")
    until(own_shop, "PO-1", all_delivered)
    (second,) = other.packages()
    assert names(second) == [A]
    assert printed(second).isdisjoint(printed(first))
