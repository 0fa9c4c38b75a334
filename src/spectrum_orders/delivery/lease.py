"""Keeping what was claimed while it is worked on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import structlog

from spectrum_orders.delivery.transports import DeliveryFailed
from spectrum_orders.errors import Unavailable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import queue
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.transaction import now_us

_log = structlog.get_logger()

LEASE_US = queue.LEASE_US

RENEW_SECONDS = 20.0
"""Three chances to renew before a lease ends."""


@contextlib.asynccontextmanager
async def keep_lease(runtime: Runtime, claims: Sequence[Claim]) -> AsyncIterator[None]:
    """Renew the claims for as long as the block runs.

    When none of them is ours any more, the block is cancelled and ends as a DeliveryFailed: two workers that
    send the same under one name do no harm, but one of them is enough.
    """
    here = asyncio.current_task()
    assert here is not None
    lost = False

    async def renew() -> None:
        nonlocal lost
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                held = await asyncio.to_thread(_renew, runtime, claims)
            except Unavailable:  # the store is in trouble; the next round asks again
                continue
            if not held:
                lost = True
                here.cancel()
                return

    renewal = asyncio.create_task(renew())
    try:
        yield
    except asyncio.CancelledError:
        if not lost:
            raise
        here.uncancel()
        raise DeliveryFailed(
            "lease-lost",
            "Another worker has taken the package over.",
            permanent=False,
            next_step="Nothing: it is being delivered.",
        ) from None
    finally:
        renewal.cancel()


def _renew(runtime: Runtime, claims: Sequence[Claim]) -> bool:
    with runtime.ledger.write() as tx:
        return queue.extend(tx, claims, now_us() + LEASE_US) > 0
