"""Group commit: one thread turns everything that waits into one transaction, and answers after it.

A commit costs the same for one order as for five hundred, so while one is on its way to the
disk the next orders gather. When a group fails for a reason of its own, its members are tried
one by one: a poison order fails alone. When the database itself is in trouble, all of them
fail at once with ``Unavailable`` and nothing is kept.
"""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy.engine import Connection

from spectrum_orders.errors import Internal, SpectrumError, Unavailable
from spectrum_orders.store import captures as capturing
from spectrum_orders.store import idempotency
from spectrum_orders.store.captures import Capture, Complete, Outcome
from spectrum_orders.store.database import TRIES, Database, is_entangled, reason
from spectrum_orders.store.numbers import Numbers
from spectrum_orders.store.transaction import Ledger, Transaction

_log = structlog.get_logger()


class Key(msgspec.Struct, frozen=True):
    """An idempotency key with the request that it came with."""

    client_id: int
    key: str
    request_digest: bytes
    render: Callable[[Sequence[Outcome]], tuple[int, bytes] | None]
    """The answer to keep, from the outcomes, or ``None`` to keep none; called inside the transaction, so
    it must be quick, and again with other outcomes when that is undone."""


class Replay(msgspec.Struct, frozen=True):
    """The key was used before: this is what was remembered."""

    remembered: idempotency.Remembered


class Batch(msgspec.Struct, frozen=True):
    """The orders of one request, written together or not at all."""

    captures: Sequence[Capture]
    key: Key | None = None


Job = Callable[[Transaction], Any]
Done = Callable[[Any, BaseException | None], None]
"""Called in the writer's thread with the result or the error."""


Work = Batch | Job


class _Item(msgspec.Struct):
    work: Work
    weight: int
    done: Done
    result: Any = None
    error: BaseException | None = None


class Writer:
    """The one thread of this process that writes.

    ``notify`` is called in the writer's thread with a function that tells every member of a
    group its result; a server passes it on to its event loop, so that the loop wakes once.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        complete: Complete,
        *,
        most_waiting: int,
        most_together: int,
        notify: Callable[[Callable[[], None]], None],
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._numbers = Numbers(database, "lines")
        self._complete = complete
        self._most_waiting = most_waiting
        self._most_together = most_together
        self._notify = notify
        self._queue: queue.SimpleQueue[list[_Item] | None] = queue.SimpleQueue()
        self._waiting = 0
        self._waiting_lock = threading.Lock()
        self._stopping = False
        self._kept: Connection | None = None
        self._stack = contextlib.ExitStack()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self.commits = 0

    @property
    def waiting(self) -> int:
        """Orders and jobs that have not been answered yet."""
        return self._waiting

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Write everything that waits, then end; after ``timeout`` seconds give up, and say so in the log."""
        self._stopping = True
        self._queue.put(None)
        self._thread.join(timeout)
        if self._thread.is_alive():
            _log.error("the writer did not end in time and is left behind", waiting=self._waiting)

    def check_room(self, work: Work) -> None:
        """Count ``work`` among what waits. Raises Unavailable, nothing counted, when that is too much."""
        weight = _weight(work)
        with self._waiting_lock:
            # A request larger than the limit is still taken when nothing else waits.
            if self._stopping or (self._waiting and self._waiting + weight > self._most_waiting):
                raise Unavailable(
                    "Too many orders are waiting to be written; try again shortly.", retry_after=1
                )
            self._waiting += weight

    def submit(self, works: Sequence[tuple[Work, Done]]) -> None:
        """Have works written that ``check_room`` has counted; those given together are committed together."""
        self._queue.put([_Item(work, _weight(work), done) for work, done in works])

    def _run(self) -> None:
        last = False
        while not last:
            items = self._queue.get()
            group: list[_Item] = []
            weight = 0
            while items is not None:
                group += items
                weight += sum(item.weight for item in items)
                if weight >= self._most_together:
                    break
                try:
                    items = self._queue.get_nowait()
                except queue.Empty:
                    break
            last = items is None
            if group:
                self._write(group)
                with self._waiting_lock:
                    self._waiting -= weight
                self._notify(functools.partial(_tell, group))
        self._disconnect()

    def _write(self, group: list[_Item], tries: int = TRIES) -> Unavailable | None:
        """Give every member of ``group`` a result or an error.

        Returns what keeps the store from taking more, if anything.
        """
        for item in group:
            item.error = None  # of an attempt that was undone with its group
        try:
            self._commit(group)
        except Unavailable as error:
            self._disconnect()
            _log.error("store unavailable", cause=reason(error), items=len(group))
            for item in group:
                item.error = error
            return error
        except Exception as error:  # noqa: BLE001  the group is undone; its members are tried one by one
            if len(group) > 1:
                return self._write_each(group)
            if tries > 1 and is_entangled(error):
                return self._write(group, tries - 1)
            if isinstance(group[0].work, Batch) and group[0].weight > 1:
                return self._write_one_by_one(group[0], group[0].work)
            _log.error("write failed", cause=type(error.__cause__ or error).__name__)
            group[0].error = error if isinstance(error, SpectrumError) else _fault()
        return None

    def _write_each(self, items: Sequence[_Item]) -> Unavailable | None:
        """One after the other, until the store takes no more: each attempt then costs a time-out."""
        trouble = None
        for item in items:
            if trouble is None:
                trouble = self._write([item])
            else:
                item.error = trouble
        return trouble

    def _write_one_by_one(self, item: _Item, batch: Batch) -> Unavailable | None:
        """A batch that failed as a whole: the poison order in it fails alone.

        An idempotency key is not kept: an answer with a failure in it must not be replayed to
        whoever tries again, and what was stored meets the permanent unique number.
        """
        apart = [_Item(Batch([capture]), 1, item.done) for capture in batch.captures]
        trouble = self._write_each(apart)
        outcomes: list[Outcome] = []
        for alone in apart:
            if isinstance(alone.error, SpectrumError):
                outcomes.append(capturing.Failed(alone.error))
            else:
                outcomes += alone.result
        item.result = outcomes
        return trouble

    def _commit(self, group: list[_Item]) -> None:
        plain: list[_Item] = []
        together: list[Capture] = []
        apart: list[_Item] = []
        lines = 0
        for item in group:
            work = item.work
            if isinstance(work, Batch):
                lines += sum(len(capture.lines) for capture in work.captures)
                if work.key is None:
                    plain.append(item)
                    together += work.captures
                    continue
            apart.append(item)
        self._numbers.ensure(lines)
        if len(group) == 1 and apart:
            self._commit_alone(group[0])
            return
        with self._ledger.write(self._connection()) as tx:
            if together:
                outcomes = capturing.write(tx, self._numbers, together, self._complete)
                start = 0
                for item in plain:
                    item.result = outcomes[start : start + item.weight]
                    start += item.weight
            for item in apart:
                self._write_apart(tx, item)
        self.commits += 1

    def _commit_alone(self, item: _Item) -> None:
        """What need not be undone apart from others: a savepoint would be two round trips more."""
        try:
            with self._ledger.write(self._connection()) as tx:
                item.result = self._result(tx, item.work)
        except Unavailable:
            raise
        except SpectrumError as error:
            item.error = error
            return
        self.commits += 1

    def _write_apart(self, tx: Transaction, item: _Item) -> None:
        """A job, or a batch with a key: undone alone when it comes to an answer that is an error."""
        try:
            with tx.savepoint():
                item.result = self._result(tx, item.work)
        except Unavailable:
            raise
        except SpectrumError as error:
            item.error = error

    def _result(self, tx: Transaction, work: Work) -> Any:
        return self._write_keyed(tx, work) if isinstance(work, Batch) else work(tx)

    def _write_keyed(self, tx: Transaction, batch: Batch) -> Replay | list[Outcome]:
        key = batch.key
        assert key is not None
        if not idempotency.claim(tx, key.client_id, key.key, key.request_digest):
            remembered = idempotency.find(tx.connection, key.client_id, key.key)
            if remembered is None:  # deleted by housekeeping in this very moment
                raise Unavailable("The idempotency key is just being released; try again.", retry_after=1)
            return Replay(remembered)
        outcomes = capturing.write(tx, self._numbers, batch.captures, self._complete)
        answer = key.render(outcomes)
        if answer is None:
            idempotency.release(tx, key.client_id, key.key)
        else:
            idempotency.remember(tx, key.client_id, key.key, *answer)
        return outcomes

    def _connection(self) -> Connection:
        if self._kept is None:
            self._kept = self._stack.enter_context(self._database.session())
        return self._kept

    def _disconnect(self) -> None:
        """Let go of a connection that failed; the next group opens another."""
        stack, self._stack, self._kept = self._stack, contextlib.ExitStack(), None
        with contextlib.suppress(Exception):
            stack.close()


def _fault() -> Internal:
    return Internal("The order could not be stored because of a fault of ours; nothing of it was kept.")


def _weight(work: Work) -> int:
    return max(1, len(work.captures)) if isinstance(work, Batch) else 1


def _tell(group: list[_Item]) -> None:
    for item in group:
        item.done(item.result, item.error)
