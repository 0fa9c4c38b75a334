"""A server on an event loop of its own, in a thread, for tests that block."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self


class Looping:
    """`with Looping() as server:` listens until the block ends."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _listen(self) -> None:
        """Be ready for connections."""
        raise NotImplementedError

    async def _end(self) -> None:
        """Let go of all of them."""
        raise NotImplementedError
