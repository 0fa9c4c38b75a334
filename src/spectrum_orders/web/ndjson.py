"""One order a line in, one result a line out, in constant memory.

Reading and answering are two tasks: a client that sends its whole file before it reads a byte
must not wait for a server that waits for it to read. The results between them are spooled to
a temporary file once they are many.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from spectrum_orders.errors import BadRequest, SpectrumError, TooLarge
from spectrum_orders.web import answers, problems
from spectrum_orders.web.answers import Answer, Counts
from spectrum_orders.web.exchange import ClientGone, Exchange
from spectrum_orders.web.unread import Unread

MEDIA_TYPES = frozenset({b"application/x-ndjson", b"application/ndjson", b"application/jsonl"})

TOGETHER = 100
"""Lines answered together: each still stands alone, but they share a commit."""

MOST_UNREAD = 1 << 30
"""Bytes of results that may lie unread before the stream is ended. A client may send first and read later,
but one that never reads must not fill the disk: these are the results of some three million plain orders."""

FINISH_SECONDS = 60.0
"""What a client may take to finish sending after its stream was ended for it."""

_encode = msgspec.json.Encoder().encode
Each = Callable[[Sequence[bytes]], Awaitable[list[Answer]]]


async def stream(
    exchange: Exchange,
    each: Each,
    *,
    longest_line: int,
    most_unread: int = MOST_UNREAD,
    finish: float = FINISH_SECONDS,
) -> None:
    """Answer an NDJSON request: status 200, a result a line, and a last line with the counts.

    A SpectrumError that ``each`` raises ends the stream and stands in its last line, and so does having more
    than ``most_unread`` bytes of results that the client has not read. Raises ClientGone.
    """
    await exchange.start(200, b"application/x-ndjson")
    with Unread() as spool:
        sending = asyncio.create_task(_send(exchange, spool))
        try:
            whole = await _read(exchange, each, spool, longest_line, most_unread)
            spool.end()
            if not whole:
                await _let_finish(exchange, sending, finish)
            await sending
        finally:
            # However else it ended, the last chunk is never sent: what was cut off must not look whole.
            sending.cancel()


async def _let_finish(exchange: Exchange, sending: asyncio.Task[None], seconds: float) -> None:
    """Throw away what is still sent: whoever sends first and reads later would never come to read why.

    Raises ClientGone when that takes too long.
    """
    try:
        async with asyncio.timeout(seconds):
            async for _ in exchange.chunks():
                pass
    except TimeoutError:
        raise ClientGone from None
    except ClientGone:
        # An answer that was sent to its end reads the same as a client that went.
        if not sending.done():
            raise


async def _send(exchange: Exchange, spool: Unread) -> None:
    while piece := await spool.take():
        await exchange.send({"type": "http.response.body", "body": piece, "more_body": True})
    await exchange.send({"type": "http.response.body", "body": b""})


async def _read(exchange: Exchange, each: Each, spool: Unread, longest_line: int, most_unread: int) -> bool:
    """Answer line by line; whether the stream was read to its end."""
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
        if spool.size > most_unread:
            raise TooLarge(
                f"More than {most_unread} bytes of results lie unread, so the stream ends here. Every order "
                "with a result above was answered; send the others again, and read while you send."
            )

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
    whole_stream = False
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
        whole_stream = True
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
    return whole_stream


def _too_long(most: int) -> TooLarge:
    return TooLarge(f"This line of the stream is longer than {most} bytes. The other lines stand alone.")
