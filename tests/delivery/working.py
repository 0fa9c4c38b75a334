"""Workers in the test's own process, over a place that no server serves, with a clock that can be turned."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import sqlalchemy as sa

from spectrum_orders.delivery.taken import Taken
from spectrum_orders.delivery.worker import Worker
from spectrum_orders.runtime import Runtime
from spectrum_orders.store.partners import changed
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.schema import destinations, outbox
from tests.harness.place import Place
from tests.store.opening import opened

PATIENCE = 90.0
"""Only ends what hangs."""


@contextmanager
def working(place: Place, workers: int = 1, **settings: str) -> Iterator[None]:
    """So many workers, each with everything a process holds, until the block ends."""
    with ExitStack() as stack:
        runtimes = [stack.enter_context(opened(place, **settings)) for _ in range(workers)]
        loop = asyncio.new_event_loop()
        stop = asyncio.Event()

        async def work() -> None:
            running = [asyncio.create_task(Worker(runtime).run()) for runtime in runtimes]
            await stop.wait()
            for one in running:
                one.cancel()
            await asyncio.gather(*running, return_exceptions=True)

        thread = threading.Thread(target=loop.run_until_complete, args=(work(),))
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the workers did not end"
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()


def until(seen: Callable[[], bool], what: str = "it") -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.02)


def owed(runtime: Runtime) -> list[sa.Row[tuple[int, str, int, int, str]]]:
    """Lane, kind, attempts, due instant and reason of every row of the queue."""
    columns = (outbox.c.lane, outbox.c.kind, outbox.c.attempts, outbox.c.due_at, outbox.c.reason)
    with runtime.database.read() as connection:
        return list(connection.execute(sa.select(*columns).order_by(outbox.c.id)))


def drained(place: Place) -> bool:
    """Whether nothing at all is owed."""
    with opened(place) as runtime:
        return owed(runtime) == []


def turn_clock(runtime: Runtime) -> None:
    """Let every lease, wait and pause be over, as they are when the time has passed."""
    with runtime.ledger.write() as tx:
        tx.connection.execute(sa.update(outbox).values(due_at=1))
        tx.connection.execute(sa.update(destinations).values(paused_until=0))
        changed(tx)


def taken(*claims: Claim) -> Taken:
    """Claims in a worker's hands that raises what nobody has an answer to."""

    def raised(_: Claim, error: Exception) -> None:
        raise error

    return Taken(claims, lambda: None, raised)
