"""Identifiers made by us: time-ordered numbers, their readable text, and API tokens."""

from __future__ import annotations

import os
import threading
import time
import zlib
from collections.abc import Callable

EPOCH_MS = 1_735_689_600_000
"""2025-01-01T00:00:00Z. 41 bits of milliseconds from here last until the year 2094."""

_SEQUENCE_BITS = 8
_NODE_BITS = 14
NODES = 1 << _NODE_BITS
"""Every process that writes is a node, a command as well as a server. Only one that still runs when
16 384 others have come after it would meet a second of its number."""

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(a + b for a in _CROCKFORD for b in _CROCKFORD)
_VALUES = {char: value for value, char in enumerate(_CROCKFORD)}


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


class Snowflakes:
    """Makes unique, time-ordered 63-bit integers: 41 bits of time, 14 of node, 8 of sequence.

    Two processes that make ids at once must have different nodes (``store.chains`` numbers
    them). A clock that goes backwards, or more than 256 ids in a millisecond, never repeats
    an id: the generator's own time only moves forwards, ahead of the wall clock if it must.
    """

    def __init__(self, node: int, clock_ms: Callable[[], int] = _wall_ms) -> None:
        self._node = (node % NODES) << _SEQUENCE_BITS
        self._clock = clock_ms
        self._last = 0
        self._sequence = 0
        self._lock = threading.Lock()

    def take(self) -> int:
        """The next id."""
        with self._lock:
            now = self._clock() - EPOCH_MS
            if now > self._last:
                self._last = now
                self._sequence = 0
            elif self._sequence < (1 << _SEQUENCE_BITS) - 1:
                self._sequence += 1
            else:
                self._last += 1
                self._sequence = 0
            return self._last << (_NODE_BITS + _SEQUENCE_BITS) | self._node | self._sequence


LARGEST = (1 << 63) - 1
"""No id is above it."""


def made_at(number: int) -> int:
    """When an id of ours was made: microseconds since the Unix epoch, to the millisecond."""
    return ((number >> (_NODE_BITS + _SEQUENCE_BITS)) + EPOCH_MS) * 1000


def earliest_at(instant: int) -> int:
    """No id of ours that is made at this instant (microseconds since the Unix epoch) or later is below it."""
    return max(0, instant // 1000 - EPOCH_MS) << (_NODE_BITS + _SEQUENCE_BITS)


def readable(prefix: str, number: int) -> str:
    """``number`` as ``prefix_`` and 13 Crockford base-32 characters; sorts like the number."""
    pairs = _PAIRS
    return (
        f"{prefix}_{_CROCKFORD[number >> 60]}{pairs[number >> 50 & 1023]}{pairs[number >> 40 & 1023]}"
        f"{pairs[number >> 30 & 1023]}{pairs[number >> 20 & 1023]}"
        f"{pairs[number >> 10 & 1023]}{pairs[number & 1023]}"
    )


def parse_readable(prefix: str, text: str) -> int | None:
    """The number in a readable id, or ``None`` when the text is not one with this prefix."""
    head, _, body = text.partition("_")
    if head != prefix or len(body) != 13:
        return None
    number = 0
    for char in body.lower():
        value = _VALUES.get(char)
        if value is None:
            return None
        number = number << 5 | value
    return number if number < 1 << 63 else None


_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_CHARS = 32  # 32 of 62 characters: 190 random bits, above the 160 that are promised
_CHECK_CHARS = 6  # 62**6 > 2**32: a whole CRC-32


def _check(text: str) -> str:
    crc = zlib.crc32(text.encode())
    out = ""
    for _ in range(_CHECK_CHARS):
        crc, rest = divmod(crc, 62)
        out = _BASE62[rest] + out
    return out


def new_token(environment: str) -> str:
    """A fresh API token: ``spk_<environment>_``, 190 random bits and a CRC-32 of all before it.

    The checksum is there so that a typing error is told apart from a revoked token without
    asking the database; it protects nothing.
    """
    secret = ""
    while len(secret) < _SECRET_CHARS:
        # Bytes from 248 up would make the first characters of the alphabet likelier.
        secret += "".join(_BASE62[byte % 62] for byte in os.urandom(48) if byte < 248)
    head = f"spk_{environment}_{secret[:_SECRET_CHARS]}"
    return head + _check(head)


def token_environment(text: str) -> str | None:
    """The environment named in a well-formed token, or ``None`` when its shape or sum is wrong."""
    if len(text) > 128 or not text.isascii() or not text.startswith("spk_"):
        return None
    environment, _, secret = text[4:].rpartition("_")
    if not environment or len(secret) != _SECRET_CHARS + _CHECK_CHARS:
        return None
    return environment if _check(text[:-_CHECK_CHARS]) == text[-_CHECK_CHARS:] else None
