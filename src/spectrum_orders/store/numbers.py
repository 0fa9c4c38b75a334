"""Small numbers in blocks: the integer ``id`` that each line item has on the wire.

Clients read this id into an ordinary integer, so a 63-bit snowflake will not do: JavaScript
rounds it and a 32-bit client overflows. A process claims a block in a transaction of its own,
before it uses one: a batch that is undone leaves a gap, never a repeat.
"""

from __future__ import annotations

import sqlalchemy as sa

from spectrum_orders.store.database import Database
from spectrum_orders.store.schema import counters

BLOCK = 10_000
"""Numbers claimed at once: at 10 000 lines a second, one more small commit a second."""


class Numbers:
    """A supply of numbers for one writing thread."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._next = 0
        self._end = 0

    def ensure(self, count: int) -> None:
        """Have at least ``count`` numbers ready. Must not be called inside a transaction."""
        if self._end - self._next >= count:
            return
        block = max(BLOCK, count)
        claim = (
            sa.update(counters)
            .where(counters.c.name == self._name)
            .values(next=counters.c.next + block)
            .returning(counters.c.next)
        )
        with self._database.write() as connection:
            end = connection.execute(claim).scalar_one()
        self._next, self._end = end - block, end

    def take(self) -> int:
        """The next number. ``ensure`` must have been called for as many."""
        if self._next >= self._end:
            raise AssertionError("numbers were taken that were not ensured")
        number = self._next
        self._next += 1
        return number
