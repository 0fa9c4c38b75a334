"""What many tasks ask of the store at the same time is asked together: one statement costs as much for all.

A task says what it wants, one thing, and waits. Meanwhile others do the same; then a function gets the
things of all who want the same, in one transaction, and gives each its result.
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
"""Between two batches when the last was of several things: as long as one takes, so that each is twice as
large. A delivery asks five times on its way, and nobody waits for it by the millisecond."""

Where = TypeVar("Where", Connection, Transaction)
Item = TypeVar("Item")
Result = TypeVar("Result")


class _Wish(msgspec.Struct, frozen=True):
    function: Callable[[Any, Sequence[Any]], Sequence[Any]]
    item: Any
    done: asyncio.Future[Any]


class Gathering(Generic[Where]):
    """For the tasks of one event loop; ``opened`` begins what each function is called in."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Where]]) -> None:
        self._opened: Callable[[], AbstractContextManager[Where]] = opened
        self._waiting: list[_Wish] = []
        self._drain: asyncio.Task[None] | None = None

    async def ask(self, function: Callable[[Where, Sequence[Item]], Sequence[Result]], item: Item) -> Result:
        """The result of ``function`` for ``item``, which is called with other items as well.

        Raises what the function raised, and Unavailable. What fails is tried again alone, so a function
        changes nothing but the transaction. Who is cancelled while waiting leaves it to be done.
        """
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Wish(function, item, done))
        if self._drain is None or self._drain.done():
            self._drain = asyncio.create_task(self._all())
        return await done

    async def close(self) -> None:
        """Wait for what is being done."""
        if self._drain is not None:
            await asyncio.gather(self._drain, return_exceptions=True)

    async def _all(self) -> None:
        together = 1
        while self._waiting:
            if together > 1:
                # Many are at work, and more of them are about to ask. Who is alone never waits.
                await asyncio.sleep(PAUSE_SECONDS)
            some, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            together = len(some)
            results = await asyncio.to_thread(self._run, some)
            for one, (result, error) in zip(some, results, strict=True):
                if one.done.cancelled():
                    continue
                if error is not None:
                    one.done.set_exception(error)
                else:
                    one.done.set_result(result)

    def _run(self, wishes: Sequence[_Wish], tries: int = TRIES) -> list[tuple[Any, Exception | None]]:
        """What came of each wish, or its error."""
        alike: dict[Any, list[int]] = {}
        for place, wish in enumerate(wishes):
            alike.setdefault(wish.function, []).append(place)
        found: list[tuple[Any, Exception | None]] = [(None, None)] * len(wishes)
        try:
            with self._opened() as where:
                for function, places in alike.items():
                    results = function(where, [wishes[place].item for place in places])
                    for place, result in zip(places, results, strict=True):
                        found[place] = (result, None)
        except Unavailable as error:
            if len(wishes) == 1 or not is_locked_out(error):
                return [(None, error)] * len(wishes)
            return [outcome for wish in wishes for outcome in self._run([wish])]
        except Exception as error:  # noqa: BLE001  undone as a whole; its members are tried one by one
            if len(wishes) == 1:
                if tries > 1 and is_entangled(error):
                    return self._run(wishes, tries - 1)
                return [(None, error)]
            return [outcome for wish in wishes for outcome in self._run([wish])]
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
