"""Two roads read an order; nobody can tell which one it took."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spectrum_orders.domain import plain, typed
from spectrum_orders.domain.order import Form, canonical
from spectrum_orders.domain.payloads import Accepted, open_envelope, read_order
from spectrum_orders.errors import Invalid, NotJson, TooLarge
from tests.domain import samples

forms = st.sampled_from(Form)
zones = st.sampled_from((samples.UTC, samples.NEW_YORK))


@given(samples.spoilt_orders(), forms, zones)
@settings(max_examples=300)
def test_what_the_typed_road_accepts_the_plain_road_accepts_alike_and_without_a_warning(
    value: Any, form: Form, zone: ZoneInfo
) -> None:
    body = json.dumps(value).encode()
    fast = typed.read(body, form, zone)
    if fast is not None:
        assert plain.read(json.loads(body), form, zone) == fast
        assert fast.warnings == ()


@given(samples.clean_orders, zones)
@settings(max_examples=150)
def test_what_the_plain_road_finds_nothing_about_the_typed_road_takes(
    value: dict[str, Any], zone: ZoneInfo
) -> None:
    body = json.dumps(value).encode()
    slow = plain.read(json.loads(body), Form.ACKNOWLEDGEMENT, zone)
    assert isinstance(slow, Accepted)
    if not slow.warnings:
        assert typed.read(body, Form.ACKNOWLEDGEMENT, zone) == slow


@pytest.mark.parametrize("nulls", [0, 3])
def test_an_order_with_members_that_are_null_takes_the_typed_road(nulls: int) -> None:
    names = ("orderReference", "emailAddress", "customerServiceContact")[:nulls]
    value = samples.FULL | dict.fromkeys(names) | {"serialNumber": "null: and void"}
    value["shippingAddress"] = samples.FULL["shippingAddress"] | {"address2": None}
    assert typed.read(json.dumps(value).encode(), Form.ACKNOWLEDGEMENT, samples.UTC) is not None


@pytest.mark.parametrize("value", [samples.ORDER, samples.FULL])
def test_a_documented_order_takes_the_typed_road(value: dict[str, Any]) -> None:
    assert typed.read(json.dumps(value).encode(), Form.ACKNOWLEDGEMENT, samples.UTC) is not None


@given(samples.spoilt_orders(), forms)
@settings(max_examples=200)
def test_reading_what_was_kept_of_an_order_again_keeps_the_same(value: Any, form: Form) -> None:
    first = read_order(json.dumps(value).encode(), form, samples.UTC)
    if isinstance(first, Accepted):
        again = read_order(canonical(first.order.content), Form.ACKNOWLEDGEMENT, samples.UTC)
        assert isinstance(again, Accepted)
        assert again.order.content == first.order.content
        assert again.order.order_instant == first.order.order_instant


@given(st.binary() | samples.anything.map(json.dumps).map(str.encode), forms)
@settings(max_examples=300)
def test_any_bytes_are_read_or_are_not_json(body: bytes, form: Form) -> None:
    try:
        found = read_order(body, form, samples.UTC)
    except NotJson:
        return
    json.dumps([problem.pointer + problem.message for problem in found.warnings]).encode()


@given(samples.spoilt_orders(), st.data())
@settings(max_examples=200)
def test_one_wrong_byte_is_no_crash(value: Any, data: st.DataObject) -> None:
    body = bytearray(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_order(bytes(body), Form.ACKNOWLEDGEMENT, samples.UTC)
    except NotJson:
        return


@given(st.binary() | samples.anything.map(lambda value: json.dumps({"orders": value, "x": 1}).encode()))
@settings(max_examples=200)
def test_any_bytes_are_opened_as_an_envelope_or_refused_with_a_reason(body: bytes) -> None:
    try:
        many = open_envelope(body)
    except (NotJson, Invalid, TooLarge):
        return
    if many is not None:
        for raw in many.orders:
            read_order(raw, Form.ACKNOWLEDGEMENT, samples.UTC)
