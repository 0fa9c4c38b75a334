"""A factory is told once to forget a line of a package, however often the line moves afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.harness.factory import Factory, nobody_tries, order, sell
from tests.harness.press import Press
from tests.harness.shop import Shop
from tests.lifecycle.somebody import ADDRESS
from tests.lifecycle.test_changes import all_delivered, change, read, said, until

A, B = "ABCD1234", "EFGH5678"


@pytest.fixture
def sold(own_shop: Shop, factory: Factory) -> str:
    """The id of the package in which the shop's order PO-1 of A and B lies at the first factory."""
    sell(own_shop, A, B)
    own_shop.acknowledge(order("PO-1", A, B))
    until(own_shop, "PO-1", all_delivered)
    return packages(factory)[0]


@pytest.fixture
def others(build: Callable[..., Factory], own_shop: Shop) -> tuple[Factory, Factory]:
    """Two more factories, which no rule leads anything to by itself."""
    second, third = build(), build()
    for one in (second, third):
        one.receives(own_shop, sku="NOTHING-LIKE-IT")
    return second, third


def contents(factory: Factory, *kinds: str) -> list[dict[str, Any]]:
    """The manifests of what lies there of these kinds, in the order of their making."""
    found = [said(path) for path in factory.packages()]
    return sorted((one for one in found if one["kind"] in kinds), key=lambda one: str(one["packageId"]))


def packages(factory: Factory) -> list[str]:
    return [one["packageId"] for one in contents(factory, "package", "reprint")]


def notices(factory: Factory) -> list[tuple[str, list[str]]]:
    """What the factory is to forget: the package, and the recipe sets of its lines."""
    return [
        (one["completes"], [line["recipeSetId"] for line in one["lines"]])
        for one in contents(factory, "cancellation")
    ]


def come(found: dict[str, Any]) -> bool:
    """Whether everything that is owed to anybody has come."""
    owed = [*found.get("followUps", []), *found.get("completions", [])]
    owed += [line["delivery"] for line in found["lineItems"] if line["workflowStatus"] != "cancelled"]
    return all(one["state"] == "delivered" for one in owed)


def lead(shop: Shop, to: Factory, *sets: str) -> None:
    """Lead lines there, and wait until everybody has what is theirs."""
    change(shop, "reroute", "PO-1", *sets, partner=to.handle)
    until(shop, "PO-1", come)


def cancel(shop: Shop, *sets: str) -> None:
    change(shop, "cancel", "PO-1", *sets)
    until(shop, "PO-1", come)


def reprint(shop: Shop, *sets: str) -> None:
    change(shop, "reprint", "PO-1", *sets)
    until(shop, "PO-1", come)


def reject(factory: Factory, number: str) -> str:
    """What the package is after its factory said that it will not make it."""
    with Press(factory) as press:
        answer = press.post(f"/api/packages/{number}/rejected", {"reason": "We have no mugs."})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["state"])


def test_a_line_that_is_led_on_and_on_is_taken_back_once_from_each_factory(
    own_shop: Shop, factory: Factory, others: tuple[Factory, Factory], sold: str
) -> None:
    second, third = others
    lead(own_shop, second, A)
    lead(own_shop, third, A)
    assert notices(factory) == [(sold, [A])]
    assert notices(second) == [(packages(second)[0], [A])]
    assert notices(third) == []


def test_a_cancellation_tells_the_factory_that_has_the_line_and_none_before_it(
    own_shop: Shop, factory: Factory, others: tuple[Factory, Factory], sold: str
) -> None:
    second, _ = others
    lead(own_shop, second, A)
    answer = own_shop.post(
        "/api/order/cancel", {"purchaseOrderNumber": "PO-1"}, params={"dryRun": "true"}
    ).json()
    # One for the line at each factory.
    assert sorted(one["follows"] for one in answer["packages"]) == sorted([sold, *packages(second)])
    cancel(own_shop)
    assert notices(factory) == [(sold, [A]), (sold, [B])]
    assert notices(second) == [(packages(second)[0], [A])]


def test_an_order_that_is_cancelled_line_by_line_is_told_line_by_line(
    own_shop: Shop, factory: Factory, others: tuple[Factory, Factory], sold: str
) -> None:
    second, _ = others
    lead(own_shop, second, A)
    cancel(own_shop, A)
    cancel(own_shop)
    assert notices(factory) == [(sold, [A]), (sold, [B])]
    assert notices(second) == [(packages(second)[0], [A])]


def test_a_factory_that_rejected_a_line_hears_nothing_of_it_any_more(
    own_shop: Shop, factory: Factory, build: Callable[..., Factory], sold: str
) -> None:
    other = build()
    other.receives(own_shop)
    assert reject(factory, sold) == "cancelled"
    other.await_packages()
    until(own_shop, "PO-1", come)
    cancel(own_shop, A)
    cancel(own_shop)
    assert notices(factory) == []
    assert notices(other) == [(packages(other)[0], [A]), (packages(other)[0], [B])]


def test_what_comes_back_because_the_next_factory_rejects_it_is_taken_back_in_its_new_package(
    own_shop: Shop, factory: Factory, others: tuple[Factory, Factory], sold: str
) -> None:
    second, _ = others
    lead(own_shop, second, A)
    reject(second, packages(second)[0])
    back = came_back(factory, sold)
    until(own_shop, "PO-1", come)
    cancel(own_shop)
    assert notices(factory) == [(sold, [A]), (sold, [B]), (back, [A])]
    assert notices(second) == []


def came_back(factory: Factory, first: str) -> str:
    """The package in which a line came to its first factory once more, which has a notice already."""
    factory.await_packages(3)
    (back,) = {*packages(factory)} - {first}
    return back


def test_addresses_and_reprints_in_between_are_taken_back_where_they_lie(
    own_shop: Shop, factory: Factory, others: tuple[Factory, Factory], sold: str
) -> None:
    second, third = others
    lead(own_shop, second, A)
    whole = order("PO-1", A, B, customerAddress=ADDRESS, shippingAddress=ADDRESS)
    assert own_shop.post("/api/order", whole).status_code == 200
    until(own_shop, "PO-1", lambda it: come(it) and len(it.get("completions", [])) == 2)
    reprint(own_shop)
    lead(own_shop, third, A)
    cancel(own_shop)
    # The reprint is of the line that the factory still had.
    (again,) = {*packages(factory)} - {sold}
    assert notices(factory) == [(sold, [A]), (sold, [B]), (again, [B])]
    assert sorted(notices(second)) == sorted((one, [A]) for one in packages(second))
    assert len(packages(second)) == 2
    assert notices(third) == [(packages(third)[0], [A])]


def test_a_reprint_is_taken_back_once_as_well(
    own_shop: Shop, factory: Factory, others: tuple[Factory, Factory], sold: str
) -> None:
    reprint(own_shop)
    (again,) = {*packages(factory)} - {sold}
    second, third = others
    lead(own_shop, second, A)
    lead(own_shop, third, A)
    assert notices(factory) == [(sold, [A]), (again, [A])]


def test_what_a_factory_has_again_after_a_notice_is_followed_by_another(
    own_shop: Shop, factory: Factory, others: tuple[Factory, Factory], sold: str
) -> None:
    lead(own_shop, others[0], A)
    lead(own_shop, factory, A)
    reprint(own_shop, A)
    cancel(own_shop, A)
    back, again = (one for one in packages(factory) if one != sold)
    assert notices(factory) == [(sold, [A]), (back, [A]), (again, [A])]


def test_a_notice_that_has_not_come_yet_is_not_written_twice(
    own_shop: Shop, factory: Factory, others: tuple[Factory, Factory], sold: str
) -> None:
    second, third = others
    with nobody_tries(factory):
        for one in (second, third):
            change(own_shop, "reroute", "PO-1", A, partner=one.handle)
            until(own_shop, "PO-1", all_delivered_but(B))
        change(own_shop, "cancel", "PO-1", A)
        assert notices(factory) == []
        assert len(read(own_shop, "PO-1")["followUps"]) == 3  # one for each factory
    cancel(own_shop)
    assert notices(factory) == [(sold, [A]), (sold, [B])]


def all_delivered_but(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda it: all(
        line["delivery"]["state"] == "delivered" for line in it["lineItems"] if line["recipeSetId"] != name
    )


def test_what_is_just_sent_again_is_taken_back_without_what_was_taken_back_before(
    own_shop: Shop, factory: Factory, others: tuple[Factory, Factory], sold: str
) -> None:
    lead(own_shop, others[0], A)
    with nobody_tries(factory):
        change(own_shop, "redeliver", "PO-1", B)
        change(own_shop, "cancel", "PO-1")
    until(own_shop, "PO-1", come)
    assert notices(factory) == [(sold, [A]), (sold, [B])]


def test_a_factory_that_rejects_an_earlier_package_keeps_what_came_back_in_another(
    own_shop: Shop, factory: Factory, others: tuple[Factory, Factory], sold: str
) -> None:
    lead(own_shop, others[0], A)
    lead(own_shop, factory, A)
    back = came_back(factory, sold)
    assert reject(factory, sold) == "cancelled"
    found = until(own_shop, "PO-1", lambda it: it["lineItems"][1]["routing"]["partner"] is None)
    assert found["lineItems"][0]["routing"]["partner"] == factory.handle
    cancel(own_shop)
    assert notices(factory) == [(sold, [A]), (back, [A])]


def test_a_factory_that_rejects_what_was_cancelled_already_changes_nothing_of_the_line(
    own_shop: Shop, factory: Factory, sold: str
) -> None:
    cancel(own_shop, A)
    before = read(own_shop, "PO-1")["lineItems"][0]["routing"]
    assert reject(factory, sold) == "cancelled"
    found = until(own_shop, "PO-1", lambda it: it["lineItems"][1]["routing"]["partner"] is None)
    assert found["lineItems"][0]["routing"] == before
    assert reject(factory, sold) == "cancelled"
