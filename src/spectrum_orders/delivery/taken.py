"""Claims of one lane in a worker's hands: each until it is settled, whatever becomes of the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from spectrum_orders.errors import Unavailable
from spectrum_orders.store.queue import Claim

Item = TypeVar("Item")


class Taken:
    """What was taken together. ``freed`` is called for each that is no longer under way, and ``given_back``
    with those for which something went wrong that nobody has an answer to."""

    def __init__(
        self,
        claims: Sequence[Claim],
        freed: Callable[[], None] = lambda: None,
        given_back: Callable[[Claim, Exception], None] | None = None,
    ) -> None:
        self.claims = tuple(claims)
        self._left = {one.id: one for one in claims}
        self._freed = freed
        self._given_back = given_back

    @property
    def left(self) -> list[Claim]:
        """Those that are under way."""
        return list(self._left.values())

    def free(self, *claims: Claim) -> None:
        """They are settled, or somebody else's."""
        for one in claims:
            if self._left.pop(one.id, None) is not None:
                self._freed()

    async def give_back(self, claim: Claim, error: Exception) -> None:
        """It failed without an answer. Raises ``error`` where nobody takes it, and Unavailable."""
        if self._given_back is None:
            raise error
        await asyncio.to_thread(self._given_back, claim, error)
        self.free(claim)

    async def each(
        self, work: Callable[[Item], Awaitable[None]], items: Iterable[tuple[Claim, Item]]
    ) -> None:
        """Do the work of each claim beside that of the others, and let go of it. Raises Unavailable when the
        store could not be told of one: its lease brings it back."""

        async def one(claim: Claim, item: Item) -> None:
            try:
                await work(item)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001  whatever it is, it concerns this claim alone
                await self.give_back(claim, error)
            else:
                self.free(claim)

        await together(one(claim, item) for claim, item in items)


async def together(several: Iterable[Awaitable[None]]) -> None:
    """Wait for all of them to end, and raise what one of them raised."""
    for error in await asyncio.gather(*several, return_exceptions=True):
        if isinstance(error, BaseException):
            raise error
