"""Files as one ZIP: stored, not deflated; the same bytes every time; never whole in memory.

Print files hardly shrink, and a stored member can be read out of the archive where it lies. Sizes and
sums stand before the data (no data descriptors: Java's stream reader refuses them on stored members),
so a member's CRC-32 is known, or found in a pass of its own, before the first byte leaves.
"""

from __future__ import annotations

import functools
import hashlib
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator

import msgspec

from spectrum_orders.errors import Internal

MEDIA_TYPE = "application/zip"

SMALL = 256 * 1024
"""Bytes of an archive that is put together once and kept, for as long as it is on its way: a transport reads
twice, and what each file takes to be found and opened again is more than what is in it."""

_UTF8 = 1 << 11
_DATE = 1 << 5 | 1  # 1980-01-01, the first day that the format knows
_PLAIN, _ZIP64 = 20, 45  # the versions of the format that a reader needs
_UNIX = 3 << 8
_READABLE = 0o100644 << 16
_FULL32, _FULL16 = 0xFFFF_FFFF, 0xFFFF

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_END = struct.Struct("<4s4H2IH")


class Member(msgspec.Struct, frozen=True):
    """One file of the archive. ``read`` gives its bytes anew at every call; ``sha256`` are 32 bytes."""

    name: str
    size: int
    sha256: bytes
    crc32: int
    media_type: str
    read: Callable[[], Iterable[bytes]]

    def __repr__(self) -> str:
        return f"Member({self.name!r}, {self.size} bytes)"

    @classmethod
    def of(cls, name: str, data: bytes, media_type: str) -> Member:
        """A member whose bytes are at hand."""
        return cls(
            name,
            len(data),
            hashlib.sha256(data).digest(),
            zlib.crc32(data),
            media_type,
            lambda: (data,),
        )

    @classmethod
    def stored(
        cls, name: str, size: int, sha256: bytes, media_type: str, read: Callable[[], Iterable[bytes]]
    ) -> Member:
        """A member of known size and SHA-256 whose CRC-32 has yet to be found: one pass over it."""
        crc = 0
        for chunk in read():
            crc = zlib.crc32(chunk, crc)
        return cls(name, size, sha256, crc, media_type, read)


class Zipped:
    """The archive, as transports read it: ``size`` and ``sha256`` are known before anything is sent.

    ``chunks`` may be called again and gives the same bytes. It raises Internal when a member's length is
    no longer what was promised, before the archive is complete, so that nothing half can be renamed.
    """

    media_type = MEDIA_TYPE

    def __init__(self, members: Iterable[Member]) -> None:
        self.members = tuple(members)
        heads: list[bytes] = []
        entries: list[bytes] = []
        offset = 0
        for one in self.members:
            heads.append(_local(one))
            entries.append(_central(one, offset))
            offset += len(heads[-1]) + one.size
        directory = b"".join(entries)
        self._heads = heads
        self._tail = directory + _end(len(entries), len(directory), offset)
        self.size = offset + len(self._tail)

    def __repr__(self) -> str:
        return f"Zipped({len(self.members)} members, {self.size} bytes)"

    @functools.cached_property
    def sha256(self) -> bytes:
        """SHA-256 (32 bytes) of the archive: the first reading takes a pass over everything."""
        digest = hashlib.sha256()
        for chunk in self.chunks():
            digest.update(chunk)
        return digest.digest()

    def chunks(self) -> Iterator[bytes]:
        """The archive's bytes, in order."""
        return self._read() if self.size > SMALL else iter((self._whole,))

    @functools.cached_property
    def _whole(self) -> bytes:
        return b"".join(self._read())

    def _read(self) -> Iterator[bytes]:
        for head, one in zip(self._heads, self.members, strict=True):
            yield head
            left = one.size
            for chunk in one.read():
                left -= len(chunk)
                if left < 0:
                    break
                yield chunk
            if left:
                raise Internal("A file is not as long as it was; the archive is not sent.")
        yield self._tail


def _local(one: Member) -> bytes:
    name = one.name.encode()
    large = one.size >= _FULL32
    shown = _FULL32 if large else one.size
    extra = struct.pack("<2H2Q", 1, 16, one.size, one.size) if large else b""
    needed = _ZIP64 if large else _PLAIN
    return (
        _LOCAL.pack(b"PK\3\4", needed, _UTF8, 0, 0, _DATE, one.crc32, shown, shown, len(name), len(extra))
        + name
        + extra
    )


def _central(one: Member, offset: int) -> bytes:
    name = one.name.encode()
    large, far = one.size >= _FULL32, offset >= _FULL32
    values = ([one.size, one.size] if large else []) + ([offset] if far else [])
    extra = struct.pack(f"<2H{len(values)}Q", 1, 8 * len(values), *values) if values else b""
    needed = _ZIP64 if values else _PLAIN
    shown = _FULL32 if large else one.size
    return (
        _CENTRAL.pack(
            b"PK\1\2", _UNIX | needed, needed, _UTF8, 0, 0, _DATE, one.crc32, shown, shown,
            len(name), len(extra), 0, 0, 0, _READABLE, _FULL32 if far else offset,
        )
        + name
        + extra
    )  # fmt: skip


def _end(count: int, length: int, offset: int) -> bytes:
    end = b""
    if count >= _FULL16 or length >= _FULL32 or offset >= _FULL32:
        end = _END64.pack(
            b"PK\6\6", _END64.size - 12, _UNIX | _ZIP64, _ZIP64, 0, 0, count, count, length, offset
        ) + _LOCATOR.pack(b"PK\6\7", 0, offset + length, 1)
    shown = min(count, _FULL16)
    return end + _END.pack(b"PK\5\6", 0, 0, shown, shown, min(length, _FULL32), min(offset, _FULL32), 0)
