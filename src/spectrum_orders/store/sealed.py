"""What is sealed, as it is stored."""

from __future__ import annotations

import msgspec


class WrappedKey(msgspec.Struct, frozen=True):
    """A data key as it is stored: useless without the master key of ``version``."""

    version: int
    wrapped: bytes


class SealedField(msgspec.Struct, frozen=True):
    """One personal value, sealed, and the salted commitment to it."""

    field: str
    sealed: bytes
    commitment: bytes
