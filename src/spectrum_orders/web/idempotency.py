"""Idempotency keys at the edge: a repeat waits for the first, and reads its answer byte for byte."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec

from spectrum_orders.errors import BadRequest, IdempotencyMismatch, Unavailable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import idempotency
from spectrum_orders.web.answers import Answer
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

HEADER = b"idempotency-key"


class Claim(msgspec.Struct, frozen=True):
    """A key as one request presents it."""

    client_id: int
    key: str
    digest: bytes


class _Running(msgspec.Struct, frozen=True):
    digest: bytes
    ended: asyncio.Event


class Keys:
    """The keys whose first request is still running in this process.

    Between processes the unique index does the same: see ``store.idempotency.claim``.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._running: dict[tuple[int, str], _Running] = {}

    def claim(self, exchange: Exchange, client_id: int, body: bytes) -> Claim:
        """The key of a request that has one. Raises BadRequest when it is not usable."""
        key = exchange.headers[HEADER].decode("latin-1").strip()
        if not 1 <= len(key) <= 255 or any(not "!" <= char <= "~" for char in key):
            raise BadRequest("An Idempotency-Key is 1 to 255 visible ASCII characters.")
        if len({value for name, value in exchange.scope["headers"] if name == HEADER}) > 1:
            raise BadRequest(
                "The request has several Idempotency-Keys that differ, so none of them is its own."
            )
        digest = hashlib.sha256(exchange.path.encode())
        digest.update(b"\0" + exchange.query + b"\0" + body)
        # Keyed, because the body holds people: a bare hash of an address could be guessed back.
        keyed = self._runtime.keys.blind_index(client_id, "request", digest.hexdigest())
        return Claim(client_id, key, keyed)

    async def answer(self, claim: Claim, first: Callable[[], Awaitable[Answer]]) -> tuple[Answer, bool]:
        """The remembered answer (and ``True``), or what ``first`` answers now.

        Raises IdempotencyMismatch when the key came with another request, Unavailable when the
        first request with it is still running after the time of the setting.
        """
        async with self._turn(claim):
            remembered = await look(lambda: self._find(claim))
            if remembered is not None:
                return replay(claim, remembered), True
            return await first(), False

    def _find(self, claim: Claim) -> idempotency.Remembered | None:
        with self._runtime.database.read() as connection:
            return idempotency.find(connection, claim.client_id, claim.key)

    @asynccontextmanager
    async def _turn(self, claim: Claim):  # type: ignore[no-untyped-def]  # an async context manager of nothing
        place = (claim.client_id, claim.key)
        deadline = asyncio.get_running_loop().time() + self._runtime.settings.idempotency_wait
        while (running := self._running.get(place)) is not None:
            if running.digest != claim.digest:
                raise mismatch()
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(running.ended.wait(), max(left, 0))
            except TimeoutError:
                raise Unavailable(
                    "The first request with this Idempotency-Key is still running; try again.", retry_after=2
                ) from None
        running = self._running[place] = _Running(claim.digest, asyncio.Event())
        try:
            yield
        finally:
            del self._running[place]
            running.ended.set()


def replay(claim: Claim, remembered: idempotency.Remembered) -> Answer:
    """The first answer again, byte for byte. Raises IdempotencyMismatch."""
    if remembered.request_digest != claim.digest:
        raise mismatch()
    return Answer(remembered.status, remembered.answer)


def mismatch() -> IdempotencyMismatch:
    """422: a key belongs to one request."""
    return IdempotencyMismatch(
        "This Idempotency-Key was used for another request; nothing was stored. Use a new key for each."
    )
