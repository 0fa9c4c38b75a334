"""What a receipt says, as bytes that anybody can recompute.

Everything here is hashing: the signature over these bytes is made a floor above, where the
keys are. docs/receipts.md specifies the same in words, with test vectors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Literal

import msgspec

FORMAT = "spectrum-receipt/1"
"""Names the format inside the signed bytes, so that no other text this deployment's key may
ever sign can be passed off as a receipt."""

_MAX_INTEGER = 2**53 - 1
_MAX_DEPTH = 64


class Receipt(msgspec.Struct, frozen=True, kw_only=True, rename="camel", tag_field="format", tag=FORMAT):
    """What was agreed, when, between whom.

    ``receipt_id`` is the readable id (``rcp_…``). ``kind`` is ``completion`` when the addresses
    of an order that was acknowledged without them came later. ``acknowledged_at`` is ISO 8601 in
    UTC with six fraction digits and ``+00:00``. The digests are ``sha256:`` and 64 lower-case
    hexadecimal digits (see ``digest_text``).
    """

    receipt_id: str
    kind: Literal["acknowledgement", "completion"]
    environment: str
    client_handle: str
    purchase_order_number: str
    acknowledged_at: str
    content_digest: str
    personal_digest: str


_sorted = msgspec.json.Encoder(order="sorted")


def utf8(text: str) -> bytes:
    """``text`` as UTF-8; raises a ``ValueError`` that, unlike Python's own, does not hold the text."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        pass
    # Out of the handler's reach: otherwise the text would hang on this error as its context.
    raise ValueError("A text is not valid Unicode.")


def content_digest(canonical: bytes) -> bytes:
    """SHA-256 (32 bytes) of the canonical bytes of an order's content."""
    return hashlib.sha256(canonical).digest()


def personal_digest(commitments: Mapping[str, bytes]) -> bytes:
    """SHA-256 (32 bytes) of the canonical JSON ``{pointer: hex of the commitment}``.

    An order without personal values has the digest of ``{}``: its absence is signed as well.
    """
    return hashlib.sha256(
        _sorted.encode({pointer: commitment.hex() for pointer, commitment in commitments.items()})
    ).digest()


def field_commitment(salt: bytes, pointer: str, text: str) -> bytes:
    """HMAC-SHA256 (32 bytes), keyed by the order's salt, of the pointer, a zero byte and the text.

    Raises ``ValueError`` when the salt is not 32 bytes, when the pointer holds a zero character
    (where pointer and text part would be ambiguous), or when either is not valid Unicode. The
    length is checked because HMAC pads a short key with zeros: two salts that differ only in
    trailing zeros would make the same commitment.
    """
    if len(salt) != 32:
        raise ValueError("A receipt salt is 32 bytes.")
    if "\0" in pointer:
        raise ValueError("A pointer holds no zero character.")
    return hmac_sha256(salt, utf8(pointer) + b"\0" + utf8(text))


_INNER = bytes(value ^ 0x36 for value in range(256))
_OUTER = bytes(value ^ 0x5C for value in range(256))


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) for a key of at most 64 bytes.

    The library's one-shot function lets go of the interpreter lock around a microsecond of work,
    which on the path of an order means two thread switches. Hashing short data does not.
    """
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(block.translate(_INNER) + message).digest()
    return hashlib.sha256(block.translate(_OUTER) + inner).digest()


def digest_text(digest: bytes) -> str:
    """A digest as receipts show it: ``sha256:`` and lower-case hexadecimal."""
    return "sha256:" + digest.hex()


def signed_bytes(receipt: Receipt) -> bytes:
    """The bytes that are signed: the receipt's members and ``format`` as canonical JSON."""
    return _sorted.encode(receipt)


def canonical_json(value: object) -> bytes:
    """Any JSON value of texts and whole numbers in the canonical form of RFC 8785.

    Raises ``ValueError`` for what the form refuses or this house never writes: fractions,
    numbers beyond 2^53-1, text that is not valid Unicode, nesting beyond 64 levels.
    """
    return utf8(json.dumps(_arranged(value, _MAX_DEPTH), ensure_ascii=False, separators=(",", ":")))


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


def _arranged(value: object, depth: int) -> object:
    if depth == 0:
        raise ValueError("The value is nested too deeply.")
    if isinstance(value, dict):
        # RFC 8785 sorts by UTF-16 code units, which differs from code points beyond U+FFFF.
        plain = all(map(str.isascii, value))
        names = sorted(value) if plain else sorted(value, key=_utf16)
        return {name: _arranged(value[name], depth - 1) for name in names}
    if isinstance(value, list):
        return [_arranged(item, depth - 1) for item in value]
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int) and abs(value) <= _MAX_INTEGER:
        return value
    raise ValueError(
        "A canonical value is an object, a list, a text, a boolean, null or a whole number up to 2^53-1."
    )
