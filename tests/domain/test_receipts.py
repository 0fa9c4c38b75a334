"""The bytes of a receipt: one form for each thing that was agreed, the same in every language."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.domain.order import LineContent, OrderContent, SkuQuantity, canonical
from spectrum_orders.domain.receipts import (
    Receipt,
    canonical_json,
    content_digest,
    digest_text,
    field_commitment,
    personal_digest,
    signed_bytes,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
skus = st.builds(SkuQuantity, quantity=st.integers(1, 1_000_000), sku=texts)
lines = st.builds(
    LineContent,
    recipe_set_id=texts,
    sku_quantities=st.lists(skus, max_size=3).map(tuple),
    proof_status=st.none() | texts,
    shipment_tracking=st.none() | st.lists(texts, max_size=2).map(tuple),
    shipment_vendor=st.none() | texts,
)
contents = st.builds(
    OrderContent,
    line_items=st.lists(lines, max_size=3).map(tuple),
    order_date=texts,
    purchase_order_number=texts,
    account_number=st.none() | texts,
    priority=st.none() | texts,
    serial_number=st.none() | texts,
)
SALT = bytes(range(32))


@given(value=values)
def test_the_canonical_form_reads_back_as_the_same_value_and_is_its_own(value: Any) -> None:
    raw = canonical_json(value)
    assert json.loads(raw) == value
    assert canonical_json(json.loads(raw)) == raw


@given(value=st.dictionaries(texts, values, min_size=1))
def test_the_order_in_which_members_came_makes_no_difference(value: dict[str, Any]) -> None:
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@given(content=contents)
def test_an_orders_stored_bytes_are_the_canonical_form_that_verifiers_recompute(
    content: OrderContent,
) -> None:
    raw = canonical(content)
    assert canonical_json(json.loads(raw)) == raw


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        ({}, b"{}"),
        ([], b"[]"),
        ({"b": 1, "a": [True, None, -0]}, b'{"a":[true,null,0],"b":1}'),
        # The example of RFC 8785, section 3.2.3, with its order by UTF-16 code units.
        (
            {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7},
            '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}'.encode(),
        ),
        (
            '\0\b\t\n\v\f\r\x1b\x1f "\\/\x7f\u2028é',
            '"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001b\\u001f \\"\\\\/\x7f\u2028é"'.encode(),
        ),
        (2**53 - 1, b"9007199254740991"),
    ],
)
def test_the_canonical_form_is_that_of_rfc_8785(value: Any, raw: bytes) -> None:
    assert canonical_json(value) == raw


@pytest.mark.parametrize(
    "value", [1.5, 1.0, float("nan"), 2**53, -(2**53), "\ud800", {"\udfff": 1}, b"x", {1}, (1,)]
)
def test_what_receipts_never_hold_has_no_canonical_form(value: Any) -> None:
    for wrapped in (value, [value], {"a": value}):
        with pytest.raises(ValueError, match=r"value|Unicode"):
            canonical_json(wrapped)


def test_deep_nesting_is_refused_before_it_hurts() -> None:
    value: Any = 1
    for _ in range(50_000):
        value = [value]
    with pytest.raises(ValueError, match="too deeply"):
        canonical_json(value)


@given(content=contents)
def test_the_content_digest_is_plain_sha_256(content: OrderContent) -> None:
    raw = canonical(content)
    assert content_digest(raw) == hashlib.sha256(raw).digest()
    assert digest_text(content_digest(raw)) == "sha256:" + hashlib.sha256(raw).hexdigest()


@given(commitments=st.dictionaries(st.text("/abc019", max_size=9), st.binary(min_size=32, max_size=32)))
def test_the_personal_digest_covers_the_sorted_commitments(commitments: dict[str, bytes]) -> None:
    raw = canonical_json({pointer: value.hex() for pointer, value in commitments.items()})
    assert personal_digest(commitments) == hashlib.sha256(raw).digest()
    assert personal_digest(dict(reversed(commitments.items()))) == personal_digest(commitments)


@given(pointer=texts.filter(lambda text: "\0" not in text), text=texts)
def test_a_commitment_is_an_hmac_over_pointer_zero_and_text(pointer: str, text: str) -> None:
    message = pointer.encode() + b"\0" + text.encode()
    assert field_commitment(SALT, pointer, text) == hmac.new(SALT, message, "sha256").digest()


@pytest.mark.parametrize("salt", [b"", SALT[:-1], SALT + b"\0", bytes(64)])
def test_a_salt_is_32_bytes_and_nothing_else(salt: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        field_commitment(salt, "/emailAddress", "zoe@example.com")


def test_a_pointer_cannot_reach_into_the_text() -> None:
    with pytest.raises(ValueError, match="no zero character"):
        field_commitment(SALT, "/a\0b", "c")


def test_the_signed_bytes_are_canonical_and_name_their_format() -> None:
    receipt = Receipt(
        receipt_id="rcp_1",
        kind="completion",
        environment="test",
        client_handle="acme",
        purchase_order_number='ä "/😀\n',
        acknowledged_at="2026-03-30T09:15:02.000417+00:00",
        content_digest="sha256:00",
        personal_digest="sha256:11",
    )
    members = json.loads(signed_bytes(receipt))
    assert canonical_json(members) == signed_bytes(receipt)
    assert members["format"] == "spectrum-receipt/1"
    assert members["purchaseOrderNumber"] == 'ä "/😀\n'
    assert len(members) == 9
