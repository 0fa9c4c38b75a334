"""What differs between an order that is stored and one that was sent again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from spectrum_orders.domain.compare import differences, same_lines
from spectrum_orders.domain.order import Form, OrderContent, canonical
from tests.domain import samples

OTHER = {"recipeSetId": "EFGH5678", "skuQuantities": [{"sku": "HAT", "quantity": 1}]}


def content(value: Any) -> OrderContent:
    return samples.accepted(value).order.content


STORED = canonical(content(samples.FULL))


def test_the_same_order_does_not_differ() -> None:
    assert differences(STORED, content(samples.FULL)) == []
    assert same_lines(STORED, content(samples.FULL))


@given(samples.clean_orders)
def test_no_order_differs_from_itself(value: dict[str, Any]) -> None:
    sent = content(value)
    assert differences(canonical(sent), sent) == []
    assert same_lines(canonical(sent), sent)


LINES = samples.FULL["lineItems"]


@pytest.mark.parametrize(
    ("path", "entry", "expected", "same"),
    [
        (("lineItems", 0, "recipeSetId"), "abcd1234", [], True),
        (("lineItems", 0, "giftMessage"), "Another", [], True),
        (("lineItems", 0, "skuQuantities", 0, "quantity"), "2", [], True),
        (("orderDate",), "2022-02-01", ["/orderDate"], True),
        (("priority",), None, ["/priority"], True),
        (("lineItems", 0, "shipmentTracking"), ["1Z1", "X"], ["/lineItems/0/shipmentTracking/1"], True),
        (("lineItems", 0, "shipmentTracking"), None, ["/lineItems/0/shipmentTracking"], True),
        (
            ("lineItems", 0, "skuQuantities", 0),
            {"sku": "X", "quantity": 3},
            ["/lineItems/0/skuQuantities/0/quantity", "/lineItems/0/skuQuantities/0/sku"],
            False,
        ),
        (("lineItems", 1, "recipeSetId"), "ZZZZ9999", ["/lineItems/1/recipeSetId"], False),
        (("lineItems",), LINES[:1], ["/lineItems/1"], False),
        (("lineItems",), [*LINES, OTHER, OTHER], ["/lineItems/2", "/lineItems/3"], False),
    ],
)
def test_a_difference_is_named_by_its_pointer(
    path: tuple[str | int, ...], entry: Any, expected: list[str], same: bool
) -> None:
    sent = content(samples.put(samples.FULL, path, entry))
    assert differences(STORED, sent) == expected
    assert same_lines(STORED, sent) is same


def test_differences_stand_in_the_order_of_the_document() -> None:
    lines = [{**OTHER, "shipmentVendor": "A"} for _ in range(11)]
    stored = canonical(content(samples.order(lineItems=lines, accountNumber="1")))
    sent = content(samples.order(lineItems=[{**line, "shipmentVendor": "B"} for line in lines]))
    assert differences(stored, sent) == [
        "/accountNumber",
        *(f"/lineItems/{index}/shipmentVendor" for index in range(11)),
    ]


def test_lines_in_another_order_are_other_lines() -> None:
    stored = canonical(content(samples.order(lineItems=[samples.LINE, OTHER])))
    assert not same_lines(stored, content(samples.order(lineItems=[OTHER, samples.LINE])))


def test_addresses_do_not_make_other_lines() -> None:
    full = samples.accepted(samples.FULL, Form.FULL).order.content
    assert same_lines(STORED, full)
    assert differences(STORED, full) == []
