"""Large bodies on their way in: sealed on the disk, so that memory holds only those that are being read.

A body that comes slowly costs disk, of which there is much, and nobody's turn. It may hold people, and the
blocks of a file outlive the file: so each is encrypted under a key of its own that exists only here.
"""

from __future__ import annotations

import asyncio
import io
import os
import tempfile
from types import TracebackType
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from spectrum_orders.errors import Internal, Unavailable

PIECE = 1 << 20
"""Bytes that are read back before the event loop serves others: about half a millisecond."""

_NONCE = bytes(12)
"""One key seals one body, so one nonce will do."""


class Depot:
    """The bytes of disk that the spools of one process share. For one event loop.

    Nobody waits for more of it: whoever came this far with a body holds what others would wait for, and they
    hold what it waits for.
    """

    def __init__(self, capacity: int) -> None:
        self._free = capacity

    def take(self, size: int) -> None:
        """Raises Unavailable when there is no more."""
        if size > self._free:
            raise Unavailable(
                "Too many large requests are arriving at once; nothing was stored. Try again.", retry_after=5
            )
        self._free -= size

    def give(self, size: int) -> None:
        """Give back what was taken."""
        self._free += size


class Spool:
    """One body: written in pieces, then read back once. Use it in a ``with`` block, which forgets it.

    The writes are not handed to a thread: they end in the page cache, and a file without a name is mostly
    gone before the kernel thinks of writing it out.
    """

    def __init__(self, depot: Depot) -> None:
        self._depot = depot
        self._size = 0
        key = AES(os.urandom(32))
        self._key = key
        self._encryptor = Cipher(key, GCM(_NONCE)).encryptor()

    def __enter__(self) -> Self:
        try:
            self._file = tempfile.TemporaryFile(prefix="spectrum-", buffering=0)
        except OSError as error:
            raise _no_room() from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depot.give(self._size)
        self._file.close()

    def write(self, piece: bytes) -> None:
        """Add a piece. Raises Unavailable when the depot or the disk is full."""
        self._depot.take(len(piece))
        self._size += len(piece)
        left = memoryview(self._encryptor.update(piece))
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            raise _no_room() from error

    async def read(self) -> bytes:
        """All of it, for the first and only time. Raises Internal when the disk gave something else back."""
        self._encryptor.finalize()
        decryptor = Cipher(self._key, GCM(_NONCE, self._encryptor.tag)).decryptor()
        # Made as large as it will be, its value is what was written into; joining or growing would copy it.
        whole = io.BytesIO(bytes(self._size))
        try:
            self._file.seek(0)
            while piece := self._file.read(PIECE):
                whole.write(decryptor.update(piece))
                await asyncio.sleep(0)
            decryptor.finalize()
        except (OSError, InvalidTag) as error:
            raise Internal("A fault of ours: the body could not be kept while it arrived.") from error
        return whole.getvalue()


def _no_room() -> Unavailable:
    return Unavailable(
        "There is no room for a large request on the server's disk; nothing was stored. Try again, or send "
        "fewer orders at once.",
        retry_after=5,
    )
