"""The worker in a thread with an event loop of its own, so that no delivery keeps a request waiting."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import structlog

from spectrum_orders.delivery.worker import Worker
from spectrum_orders.runtime import Runtime

_log = structlog.get_logger()

LAST_SECONDS = 10.0
"""How long a stop waits for deliveries that are under way to be let go of."""

THREADS = 16
"""Deliveries and stores at once; each of them mostly waits."""


@contextlib.asynccontextmanager
async def working(runtime: Runtime) -> AsyncIterator[None]:
    """Make files and deliver for as long as the block runs."""
    thread = _Thread(runtime)
    thread.start()
    try:
        yield
    finally:
        await asyncio.to_thread(thread.end)


class _Thread(threading.Thread):
    def __init__(self, runtime: Runtime) -> None:
        super().__init__(name="delivery", daemon=True)
        self._runtime = runtime
        self._stop_wish: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun = threading.Event()

    def run(self) -> None:
        try:
            asyncio.run(self._work())
        except Exception as error:  # noqa: BLE001  the server goes on; the log and /readyz tell
            _log.error("the worker ended", cause=type(error).__name__)
        finally:
            self._begun.set()

    async def _work(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="delivery"))
        self._stop_wish = asyncio.Event()
        self._begun.set()
        work = asyncio.create_task(Worker(self._runtime).run())
        wish = asyncio.create_task(self._stop_wish.wait())
        await asyncio.wait([work, wish], return_when=asyncio.FIRST_COMPLETED)
        wish.cancel()
        while not work.done():
            work.cancel()
            await asyncio.wait([work], timeout=LAST_SECONDS)
        if not work.cancelled() and (error := work.exception()) is not None:
            raise error

    def end(self) -> None:
        """Ask it to end, and wait for that, for ``LAST_SECONDS`` at most."""
        self._begun.wait(LAST_SECONDS)
        if self._loop is not None and self._stop_wish is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # closed in this very moment
                self._loop.call_soon_threadsafe(self._stop_wish.set)
        self.join(LAST_SECONDS)
        if self.is_alive():
            _log.error("the worker did not end in time and is left behind")
