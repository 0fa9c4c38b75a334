"""Signatures as Standard Webhooks 1.0.0 has them, whatever it is that is signed.

A receiver holds the timestamp against its clock, with 300 s of tolerance.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

from spectrum_orders.crypto import entropy

_PREFIX = "whsec_"
_LEAST, _MOST = 24, 64
_BYTES = 32


def new_secret() -> str:
    """A fresh secret: 256 random bits."""
    return _PREFIX + base64.b64encode(entropy.take(_BYTES)).decode()


def read_secrets(text: str) -> tuple[bytes, ...]:
    """The keys in ``whsec_…`` words; several during a rotation, the new one first. Raises ValueError."""
    keys = []
    for word in text.split():
        try:
            key = base64.b64decode(word.removeprefix(_PREFIX), validate=True)
        except ValueError:
            key = b""
        if not word.startswith(_PREFIX) or not _LEAST <= len(key) <= _MOST:
            raise ValueError("a secret is no whsec_ and the Base64 of 24 to 64 bytes")
        keys.append(key)
    if not keys:
        raise ValueError("no secret")
    return tuple(keys)


def sign(keys: tuple[bytes, ...], message: str, timestamp: int, body: Iterable[bytes]) -> str:
    """The value of ``webhook-signature``: one ``v1`` for each key. ``timestamp`` is in seconds."""
    head = f"{message}.{timestamp}.".encode()
    codes = [hmac.new(key, head, hashlib.sha256) for key in keys]
    for block in body:
        for code in codes:
            code.update(block)
    return " ".join(f"v1,{base64.b64encode(code.digest()).decode()}" for code in codes)


def headers(
    keys: tuple[bytes, ...], message: str, timestamp: int, body: Iterable[bytes]
) -> list[tuple[str, str]]:
    """The three headers."""
    return [
        ("webhook-id", message),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", sign(keys, message, timestamp, body)),
    ]
