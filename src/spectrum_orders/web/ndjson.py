"""One order a line in, one result a line out, in constant memory.

Reading and answering are two tasks: a client that sends its whole file before it reads a byte
must not wait for a server that waits for it to read. The results between them are spooled to
a temporary file once they are many.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from spectrum_orders.errors import BadRequest, SpectrumError, TooLarge
from spectrum_orders.web import answers, problems
from spectrum_orders.web.answers import Answer, Counts
from spectrum_orders.web.exchange import Exchange

MEDIA_TYPES = frozenset({b"application/x-ndjson", b"application/ndjson", b"application/jsonl"})

TOGETHER = 100
"""Lines answered together: each still stands alone, but they share a commit."""

SPOOL_BYTES = 1 << 20
PIECE = 64 * 1024

_encode = msgspec.json.Encoder().encode
Each = Callable[[Sequence[bytes]], Awaitable[list[Answer]]]


async def stream(exchange: Exchange, each: Each, *, longest_line: int) -> None:
    """Answer an NDJSON request: status 200, a result a line, and a last line with the counts.

    A SpectrumError that ``each`` raises ends the stream and stands in its last line. Raises ClientGone.
    """
    await exchange.start(200, b"application/x-ndjson")
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
        spool = _Spool(file)
        sending = asyncio.create_task(_send(exchange, spool))
        try:
            await _read(exchange, each, spool, longest_line)
            spool.end()
            await sending
        finally:
            # However else it ended, the last chunk is never sent: what was cut off must not look whole.
            sending.cancel()


class _Spool:
    """Bytes written at one end and read at the other, by two tasks of one event loop."""

    def __init__(self, file: tempfile.SpooledTemporaryFile[bytes]) -> None:
        self._file = file
        self._written = 0
        self._read = 0
        self._ended = False
        self._news = asyncio.Event()

    def write(self, data: bytes) -> None:
        if self._read == self._written:  # all was taken: begin again, so that the file stays small
            self._file.seek(0)
            self._file.truncate()
            self._read = self._written = 0
        self._file.seek(self._written)
        self._file.write(data)
        self._written += len(data)
        self._news.set()

    def end(self) -> None:
        self._ended = True
        self._news.set()

    async def take(self) -> bytes:
        """The next piece; empty when all was taken and the writer has ended."""
        while self._read == self._written and not self._ended:
            self._news.clear()
            await self._news.wait()
        self._file.seek(self._read)
        piece = self._file.read(min(PIECE, self._written - self._read))
        self._read += len(piece)
        return piece


async def _send(exchange: Exchange, spool: _Spool) -> None:
    while piece := await spool.take():
        await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
    await exchange.send({"type": "http.response.body", "body": b""})


async def _read(exchange: Exchange, each: Each, spool: _Spool, longest_line: int) -> None:
    counts = Counts()
    index = 0
    lines: list[bytes] = []

    async def answer() -> None:
        nonlocal index
        if not lines:
            return
        for found in await each(lines):
            counts.add(found.status)
            spool.write(answers.result(index, found) + b"\n")
            index += 1
        lines.clear()

    async def take(line: bytes) -> None:
        nonlocal index
        if len(line) > longest_line:
            await answer()
            counts.add(too_long.status)
            spool.write(answers.result(index, too_long) + b"\n")
            index += 1
        elif line.strip():
            lines.append(line)
            if len(lines) >= TOGETHER:
                await answer()

    too_long = answers.failed(_too_long(longest_line), f"{exchange.path}#{exchange.request_id}")
    failure: SpectrumError | None = None
    pending = b""
    try:
        async for chunk in exchange.chunks():
            *whole, pending = (pending + chunk).split(b"\n")
            for line in whole:
                await take(line)
            # Of a line that is too long nothing more is kept than shows that it is.
            pending = pending[: longest_line + 1]
            if lines:
                await answer()
        await take(pending)
        await answer()
        if index == 0:
            failure = BadRequest("The stream held no order.")
    except SpectrumError as error:
        failure = error
    last: dict[str, object] = {"counts": counts, "allSuccessful": counts.all_successful and failure is None}
    if failure is not None:
        last |= problems.members(failure, f"{exchange.path}#{exchange.request_id}")
    spool.write(_encode(last) + b"\n")


def _too_long(most: int) -> TooLarge:
    return TooLarge(f"This line of the stream is longer than {most} bytes. The other lines stand alone.")
