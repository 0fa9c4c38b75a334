"""Keeping what was claimed while it is worked on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Self

from spectrum_orders.delivery.taken import Taken
from spectrum_orders.delivery.transports import DeliveryFailed
from spectrum_orders.errors import Unavailable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import queue
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.transaction import now_us

LEASE_US = queue.LEASE_US

RENEW_SECONDS = 20.0
"""Three chances to renew before a lease ends."""


class Leases:
    """Renews the claims that are under way for as long as its block runs."""

    def __init__(self, runtime: Runtime, taken: Taken) -> None:
        self._runtime = runtime
        self._taken = taken
        self._lost: set[int] = set()
        self._blocks: dict[asyncio.Task[object], set[int]] = {}
        self._ended: set[asyncio.Task[object]] = set()
        self._renewal: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._renewal = asyncio.create_task(self._renew())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._renewal is not None
        self._renewal.cancel()

    @contextlib.asynccontextmanager
    async def held(self, claims: Sequence[Claim]) -> AsyncIterator[None]:
        """Do this only as long as one of the claims is ours.

        When others have them all, the block is cancelled and ends as a DeliveryFailed: two workers that
        send the same under one name do no harm, but one of them is enough.
        """
        here = asyncio.current_task()
        assert here is not None
        self._blocks[here] = {one.id for one in claims}
        try:
            yield
        except asyncio.CancelledError:
            if here not in self._ended:
                raise
            here.uncancel()
            raise DeliveryFailed(
                "lease-lost",
                "Another worker has taken the package over.",
                permanent=False,
                next_step="Nothing: it is being delivered.",
            ) from None
        finally:
            del self._blocks[here]
            self._ended.discard(here)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            claims = self._taken.left
            try:
                ours = await asyncio.to_thread(_renew, self._runtime, claims)
            except Unavailable:  # the store is in trouble; the next round asks again
                continue
            self._lost |= {one.id for one in claims} - ours
            for task, ids in self._blocks.items():
                if ids <= self._lost and task not in self._ended:
                    self._ended.add(task)
                    task.cancel()


def _renew(runtime: Runtime, claims: Sequence[Claim]) -> set[int]:
    with runtime.ledger.write() as tx:
        queue.extend(tx, claims, now_us() + LEASE_US)
        return queue.held(tx.connection, claims)
