"""Results that a client has not read yet: in memory while they are few, on the disk when they are many."""

from __future__ import annotations

import asyncio
import collections
import tempfile
from types import TracebackType
from typing import Self

IN_MEMORY = 1 << 20
"""Bytes of results in memory; what is more goes to the disk."""

SEGMENT_BYTES = 64 << 20
"""A file grows to this before the next is begun: sixteen of them hold what may lie unread at most."""

PIECE = 64 * 1024


class _Segment:
    def __init__(self, file: tempfile.SpooledTemporaryFile[bytes]) -> None:
        self.file = file
        self.written = self.read = 0


class Unread:
    """Bytes written at one end and read at the other by two tasks of one event loop, in a ``with`` block.

    In segments, because a client that reads steadily may never catch up, and a file gives back no room for
    what was read as long as it is there.
    """

    def __init__(self, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._segment_bytes = segment_bytes
        self._segments = collections.deque([self._begin()])
        self._ended = False
        self._news = asyncio.Event()
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for segment in self._segments:
            segment.file.close()

    @property
    def segments(self) -> int:
        """Files that there are now."""
        return len(self._segments)

    def write(self, data: bytes) -> None:
        """Add bytes at the end."""
        last = self._segments[-1]
        if last.read == last.written:  # all was taken: begin again, so that the file stays small
            last.file.seek(0)
            last.file.truncate()
            last.read = last.written = 0
        elif last.written >= self._segment_bytes:
            last = self._begin()
            self._segments.append(last)
        last.file.seek(last.written)
        last.file.write(data)
        last.written += len(data)
        self.size += len(data)
        self._news.set()

    def end(self) -> None:
        """Nothing more will be written."""
        self._ended = True
        self._news.set()

    async def take(self) -> bytes:
        """The next piece; empty when all was taken and the writer has ended."""
        while not self.size and not self._ended:
            self._news.clear()
            await self._news.wait()
        first = self._segments[0]
        if first.read == first.written and len(self._segments) > 1:
            first.file.close()
            self._segments.popleft()
            first = self._segments[0]
        first.file.seek(first.read)
        piece = first.file.read(min(PIECE, first.written - first.read))
        first.read += len(piece)
        self.size -= len(piece)
        return piece

    def _begin(self) -> _Segment:
        return _Segment(tempfile.SpooledTemporaryFile(max_size=IN_MEMORY))
