"""docs/receipts.md is enough to verify a receipt, and its vectors are what the code makes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from spectrum_orders.crypto import KeyRing, prove_field, sign_receipt, verify_receipt
from spectrum_orders.domain import personal
from spectrum_orders.domain.receipts import (
    Receipt,
    canonical_json,
    content_digest,
    digest_text,
    field_commitment,
    personal_digest,
    signed_bytes,
)

PAGE = (Path(__file__).parents[2] / "docs" / "receipts.md").read_text(encoding="utf-8")
VECTORS: dict[str, str] = dict(
    re.findall(r"<!-- vector: ([a-z0-9-]+) -->\n```(?:json)?\n(.*?)\n```", PAGE, re.DOTALL)
)
SEED = bytes.fromhex(VECTORS["signing-seed-hex"])
SALT = bytes.fromhex(VECTORS["salt-hex"])
CONTENT = VECTORS["content"].encode()
DOCUMENT = VECTORS["document"].encode()
PEOPLE: dict[str, str] = json.loads(VECTORS["personal"])


def test_the_page_has_every_vector() -> None:
    assert PAGE.count("<!-- vector: ") == len(VECTORS) == 12


def test_the_page_can_be_followed_with_a_standard_library_alone() -> None:
    """Nothing of ours is used: only what the page says, as somebody in another language would do it."""
    document = json.loads(DOCUMENT)
    assert canonical(document["content"]) == CONTENT
    assert hashlib.sha256(CONTENT).hexdigest() == VECTORS["content-sha256-hex"]
    commitments = {
        pointer: hmac.new(SALT, pointer.encode() + b"\x00" + text.encode(), "sha256").hexdigest()
        for pointer, text in PEOPLE.items()
    }
    assert commitments == document["commitments"] == json.loads(VECTORS["commitments"])
    assert canonical(commitments) == VECTORS["commitments"].encode()
    assert hashlib.sha256(canonical(commitments)).hexdigest() == VECTORS["personal-sha256-hex"]
    assert hashlib.sha256(b"{}").hexdigest() == VECTORS["empty-personal-sha256-hex"]
    beside = {"algorithm", "keyId", "publicKey", "signature", "content", "commitments"}
    message = canonical({name: value for name, value in document.items() if name not in beside})
    assert message == VECTORS["signed-bytes"].encode()
    public = base64.b64decode(document["publicKey"])
    assert public.hex() == VECTORS["public-key-hex"]
    assert hashlib.sha256(public).hexdigest()[:16] == document["keyId"]
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(document["signature"]), message)
    assert document["signature"] == VECTORS["signature-base64"]
    assert Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw() == public


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def test_the_code_makes_exactly_the_document_on_the_page() -> None:
    ring = KeyRing(masters={1: bytes(32)}, active=1, index_key=bytes(32), signing_seed=SEED)
    commitments = {pointer: field_commitment(SALT, pointer, text) for pointer, text in PEOPLE.items()}
    assert content_digest(CONTENT).hex() == VECTORS["content-sha256-hex"]
    assert personal_digest(commitments).hex() == VECTORS["personal-sha256-hex"]
    assert personal_digest({}).hex() == VECTORS["empty-personal-sha256-hex"]
    receipt = Receipt(
        receipt_id="rcp_01j0000000abc",
        kind="acknowledgement",
        environment="test",
        client_handle="acme",
        purchase_order_number="PO 42015953/ä",
        acknowledged_at="2026-03-30T09:15:02.000417+00:00",
        content_digest=digest_text(content_digest(CONTENT)),
        personal_digest=digest_text(personal_digest(commitments)),
    )
    assert signed_bytes(receipt) == VECTORS["signed-bytes"].encode()
    assert sign_receipt(ring, receipt, CONTENT, commitments) == json.loads(DOCUMENT)


def test_the_document_on_the_page_is_genuine_and_its_people_are_proved() -> None:
    assert verify_receipt(DOCUMENT, bytes.fromhex(VECTORS["public-key-hex"])).genuine
    for pointer, text in PEOPLE.items():
        assert prove_field(DOCUMENT, SALT.hex(), pointer, text).ok


def test_an_address_on_the_page_is_canonical_json() -> None:
    address = PEOPLE["/shippingAddress"]
    assert canonical_json(json.loads(address)).decode() == address


def test_the_page_names_every_personal_field() -> None:
    for name in (*personal.ORDER_FIELDS, *personal.LINE_FIELDS):
        assert f"`{name}`" in PAGE
