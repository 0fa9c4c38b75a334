"""Bytes of any length on their way from a request to a thread that stores them, never whole in memory."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from spectrum_orders.artwork import tasks
from spectrum_orders.artwork.pool import Pool
from spectrum_orders.errors import BadRequest, TooLarge, Unavailable, UnsupportedMediaType
from spectrum_orders.web.exchange import ROOM_SECONDS, SMALL_BODY, ClientGone, Exchange

if TYPE_CHECKING:
    from spectrum_orders.artwork.intake import Verdict

AT_ONCE = 4
"""Uploads that are stored at once, each in a thread of its own: sealing and looking into a file keep a core
busy, and threads that wait for the bytes of slow clients would leave none for the orders' look-ups."""

LOOK_SECONDS = 1.0

_T = TypeVar("_T")


class Uploads:
    """The threads of one process in which uploads are stored."""

    def __init__(self, most_bytes: int, processes: Pool) -> None:
        self._most_bytes = most_bytes
        self._processes = processes
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="upload")
        self._room = asyncio.Semaphore(AT_ONCE)

    def judge(self, data: bytes) -> Verdict:
        """What an upload is: looked into by a process of its own, so that no file can end the server."""
        return self._processes.call(tasks.judge, data)

    async def store(self, exchange: Exchange, job: Callable[[Iterator[bytes]], _T]) -> _T:
        """What ``job`` makes of the body's bytes, in a thread.

        A client has a thread only once its body is here or is larger than ``SMALL_BODY``, from where on it
        must keep a pace (see ``protocol``): nobody holds one by sending nothing. Raises TooLarge before
        the first byte is read, where the length is declared, and BadRequest for a dry run.
        """
        self._check(exchange)
        body = exchange.chunks()
        first = bytearray()
        async for chunk in body:
            first += chunk
            if len(first) > SMALL_BODY:
                break
        if not first:
            raise BadRequest("The body is empty; the file's bytes are the body (curl: --data-binary @FILE).")
        try:
            async with asyncio.timeout(ROOM_SECONDS):
                await self._room.acquire()
        except TimeoutError:
            raise Unavailable(
                "Too many uploads at once; nothing was stored. Try again.", retry_after=2
            ) from None
        try:
            pieces = _Pieces(bytes(first), body)
            try:
                return await asyncio.get_running_loop().run_in_executor(self._pool, job, iter(pieces))
            finally:
                pieces.given_up = True
        finally:
            self._room.release()

    def _check(self, exchange: Exchange) -> None:
        if exchange.flag(b"dryRun"):
            # To store it all the same would be the one thing that a dry run promises not to do.
            raise BadRequest("An upload has no dry run: its bytes have to be stored to be looked into.")
        if exchange.headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise UnsupportedMediaType("Compressed bodies are not read; send it without Content-Encoding.")
        if exchange.headers.get(b"content-type", b"").lower().startswith(b"multipart/"):
            raise UnsupportedMediaType(
                "The file's bytes are the body, not a form (curl: --data-binary @FILE)."
            )
        declared = exchange.header(b"content-length")
        if declared is not None and int(declared) > self._most_bytes:
            raise TooLarge(f"A file may have at most {self._most_bytes} bytes (SPECTRUM_MAX_ASSET_BYTES).")


class _Pieces:
    """The body for a thread: the event loop is asked for each piece, and reads on only then."""

    def __init__(self, first: bytes, body: AsyncIterator[bytes]) -> None:
        self._first = first
        self._body = body
        self._loop = asyncio.get_running_loop()
        self.given_up = False

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        while piece := self._ask():
            yield piece

    def _ask(self) -> bytes:
        asked = asyncio.run_coroutine_threadsafe(self._gather(), self._loop)
        while True:
            try:
                return asked.result(LOOK_SECONDS)
            except TimeoutError:
                if asked.done():
                    raise
                # An event loop that has ended answers nobody, and says so to nobody.
                if self.given_up or self._loop.is_closed():
                    asked.cancel()
                    raise ClientGone from None
            except concurrent.futures.CancelledError:
                raise ClientGone from None

    async def _gather(self) -> bytes:
        if self.given_up:
            raise ClientGone
        gathered = bytearray()
        async for chunk in self._body:
            gathered += chunk
            if len(gathered) >= SMALL_BODY:
                break
        return bytes(gathered)
