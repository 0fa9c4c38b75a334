"""One body holds one order or many."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spectrum_orders.domain.order import Form
from spectrum_orders.domain.payloads import Accepted, Many, open_envelope, read_order
from spectrum_orders.errors import Invalid, NotJson, TooLarge
from tests.domain import samples


def opened(value: Any) -> Many:
    many = open_envelope(json.dumps(value).encode())
    assert many is not None
    return many


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"null",
        b'"orders"',
        b"{}",
        b'{"a": "orders"}',
        b'{"purchaseOrderNumber": "1", "orders": []}',
        json.dumps(samples.ORDER).encode(),
        b"\xef\xbb\xbf" + json.dumps(samples.ORDER).encode(),
    ],
)
def test_anything_but_an_array_or_an_object_of_orders_is_one_order(body: bytes) -> None:
    assert open_envelope(body) is None


@pytest.mark.parametrize("before", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf "])
@pytest.mark.parametrize("wrap", ["%s", '{"orders": %s}'])
def test_many_orders_come_as_an_array_or_under_orders(before: bytes, wrap: str) -> None:
    orders = [samples.order(purchaseOrderNumber=str(number)) for number in range(3)]
    many = open_envelope(before + (wrap % json.dumps(orders)).encode())
    assert many is not None
    assert many.warnings == ()
    numbers = []
    for raw in many.orders:
        found = read_order(raw, Form.ACKNOWLEDGEMENT, samples.UTC)
        assert isinstance(found, Accepted)
        numbers.append(found.order.content.purchase_order_number)
    assert numbers == ["0", "1", "2"]


def test_no_orders_are_no_error_of_the_envelope() -> None:
    assert opened([]) == opened({"orders": []}) == Many([], ())


def test_what_stands_beside_the_orders_is_named() -> None:
    many = opened({"orders": [1], "batch/id": "secret", "x": {}})
    assert [(warning.pointer, warning.code) for warning in many.warnings] == [
        ("/batch~1id", "unknown-member"),
        ("/x", "unknown-member"),
    ]
    assert "secret" not in repr(many.warnings)


def test_a_hundred_strangers_beside_the_orders_are_named_and_the_rest_counted() -> None:
    many = opened({"orders": [], **{f"x{number}": 0 for number in range(150)}})
    assert len(many.warnings) == 101
    assert "50" in many.warnings[-1].message
    (warning,) = opened({"orders": [], "x": "y" * 100_000}).warnings
    assert (warning.pointer, warning.code) == ("", "unknown-member")


@pytest.mark.parametrize("value", [None, 1, "text", {}, True])
def test_orders_that_are_no_list_are_invalid(value: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        opened({"orders": value})
    assert [(problem.pointer, problem.code) for problem in refusal.value.problems] == [
        ("/orders", "wrong-type")
    ]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[", id="truncated"),
        pytest.param(b"[1,]", id="comma"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"orders": [}', id="crossed"),
        pytest.param(b'{"orders": [] x', id="trailing"),
        pytest.param(b'["\xff"', id="utf-8"),
        pytest.param(b"[" + b'"\\' * 500_000 + b"," * 250_000, id="unfinished texts"),
    ],
)
def test_a_broken_envelope_is_not_json(body: bytes) -> None:
    with pytest.raises(NotJson):
        open_envelope(body)


def test_an_order_that_is_broken_inside_fails_alone() -> None:
    body = b'[{"purchaseOrderNumber": "\xff"}, ' + json.dumps(samples.ORDER).encode() + b"]"
    many = open_envelope(body)
    assert many is not None
    with pytest.raises(NotJson):
        read_order(many.orders[0], Form.ACKNOWLEDGEMENT, samples.UTC)
    assert isinstance(read_order(many.orders[1], Form.ACKNOWLEDGEMENT, samples.UTC), Accepted)


@pytest.mark.parametrize("wrap", ["%s", '{"orders": %s}'])
def test_there_is_a_most_of_orders(wrap: str) -> None:
    assert len((open_envelope((wrap % ([1] * 5)).encode(), most=5) or Many([], ())).orders) == 5
    for count in (6, 300_000):
        with pytest.raises(TooLarge):
            open_envelope((wrap % ([1] * count)).encode(), most=5)


def test_commas_inside_the_orders_do_not_count_as_orders() -> None:
    order = samples.order(x=[[',],[\\"', {"y": 1}]] * 120_000)
    assert len(opened([order, order]).orders) == 2
