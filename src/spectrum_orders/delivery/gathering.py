"""What many tasks ask of the store at the same time is asked together: one statement costs as much for all.

A task says what it wants, one thing or several of a kind, and waits. Meanwhile others do the same; then a
function gets the things of all who want the same, in one transaction, and gives each its result.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.errors import Unavailable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store.database import TRIES, is_entangled, is_locked_out
from spectrum_orders.store.queue import Job
from spectrum_orders.store.transaction import Transaction

TOGETHER = 32
"""Things of one transaction: some milliseconds in which no order can be written."""

PAUSE_SECONDS = 0.005
"""Between two batches when the last was of several tasks: as long as one takes, so that each is twice as
large. Nobody waits for a delivery by the millisecond."""

Where = TypeVar("Where", Connection, Transaction)
Item = TypeVar("Item")
Result = TypeVar("Result")


class _Wish(msgspec.Struct, frozen=True):
    function: Callable[[Any, Sequence[Any]], Sequence[Any]]
    items: Sequence[Any]
    done: asyncio.Future[list[Any]]
    """Of each item the result, or the Exception."""


class _Thing(msgspec.Struct, frozen=True):
    function: Callable[[Any, Sequence[Any]], Sequence[Any]]
    item: Any


class Gathering(Generic[Where]):
    """For the tasks of one event loop; ``opened`` begins what each function is called in."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Where]]) -> None:
        self._opened: Callable[[], AbstractContextManager[Where]] = opened
        self._waiting: list[_Wish] = []
        self._drain: asyncio.Task[None] | None = None

    async def ask_all(
        self, function: Callable[[Where, Sequence[Item]], Sequence[Result]], items: Sequence[Item]
    ) -> list[Result | Exception]:
        """Of each item what ``function`` gives, which is called with other items as well, or what it raised,
        which may be Unavailable.

        What fails is tried again alone, so a function changes nothing but the transaction. Who is cancelled
        while waiting leaves it to be done.
        """
        parts: list[asyncio.Future[list[Any]]] = []
        for start in range(0, len(items), TOGETHER):
            parts.append(asyncio.get_running_loop().create_future())
            self._waiting.append(_Wish(function, items[start : start + TOGETHER], parts[-1]))
        if parts and (self._drain is None or self._drain.done()):
            self._drain = asyncio.create_task(self._all())
        return [one for part in parts for one in await part]

    async def ask(self, function: Callable[[Where, Sequence[Item]], Sequence[Result]], item: Item) -> Result:
        """As ``ask_all`` for one item. Raises what the function raised, and Unavailable."""
        [found] = await self.ask_all(function, [item])
        if isinstance(found, Exception):
            raise found
        return found

    async def close(self) -> None:
        """Wait for what is being done."""
        if self._drain is not None:
            await asyncio.gather(self._drain, return_exceptions=True)

    async def _all(self) -> None:
        several = False
        while self._waiting:
            if several:
                # Many are at work, and more of them are about to ask. Who is alone never waits.
                await asyncio.sleep(PAUSE_SECONDS)
            some = self._take()
            several = len(some) > 1
            things = [_Thing(wish.function, item) for wish in some for item in wish.items]
            found = await asyncio.to_thread(self._run, things)
            for wish in some:
                mine, found = found[: len(wish.items)], found[len(wish.items) :]
                if not wish.done.cancelled():
                    wish.done.set_result(mine)

    def _take(self) -> list[_Wish]:
        """The oldest wishes, of no more things than one transaction may have."""
        count = things = 0
        for wish in self._waiting:
            things += len(wish.items)
            if count and things > TOGETHER:
                break
            count += 1
        some, self._waiting = self._waiting[:count], self._waiting[count:]
        return some

    def _run(self, things: Sequence[_Thing], tries: int = TRIES) -> list[Any]:
        """What came of each, or its exception."""
        alike: dict[Any, list[int]] = {}
        for place, thing in enumerate(things):
            alike.setdefault(thing.function, []).append(place)
        found: list[Any] = [None] * len(things)
        try:
            with self._opened() as where:
                for function, places in alike.items():
                    results = function(where, [things[place].item for place in places])
                    for place, result in zip(places, results, strict=True):
                        found[place] = result
        except Unavailable as error:
            if len(things) == 1 or not is_locked_out(error):
                return [error] * len(things)
            return [self._run([thing])[0] for thing in things]
        except Exception as error:  # noqa: BLE001  undone as a whole; its members are tried one by one
            if len(things) == 1:
                if tries > 1 and is_entangled(error):
                    return self._run(things, tries - 1)
                return [error]
            return [self._run([thing])[0] for thing in things]
        return found


class Looking(Gathering[Connection]):
    """Reads, each batch from one snapshot."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime.database.read)


class Settling(Gathering[Transaction]):
    """Short transactions, durable when a task has its result."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime.ledger.write)

    async def write(self, job: Job) -> Any:
        """Run a job that is like no other in a transaction, perhaps with others. Raises as ``ask`` does."""
        return await self.ask(_each, job)


def _each(tx: Transaction, jobs: Sequence[Job]) -> list[Any]:
    return [job(tx) for job in jobs]
