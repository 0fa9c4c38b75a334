"""Group commit: one thread turns everything that waits into one transaction, and answers after it.

A commit costs the same for one order as for five hundred, so while one is on its way to the
disk the next orders gather. When a group fails for a reason of its own, its members are tried
one by one: a poison order fails alone. When the database itself is in trouble, all of them
fail at once with ``Unavailable`` and nothing is kept.
"""

from __future__ import annotations

import contextlib
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
from spectrum_orders.store.database import Database
from spectrum_orders.store.numbers import Numbers
from spectrum_orders.store.transaction import Ledger, Transaction

_log = structlog.get_logger()


class Key(msgspec.Struct, frozen=True):
    """An idempotency key with the request that it came with."""

    client_id: int
    key: str
    request_digest: bytes
    render: Callable[[Sequence[Outcome]], tuple[int, bytes]]
    """The answer to keep, from the outcomes; called inside the transaction, so it must be quick."""


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


class _Item(msgspec.Struct):
    work: Batch | Job
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
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
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
        """Write everything that waits, then end."""
        self._stopping = True
        self._queue.put(None)
        self._thread.join(timeout)

    def submit(self, work: Batch | Job, done: Done) -> None:
        """Have ``work`` written. Raises Unavailable, with nothing queued, when too much waits."""
        weight = max(1, len(work.captures)) if isinstance(work, Batch) else 1
        with self._waiting_lock:
            # A request larger than the limit is still taken when nothing else waits.
            if self._stopping or (self._waiting and self._waiting + weight > self._most_waiting):
                raise Unavailable(
                    "Too many orders are waiting to be written; try again shortly.", retry_after=1
                )
            self._waiting += weight
        self._queue.put(_Item(work, weight, done))

    def _run(self) -> None:
        last = False
        while not last:
            item = self._queue.get()
            group: list[_Item] = []
            weight = 0
            while item is not None:
                group.append(item)
                weight += item.weight
                if weight >= self._most_together:
                    break
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
            last = item is None
            if group:
                self._write(group)
                with self._waiting_lock:
                    self._waiting -= weight
                self._notify(lambda group=group: _tell(group))  # type: ignore[misc]  # bound now, not when called
        self._disconnect()

    def _write(self, group: list[_Item]) -> None:
        try:
            self._commit(group)
        except Unavailable as error:
            self._disconnect()
            _log.error("store unavailable", cause=type(error.__cause__ or error).__name__, items=len(group))
            for item in group:
                item.error = error
        except Exception as error:  # the group is undone; what is wrong with it is found one by one
            if len(group) > 1:
                for item in group:
                    self._write([item])
                return
            _log.error("write failed", cause=type(error.__cause__ or error).__name__)
            group[0].error = (
                error
                if isinstance(error, SpectrumError)
                else Internal(
                    "The order could not be stored because of a fault of ours; nothing of it was kept."
                )
            )

    def _commit(self, group: list[_Item]) -> None:
        self._numbers.ensure(
            sum(
                len(capture.lines)
                for item in group
                if isinstance(item.work, Batch)
                for capture in item.work.captures
            )
        )
        with self._ledger.write(self._connection()) as tx:
            plain = [item for item in group if isinstance(item.work, Batch) and item.work.key is None]
            self._write_together(tx, plain)
            for item in group:
                if not isinstance(item.work, Batch):
                    self._write_job(tx, item, item.work)
                elif item.work.key is not None:
                    self._write_keyed(tx, item, item.work, item.work.key)
        self.commits += 1

    def _write_together(self, tx: Transaction, items: list[_Item]) -> None:
        together: list[Capture] = []
        for item in items:
            together += item.work.captures  # type: ignore[union-attr]  # the caller passes batches only
        if not together:
            return
        outcomes = capturing.write(tx, self._numbers, together, self._complete)
        start = 0
        for item in items:
            item.result = outcomes[start : start + len(item.work.captures)]  # type: ignore[union-attr]  # as above
            start += len(item.result)

    def _write_keyed(self, tx: Transaction, item: _Item, batch: Batch, key: Key) -> None:
        with tx.savepoint():
            if not idempotency.claim(tx, key.client_id, key.key, key.request_digest):
                remembered = idempotency.find(tx.connection, key.client_id, key.key)
                if remembered is None:  # deleted by housekeeping in this very moment
                    raise Unavailable("The idempotency key is just being released; try again.", retry_after=1)
                item.result = Replay(remembered)
                return
            outcomes = capturing.write(tx, self._numbers, batch.captures, self._complete)
            status, answer = key.render(outcomes)
            idempotency.remember(tx, key.client_id, key.key, status, answer)
            item.result = outcomes

    def _write_job(self, tx: Transaction, item: _Item, job: Job) -> None:
        try:
            with tx.savepoint():
                item.result = job(tx)
        except Unavailable:
            raise
        except SpectrumError as error:  # the job's own answer; the group goes on
            item.error = error

    def _connection(self) -> Connection:
        if self._kept is None:
            self._kept = self._stack.enter_context(self._database.session())
        return self._kept

    def _disconnect(self) -> None:
        """Let go of a connection that failed; the next group opens another."""
        stack, self._stack, self._kept = self._stack, contextlib.ExitStack(), None
        with contextlib.suppress(Exception):
            stack.close()


def _tell(group: list[_Item]) -> None:
    for item in group:
        item.done(item.result, item.error)
