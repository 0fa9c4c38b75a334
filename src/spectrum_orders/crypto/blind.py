"""Blind indexes: exact-match lookup of people without opening any of them."""

from __future__ import annotations

import struct
import unicodedata
from typing import Final

from spectrum_orders.domain.receipts import hmac_sha256, utf8

_LABEL: Final = b"spectrum-orders/blind-index/1\0"
_BOUND: Final = struct.Struct(">QH")
_BYTES: Final = 16
"""128 bits: two of 10^12 values meet with a probability below 10^-14, and half a hash is
enough for an index that is only ever compared."""


def index(key: bytes, client_id: int, field: str, value: str) -> bytes:
    """16 bytes that are equal exactly when client, field and value are equal.

    The client is part of it, so that the same person at two shops cannot be connected. Raises
    ``ValueError`` when a text is not valid Unicode.
    """
    name = utf8(field)
    # The name's length is part of it: without it, one field's end could pass for a value's start.
    message = _LABEL + _BOUND.pack(client_id, len(name)) + name + utf8(value)
    return hmac_sha256(key, message)[:_BYTES]


def normalise_email(text: str) -> str:
    """An e-mail address as it is compared: without regard to case, width and surrounding space.

    Nothing is interpreted: ``a.b@x`` and ``ab@x``, or ``a+1@x`` and ``a@x``, stay different people.
    """
    return _folded(text)


def normalise_name_postcode(first: str, last: str, postal: str) -> str:
    """A name and a postal code as they are compared.

    First and last name are joined by a space, so that it does not matter where somebody parted
    ``Anna Maria Berg``; spaces in the postal code are dropped (``SW1A 1AA``, ``sw1a1aa``). Empty
    when all three are.
    """
    name = _folded(f"{first} {last}")
    code = _folded(postal).replace(" ", "")
    # U+001F counts as white space, so neither part can still hold one.
    return f"{name}\x1f{code}" if name or code else ""


def _folded(text: str) -> str:
    if text.isascii():  # the same result, and most names and addresses
        return " ".join(text.lower().split())
    # Unicode's compatibility caseless match (section 3.13, D146): normalising once is not enough,
    # because folding can leave a text that is no longer normalised.
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", text).casefold()).casefold()
    return " ".join(unicodedata.normalize("NFKC", text).split())
