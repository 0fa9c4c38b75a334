"""Receipts that can be shown to somebody else: signed by the deployment's key."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from spectrum_orders.crypto.keyring import KeyRing
from spectrum_orders.domain.receipts import (
    Receipt,
    content_digest,
    digest_text,
    personal_digest,
    signed_bytes,
)

ALGORITHM: Final = "Ed25519"


def sign_receipt(
    ring: KeyRing, receipt: Receipt, content: bytes, commitments: Mapping[str, bytes]
) -> dict[str, Any]:
    """The signed receipt document, ready to be encoded as JSON; docs/receipts.md describes it.

    ``content`` is the order's canonical content, ``commitments`` maps the pointer of each
    personal value to its commitment. Raises ``ValueError`` when they are not what the receipt's
    digests say: a deployment never signs what it cannot back.
    """
    if receipt.content_digest != digest_text(content_digest(content)):
        raise ValueError("The content is not what the receipt's digest says; nothing was signed.")
    if receipt.personal_digest != digest_text(personal_digest(commitments)):
        raise ValueError("The commitments are not what the receipt's digest says; nothing was signed.")
    message = signed_bytes(receipt)
    document: dict[str, Any] = msgspec.json.decode(message)
    document["algorithm"] = ALGORITHM
    document["keyId"] = ring.key_id
    document["publicKey"] = base64.b64encode(ring.public_key).decode()
    document["signature"] = base64.b64encode(ring.sign(message)).decode()
    document["content"] = msgspec.json.decode(content)
    document["commitments"] = {pointer: commitment.hex() for pointer, commitment in commitments.items()}
    return document
