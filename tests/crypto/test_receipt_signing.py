"""A receipt proves what was agreed to anybody who has the public key, and nothing once it was altered."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.crypto import Check, KeyRing, prove_field, sign_receipt, verify_receipt
from spectrum_orders.domain.receipts import (
    Receipt,
    canonical_json,
    content_digest,
    digest_text,
    personal_digest,
)

RING = KeyRing.generate()
KEY = RING.new_order_key(1, 2)
PEOPLE = {"/emailAddress": "zoe@example.com", "/lineItems/0/giftMessage": "canary 🎂"}
COMMITMENTS = {pointer: KEY.commit(pointer, text) for pointer, text in PEOPLE.items()}
CONTENT = canonical_json(
    {
        "lineItems": [{"recipeSetId": "ABCD1234", "skuQuantities": [{"quantity": 1, "sku": "MUG"}]}],
        "orderDate": "2022-01-31T13:15:05.2151663-05:00",
        "purchaseOrderNumber": "42015953",
    }
)
CHECKS = [
    "document",
    "members",
    "content",
    "purchase-order-number",
    "commitments",
    "key-id",
    "signature",
    "trusted-key",
]


def receipt(**members: Any) -> Receipt:
    return Receipt(
        **{
            "receipt_id": "rcp_01j0000000abc",
            "kind": "acknowledgement",
            "environment": "test",
            "client_handle": "acme",
            "purchase_order_number": "42015953",
            "acknowledged_at": "2026-03-30T09:15:02.000417+00:00",
            "content_digest": digest_text(content_digest(CONTENT)),
            "personal_digest": digest_text(personal_digest(COMMITMENTS)),
        }
        | members
    )


SIGNED = sign_receipt(RING, receipt(), CONTENT, COMMITMENTS)


def failed(document: bytes | dict[str, Any], public_key: bytes | None = RING.public_key) -> list[str]:
    """The names of the checks that fail; that they are always the same checks is checked on the way."""
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    verdict = verify_receipt(raw, public_key)
    assert [check.name for check in verdict.checks] == CHECKS
    assert verdict.genuine == all(check.ok for check in verdict.checks)
    assert verdict.consistent == all(check.ok for check in verdict.checks[:-1])
    for check in verdict.checks:
        assert check.sentence.endswith(".")
        assert "canary" not in check.sentence
    return [check.name for check in verdict.checks if not check.ok]


def test_a_signed_receipt_is_genuine_under_the_deployments_key() -> None:
    assert failed(SIGNED) == []


def test_the_order_of_members_and_the_spaces_between_them_make_no_difference() -> None:
    shuffled = dict(reversed(SIGNED.items()))
    assert failed(json.dumps(shuffled, indent=4).encode()) == []
    assert failed(b"\xef\xbb\xbf" + json.dumps(SIGNED, ensure_ascii=False).encode("utf-8")) == []
    assert failed(msgspec.json.encode(SIGNED)) == []


def test_an_order_without_people_has_a_receipt_too() -> None:
    empty = receipt(personal_digest=digest_text(personal_digest({})))
    assert failed(sign_receipt(RING, empty, CONTENT, {})) == []


def test_a_completion_is_a_receipt_too() -> None:
    assert failed(sign_receipt(RING, receipt(kind="completion"), CONTENT, COMMITMENTS)) == []


def test_without_a_trusted_key_the_verdict_says_plainly_what_is_missing() -> None:
    assert failed(SIGNED, None) == ["trusted-key"]
    verdict = verify_receipt(json.dumps(SIGNED).encode(), None)
    assert verdict.consistent
    assert not verdict.genuine
    assert verdict.checks[-1].sentence.startswith("No trusted public key was given")


@pytest.mark.parametrize("key", [KeyRing.generate().public_key, b"", bytes(32), RING.public_key[:-1]])
def test_a_receipt_is_not_genuine_under_another_key(key: bytes) -> None:
    assert failed(SIGNED, key) == ["trusted-key"]


def test_a_receipt_that_somebody_else_signed_agrees_with_itself_and_is_still_not_genuine() -> None:
    forged = sign_receipt(KeyRing.generate(), receipt(), CONTENT, COMMITMENTS)
    assert failed(forged) == ["trusted-key"]


def test_our_key_on_somebody_elses_signature_does_not_help() -> None:
    forged = sign_receipt(KeyRing.generate(), receipt(), CONTENT, COMMITMENTS)
    forged |= {"publicKey": SIGNED["publicKey"], "keyId": SIGNED["keyId"]}
    assert failed(forged) == ["signature"]


ALTERED = {
    "receiptId": "rcp_01j0000000abd",
    "kind": "completion",
    "environment": "production",
    "clientHandle": "acme2",
    "purchaseOrderNumber": "42015954",
    "acknowledgedAt": "2026-03-30T09:15:02.000418+00:00",
    "contentDigest": "sha256:" + "0" * 64,
    "personalDigest": "sha256:" + "0" * 64,
    "publicKey": base64.b64encode(KeyRing.generate().public_key).decode(),
    "signature": base64.b64encode(RING.sign(b"")).decode(),
}


@pytest.mark.parametrize("member", ALTERED)
def test_altering_any_signed_member_breaks_the_signature(member: str) -> None:
    assert "signature" in failed(SIGNED | {member: ALTERED[member]})


def test_altering_the_content_is_found() -> None:
    altered = copy.deepcopy(SIGNED)
    altered["content"]["lineItems"][0]["skuQuantities"][0]["quantity"] = 2
    assert failed(altered) == ["content"]


def test_altering_adding_or_removing_a_commitment_is_found() -> None:
    other = KEY.commit("/emailAddress", "other").hex()
    committed = SIGNED["commitments"]
    commitments: dict[str, str]
    for commitments in (committed | {"/emailAddress": other}, committed | {"/phoneNumber": other}, {}):
        assert failed(SIGNED | {"commitments": commitments}) == ["commitments"]


def test_altering_the_key_id_is_found() -> None:
    assert failed(SIGNED | {"keyId": "0" * 16}) == ["key-id"]


def test_a_receipt_about_one_order_cannot_carry_the_content_of_another() -> None:
    """Even signed by the deployment: the two numbers must agree, or the receipt says two things."""
    assert failed(sign_receipt(RING, receipt(purchase_order_number="7"), CONTENT, COMMITMENTS)) == [
        "purchase-order-number"
    ]


def test_another_text_signed_with_the_same_key_is_no_receipt() -> None:
    other = {name: value for name, value in SIGNED.items() if name != "format"}
    message = canonical_json({name: other[name] for name in list(other)[:8]})
    other["signature"] = base64.b64encode(RING.sign(message)).decode()
    assert failed(other | {"format": "spectrum-receipt/1"}) == ["signature"]


def test_a_member_that_the_signature_does_not_cover_is_refused() -> None:
    assert failed(SIGNED | {"canary": "paid"}) == ["members"]


def test_a_name_that_stands_twice_is_refused() -> None:
    twice = json.dumps(SIGNED).replace('"kind"', '"kind": "completion", "kind"', 1).encode()
    assert "document" in failed(twice)


@pytest.mark.parametrize("member", sorted(SIGNED))
@pytest.mark.parametrize(
    "value", [None, True, 7, "", "canary\x1b[31m", [], {}, [[]], {"a": {"b": []}}, "\ud800"]
)
def test_a_member_of_another_type_or_missing_fails_checks_and_never_raises(
    member: str, value: object
) -> None:
    assert failed({name: item for name, item in SIGNED.items() if name != member}) != []
    if SIGNED[member] != value:
        assert failed(SIGNED | {member: value}) != []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff",
        b"canary",
        b"null",
        b"[]",
        b'"text"',
        b"7",
        b"1e400",
        b"NaN",
        b"[" * 100_000,
        b'{"content":' * 100_000,
        b'{"content":' + b"9" * 5000 + b"}",
        b'{"content":{"a":1.5}}',
        b'{"content":{"a":-Infinity}}',
        json.dumps(SIGNED).encode("utf-16"),
        json.dumps(SIGNED).encode()[:-1],
        json.dumps(SIGNED).encode() + b"x",
    ],
)
def test_what_is_not_a_receipt_fails_every_check(raw: bytes) -> None:
    assert failed(raw) == CHECKS


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [nested(70), nested(400), 2**53, -(2**53), "\ud800", {"\ud800": 1}])
def test_content_that_has_no_canonical_form_fails_its_check(value: object) -> None:
    assert failed(SIGNED | {"content": SIGNED["content"] | {"extra": value}}) == ["content"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(SIGNED)) | st.text(), inner),
    max_leaves=10,
)


@given(raw=st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bytes_and_json_are_never_consistent(raw: bytes) -> None:
    assert failed(raw) != []


@given(member=st.sampled_from(sorted(SIGNED)), value=json_values)
def test_no_single_changed_member_leaves_a_receipt_genuine(member: str, value: object) -> None:
    assert (failed(SIGNED | {member: value}) == []) == (value == SIGNED[member])


def test_a_receipt_with_a_flipped_bit_is_not_genuine() -> None:
    text = msgspec.json.encode(SIGNED)
    for bit in range(0, 8 * len(text), 7):  # Seven and eight have no common factor: every byte, every place.
        raw = bytearray(text)
        raw[bit // 8] ^= 1 << bit % 8
        assert failed(bytes(raw)) != []


@pytest.mark.parametrize("member", ["publicKey", "signature"])
def test_key_and_signature_are_written_in_one_way_only(member: str) -> None:
    """Base64 has spare bits at the end, which a careless reader ignores."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = SIGNED[member].rstrip("=")
    end = SIGNED[member][len(body) :]
    genuine = [letter for letter in letters if failed(SIGNED | {member: body[:-1] + letter + end}) == []]
    assert genuine == [body[-1]]


def test_nothing_is_signed_that_does_not_match_its_digests() -> None:
    with pytest.raises(ValueError, match="content is not what"):
        sign_receipt(RING, receipt(), CONTENT + b" ", COMMITMENTS)
    with pytest.raises(ValueError, match="commitments are not what"):
        sign_receipt(RING, receipt(), CONTENT, {})


def proved(pointer: str, text: str, salt: str = KEY.salt.hex(), document: object = SIGNED) -> bool:
    check = prove_field(json.dumps(document).encode(), salt, pointer, text)
    assert isinstance(check, Check)
    assert check.name == "field"
    assert "canary" not in check.sentence
    return check.ok


@pytest.mark.parametrize("pointer", PEOPLE)
def test_a_persons_value_is_proved_by_the_salt(pointer: str) -> None:
    assert proved(pointer, PEOPLE[pointer])
    assert proved(pointer, PEOPLE[pointer], KEY.salt.hex().upper())


def test_another_text_pointer_or_salt_proves_nothing() -> None:
    email = PEOPLE["/emailAddress"]
    assert not proved("/emailAddress", email + " ")
    assert not proved("/emailAddress", "\ud800")
    assert not proved("/phoneNumber", email)
    assert not proved("/lineItems/0/giftMessage", email)
    for salt in (RING.new_order_key(1, 2).salt.hex(), "", "zz" * 32, KEY.salt.hex()[:-2], "é"):
        assert not proved("/emailAddress", email, salt)
    document: object
    for document in ([], {}, {"commitments": 7}, {"commitments": {"/emailAddress": 7}}):
        assert not proved("/emailAddress", email, document=document)


def test_a_receipt_holds_no_persons_text_and_no_salt() -> None:
    raw = json.dumps(SIGNED, ensure_ascii=False)
    assert "canary" not in raw
    assert "zoe@" not in raw
    assert KEY.salt.hex() not in raw
