"""Room for large bodies: a number of bytes that all requests of a process share."""

from __future__ import annotations

import asyncio
from collections import deque


class Room:
    """Hands out ``capacity`` bytes, first come, first served, and takes them back.

    Counted in bytes and not in bodies, so that many middling requests go on side by side where
    only one of the largest would. For one event loop.

    Take all that is needed at once: who held some and waited for more would wait for others that wait for it.
    """

    def __init__(self, capacity: int) -> None:
        self._free = self._capacity = capacity
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    def take_at_once(self, size: int) -> int:
        """What to give back, or nothing when one would have to wait."""
        size = min(size, self._capacity)
        if self._waiting or size > self._free:
            return 0
        self._free -= size
        return size

    async def take(self, size: int) -> int:
        """Wait for room for ``size`` bytes; what to give back. More than there is at all is all of it."""
        if taken := self.take_at_once(size):
            return taken
        size = min(size, self._capacity)
        place = (size, asyncio.get_running_loop().create_future())
        self._waiting.append(place)
        try:
            await place[1]
        except asyncio.CancelledError:
            if place in self._waiting:
                self._waiting.remove(place)
                self._serve()  # a smaller one may have waited behind it
            elif not place[1].cancelled():
                self.give(size)  # it was handed out in the very moment of the cancellation
            raise
        return size

    def give(self, size: int) -> None:
        """Give room back."""
        self._free += size
        self._serve()

    def _serve(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._free:
            size, future = self._waiting.popleft()
            if not future.cancelled():
                self._free -= size
                future.set_result(None)
