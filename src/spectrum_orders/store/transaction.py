"""A transaction that keeps the journal: every writing function takes one of these."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from spectrum_orders import ids as identifiers
from spectrum_orders.errors import Unavailable
from spectrum_orders.store import journal
from spectrum_orders.store.database import TRIES, Database, alone, is_entangled, transaction

Result = TypeVar("Result")

_encode = msgspec.json.Encoder(order="sorted").encode


def now_us() -> int:
    """The wall clock in microseconds since the Unix epoch."""
    return time.time_ns() // 1000


class Transaction:
    """One open transaction: its connection, its instant, and what it will put in the journal.

    The journal rows are written together just before the commit, so a savepoint that is
    undone takes its entries with it and the chain has no hole.
    """

    def __init__(self, connection: Connection, ids: identifiers.Snowflakes, now: int) -> None:
        self.connection = connection
        self.ids = ids
        self.now = now
        self.entries: list[journal.Entry] = []

    def record(
        self,
        kind: str,
        actor: str,
        body: dict[str, Any],
        *,
        client_id: int | None = None,
        order_id: int | None = None,
    ) -> None:
        """Put a fact in the journal. ``body`` holds identifiers and digests, never a person."""
        self.entries.append(journal.Entry(kind, actor, client_id, order_id, _encode(body).decode()))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone alone when it raises."""
        kept = len(self.entries)
        try:
            with self.connection.begin_nested():
                yield
        except BaseException:
            del self.entries[kept:]
            raise


class Ledger:
    """This process's right to write: its journal chain and the ids that go with it.

    One transaction at a time, because each one's journal continues where the last one's
    ended. On SQLite there is one writer anyway; on PostgreSQL each process has its ledger.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._lock = threading.Lock()
        self._chain: journal.Chain | None = None
        self._ids: identifiers.Snowflakes | None = None

    @property
    def ids(self) -> identifiers.Snowflakes:
        """The maker of ids; opens the chain when this process has not written yet."""
        if self._ids is None:
            with self._lock:
                self._open()
        assert self._ids is not None
        return self._ids

    def _open(self) -> journal.Chain:
        if self._chain is None:
            with self.database.write() as connection:
                chain = journal.open_chain(connection, now_us())
            self._chain = chain
            if self._ids is None:
                self._ids = identifiers.Snowflakes(chain.number)
        return self._chain

    @contextmanager
    def write(self, connection: Connection | None = None) -> Iterator[Transaction]:
        """One transaction, on a connection of its own or on a kept one.

        Durable when the block ends; nothing of it remains when it raises, not even in the chain.
        """
        with self._lock, self.database.turn():
            chain = self._open()
            assert self._ids is not None
            try:
                with contextlib.ExitStack() as stack:
                    if connection is None:
                        connection = stack.enter_context(self.database.write())
                    else:
                        stack.enter_context(transaction(connection))
                    tx = Transaction(connection, self._ids, now_us())
                    yield tx
                    with alone(connection):
                        after = journal.append(connection, chain, tx.now, tx.entries)
            except Unavailable:
                # A connection lost during COMMIT leaves it open whether the entries are there. Going
                # on with this chain could repeat a sequence number for ever; a new chain cannot.
                self._chain = None
                raise
            self._chain = after

    def run(self, job: Callable[[Transaction], Result]) -> Result:
        """What ``job`` gives, in a transaction of its own; begun anew when that was undone for a deadlock.

        Raises Unavailable when it was each time, and whatever ``job`` raises.
        """
        for _ in range(TRIES):
            try:
                with self.write() as tx:
                    return job(tx)
            except DBAPIError as error:
                if not is_entangled(error):
                    raise
        raise Unavailable("The order store is busy. Send the same again: nothing doubles.", retry_after=2)
