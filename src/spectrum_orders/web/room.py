"""Room for large bodies: a number of bytes that all requests of a process share."""

from __future__ import annotations

import asyncio
from collections import deque


class Room:
    """Hands out ``capacity`` bytes, first come, first served, and takes them back.

    Counted in bytes and not in bodies, so that many middling requests go on side by side where
    only a few of the largest would. For one event loop.

    Who holds room has all that it needs to end, or has given back what it did not fill and asks for all
    of that again. Whoever gave back last fits in as soon as those who came in since have ended, and by
    ending makes room for the one before: so there is always one that can go on, if only it may overtake
    those who hold nothing yet. That is what ``more`` says.
    """

    def __init__(self, capacity: int) -> None:
        self._free = self._capacity = capacity
        self._waiting: deque[tuple[int, asyncio.Future[None], bool]] = deque()

    async def take(self, size: int, *, more: bool = False) -> int:
        """Wait for room for ``size`` bytes; what to give back. More than there is at all is all of it.

        ``more``: the caller holds room already. It waits in line like the others, but when the first of
        the line does not fit and it does, it goes before.
        """
        size = min(size, self._capacity)
        if (more or not self._waiting) and size <= self._free:
            self._free -= size
            return size
        place = (size, asyncio.get_running_loop().create_future(), more)
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
            self._hand_out(self._waiting[0])
        for place in [place for place in self._waiting if place[2]]:
            if place[0] <= self._free:
                self._hand_out(place)

    def _hand_out(self, place: tuple[int, asyncio.Future[None], bool]) -> None:
        self._waiting.remove(place)
        size, future, _ = place
        if not future.cancelled():
            self._free -= size
            future.set_result(None)
