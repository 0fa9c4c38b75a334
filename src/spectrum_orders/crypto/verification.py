"""Whether a receipt is genuine, told check by check. Needs no key ring and no network."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Callable
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from spectrum_orders.crypto.keyring import key_id_of
from spectrum_orders.crypto.signing import ALGORITHM
from spectrum_orders.domain.receipts import (
    FORMAT,
    Receipt,
    canonical_json,
    content_digest,
    digest_text,
    field_commitment,
    personal_digest,
    signed_bytes,
)


class Check(msgspec.Struct, frozen=True):
    """One thing that was checked. ``sentence`` says the outcome and never repeats the document."""

    name: str
    ok: bool
    sentence: str


class Verdict(msgspec.Struct, frozen=True):
    """Every check, always the same ones in the same order."""

    checks: tuple[Check, ...]

    @property
    def genuine(self) -> bool:
        """Whether every check holds: unaltered, and signed by the trusted key that was given."""
        return all(check.ok for check in self.checks)

    @property
    def consistent(self) -> bool:
        """Whether the receipt agrees with itself, whoever made it: all checks but the trusted key."""
        return all(check.ok for check in self.checks if check.name != TRUSTED)


TRUSTED: Final = "trusted-key"

_DIGEST: Final = r"sha256:[0-9a-f]{64}"
_SIGNED: Final = {
    "format": re.escape(FORMAT),
    "receiptId": r"[!-~]{1,64}",
    "kind": "acknowledgement|completion",
    "environment": ".+",
    "clientHandle": ".+",
    "purchaseOrderNumber": ".+",
    "acknowledgedAt": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00",
    "contentDigest": _DIGEST,
    "personalDigest": _DIGEST,
}
_BESIDE: Final = {
    "algorithm": ALGORITHM,
    "keyId": "[0-9a-f]{16}",
    # The last letter has spare bits; they must be zero, or one signature could be written in 16 ways.
    "publicKey": "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=",
    "signature": "[A-Za-z0-9+/]{85}[AQgw]==",
}
_TEXTS: Final = {
    name: re.compile(shape, re.ASCII | re.DOTALL) for name, shape in {**_SIGNED, **_BESIDE}.items()
}
_HEX_32: Final = re.compile("[0-9a-f]{64}")


def verify_receipt(document: bytes, public_key: bytes | None) -> Verdict:
    """Check a signed receipt; pure, and never raises, whatever the bytes are.

    ``public_key`` is the deployment's raw 32-byte key, obtained elsewhere than from the receipt.
    Without it the verdict can be ``consistent`` but not ``genuine``: the key inside a receipt
    proves only that whoever wrote the receipt signed it.
    """
    receipt = _document(document)
    if receipt is None:
        first = Check(
            "document",
            False,
            "The document is not a JSON object of texts, whole numbers and distinct members.",
        )
        receipt = {}
    else:
        first = Check("document", True, "The document is JSON that can be read in one way only.")
    parts = (_members, _content, _order_number, _people, _key_id, _signature)
    return Verdict((first, *(part(receipt) for part in parts), _trusted_key(receipt, public_key)))


def prove_field(document: bytes, salt: str, pointer: str, text: str) -> Check:
    """Whether a receipt commits to ``text`` at ``pointer``, given the order's salt (64 hex digits).

    Says nothing about who signed the receipt: ``verify_receipt`` does. Never raises.
    """
    name = "field"
    committed = _commitments(_document(document) or {})
    if committed is None:
        return Check(name, False, "The receipt holds no commitments that can be read.")
    if not _HEX_32.fullmatch(salt.lower()):
        return Check(name, False, "The salt is not 64 hexadecimal digits.")
    if pointer not in committed:
        return Check(name, False, "The receipt commits to nothing at this pointer.")
    try:
        expected = field_commitment(bytes.fromhex(salt), pointer, text)
    except ValueError:
        return Check(name, False, "Nothing can commit to this pointer and text.")
    if hmac.compare_digest(expected, committed[pointer]):
        return Check(name, True, "The receipt commits to exactly this text at this pointer.")
    return Check(
        name, False, "The receipt commits to another text at this pointer, or the salt is another's."
    )


def _document(document: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(
            document.decode("utf-8-sig"),
            object_pairs_hook=_distinct,
            parse_float=_refused,
            parse_constant=_refused,
        )
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Readers disagree on which of two equal names counts, so a receipt with both could say two things.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("A name stands twice.")
    return members


def _refused(_: str) -> None:
    raise ValueError("Receipts hold whole numbers only.")


def _text(receipt: dict[str, Any], name: str) -> str | None:
    """A member that is a text of the right shape, or ``None``."""
    value = receipt.get(name)
    return value if isinstance(value, str) and _TEXTS[name].fullmatch(value) else None


def _commitments(receipt: dict[str, Any]) -> dict[str, bytes] | None:
    value = receipt.get("commitments")
    if not isinstance(value, dict):
        return None
    if not all(isinstance(item, str) and _HEX_32.fullmatch(item) for item in value.values()):
        return None
    return {pointer: bytes.fromhex(item) for pointer, item in value.items()}


def _members(receipt: dict[str, Any]) -> Check:
    name = "members"
    wrong = [member for member in _TEXTS if _text(receipt, member) is None]
    if not isinstance(receipt.get("content"), dict):
        wrong.append("content")
    if _commitments(receipt) is None:
        wrong.append("commitments")
    if wrong:
        return Check(name, False, f"Missing, or not of the documented shape: {', '.join(wrong)}.")
    if len(receipt) != len(_TEXTS) + 2:
        return Check(name, False, "The document holds members that the signature does not cover.")
    return Check(name, True, "Every member is there and has the documented shape, and there are no others.")


def _content(receipt: dict[str, Any]) -> Check:
    return _digest_check(
        "content", receipt, "contentDigest", lambda: content_digest(canonical_json(receipt["content"]))
    )


def _people(receipt: dict[str, Any]) -> Check:
    return _digest_check(
        "commitments",
        receipt,
        "personalDigest",
        lambda: personal_digest(_commitments(receipt) or {}),
    )


def _digest_check(part: str, receipt: dict[str, Any], member: str, recompute: Callable[[], bytes]) -> Check:
    stated = _text(receipt, member)
    readable = (
        isinstance(receipt.get("content"), dict) if part == "content" else _commitments(receipt) is not None
    )
    if stated is None or not readable:
        return Check(
            part, False, f"The {part} could not be compared with {member}: one of them cannot be read."
        )
    try:
        matches = digest_text(recompute()) == stated
    except ValueError:
        return Check(part, False, f"The {part} cannot be brought into canonical form.")
    if matches:
        return Check(part, True, f"The {part} and {member} agree.")
    return Check(part, False, f"The {part} and {member} do not agree: one of them was altered.")


def _order_number(receipt: dict[str, Any]) -> Check:
    name = "purchase-order-number"
    content = receipt.get("content")
    inner = content.get("purchaseOrderNumber") if isinstance(content, dict) else None
    if inner is not None and inner == _text(receipt, "purchaseOrderNumber"):
        return Check(name, True, "The receipt and its content name the same purchase order.")
    return Check(name, False, "The receipt and its content do not name the same purchase order.")


def _public_key(receipt: dict[str, Any]) -> bytes | None:
    text = _text(receipt, "publicKey")
    return None if text is None else base64.b64decode(text)


def _key_id(receipt: dict[str, Any]) -> Check:
    key = _public_key(receipt)
    if key is not None and key_id_of(key) == receipt.get("keyId"):
        return Check("key-id", True, "The key id is that of the public key.")
    return Check("key-id", False, "The key id is not that of the public key.")


def _signature(receipt: dict[str, Any]) -> Check:
    name = "signature"
    key, signature = _public_key(receipt), _text(receipt, "signature")
    if key is None or signature is None or any(_text(receipt, member) is None for member in _SIGNED):
        return Check(name, False, "The signature could not be checked: what it covers cannot be read.")
    try:
        signed = msgspec.convert({member: receipt[member] for member in _SIGNED}, Receipt)
        message = signed_bytes(signed)
        Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(signature), message)
    except (ValueError, InvalidSignature):
        return Check(name, False, "The signature is not one over this receipt by this public key.")
    return Check(name, True, "The public key in the receipt has signed it.")


def _trusted_key(receipt: dict[str, Any], public_key: bytes | None) -> Check:
    if public_key is None:
        return Check(
            TRUSTED,
            False,
            "No trusted public key was given: anybody can make a receipt that agrees with itself. Get the "
            "deployment's public key from the deployment, not from the receipt, and check again with it.",
        )
    if len(public_key) != 32:
        return Check(TRUSTED, False, "The trusted public key that was given is not 32 bytes.")
    if _public_key(receipt) == public_key:
        return Check(TRUSTED, True, "The public key in the receipt is the trusted one.")
    return Check(TRUSTED, False, "The public key in the receipt is not the trusted one.")
