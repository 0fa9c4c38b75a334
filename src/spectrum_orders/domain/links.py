"""A link to the print files of one order: what it says, as bytes to be signed."""

from __future__ import annotations

import base64
import binascii
import struct

import msgspec

_DOMAIN = b"spectrum-link/1\n"
"""Before what is signed, so that no signature under a receipt can ever be taken for one under a link."""

_LAYOUT = struct.Struct(">QQQQ")
_SIGNATURE = 64

DEFAULT_HOURS, LONGEST_HOURS = 24, 168
"""How long a link lasts: a day, or a week at most. Whoever has it needs no token."""


class Link(msgspec.Struct, frozen=True):
    """Whose order's files, and until when (seconds since 1970). With a ``partner_id`` only its lines'."""

    client_id: int
    order_id: int
    partner_id: int
    expires_at: int

    @property
    def message(self) -> bytes:
        """What is signed."""
        return _DOMAIN + self.packed

    @property
    def packed(self) -> bytes:
        """The link without its signature."""
        return _LAYOUT.pack(self.client_id, self.order_id, self.partner_id, self.expires_at)


def write(link: Link, signature: bytes) -> str:
    """The link as one segment of a path."""
    return base64.urlsafe_b64encode(link.packed + signature).decode().rstrip("=")


def read(text: str) -> tuple[Link, bytes] | None:
    """A link and its signature, which is not checked here; ``None`` when it is none."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _LAYOUT.size + _SIGNATURE:
        return None
    return Link(*_LAYOUT.unpack(raw[: _LAYOUT.size])), raw[_LAYOUT.size :]
