"""Claims of one lane in a worker's hands: each until it is settled, whatever becomes of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

import structlog

from spectrum_orders.errors import Unavailable
from spectrum_orders.store.queue import Claim

_log = structlog.get_logger()

Item = TypeVar("Item")


class Taken:
    """What was taken together. ``freed`` is called for each that is no longer under way, and ``put_off``, in
    a thread, with each for which something went wrong that nobody has an answer to."""

    def __init__(
        self,
        claims: Sequence[Claim],
        freed: Callable[[], None],
        put_off: Callable[[Claim, Exception], None],
    ) -> None:
        self.claims = tuple(claims)
        self._left = {one.id: one for one in claims}
        self._waited_for: dict[int, asyncio.Event] = {}
        self._freed = freed
        self._put_off = put_off

    @property
    def left(self) -> list[Claim]:
        """Those that are under way."""
        return list(self._left.values())

    def holds(self, number: int) -> bool:
        """Whether the claim with this id is under way."""
        return number in self._left

    def free(self, *claims: Claim) -> None:
        """They are settled, or somebody else's."""
        for one in claims:
            if self._left.pop(one.id, None) is not None:
                self._freed()
                if (waited_for := self._waited_for.pop(one.id, None)) is not None:
                    waited_for.set()

    async def until_free(self, number: int) -> None:
        """Wait until the claim with this id is no longer under way."""
        if self.holds(number):
            await self._waited_for.setdefault(number, asyncio.Event()).wait()

    async def give_back(self, claim: Claim, error: Exception) -> None:
        """It failed without an answer. What the store cannot be told is left to the end of its lease."""
        if not isinstance(error, Unavailable):
            try:
                await asyncio.to_thread(self._put_off, claim, error)
            except Unavailable as trouble:
                error = trouble
        if isinstance(error, Unavailable):
            _log.error("left for later", kind=claim.kind, cause=type(error).__name__)
        self.free(claim)

    async def each(
        self, work: Callable[[Item], Awaitable[None]], items: Iterable[tuple[Claim, Item]]
    ) -> None:
        """Do the work of each claim beside that of the others, and let go of it."""

        async def one(claim: Claim, item: Item) -> None:
            try:
                await work(item)
            except Exception as error:  # noqa: BLE001  whatever it is, it concerns this claim alone
                await self.give_back(claim, error)
            else:
                self.free(claim)

        await all_of(one(claim, item) for claim, item in items)


async def all_of(several: Iterable[Awaitable[None]]) -> None:
    """Wait for the end of each, also when one of them raises; then raise what the first one did."""
    for error in await asyncio.gather(*several, return_exceptions=True):
        if isinstance(error, BaseException):
            raise error
