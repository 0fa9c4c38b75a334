"""One database, whichever it is: the only file that knows the difference.

``read()`` gives a consistent snapshot, ``write()`` one transaction that is durable when the
block ends. ``commit`` is written here and nowhere else.
"""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pysqlite3.dbapi2
import sqlalchemy as sa
from psycopg.pq import TransactionStatus
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.pool import QueuePool

from spectrum_orders.errors import Unavailable
from spectrum_orders.store.turn import Turn

SQLITE_SAFE = (3, 51, 3)
"""From 3.7.0 to 3.51.2 two connections that write or checkpoint at once can corrupt a database
in WAL mode (sqlite.org, the WAL-reset bug)."""

SQLITE_BUSY_MS = 10_000
"""How long a writer waits for another process's commit. A commit takes milliseconds."""

SQLITE_TURN_SECONDS = 2.0
"""How long it waits for its turn before that: whoever holds the turn for so long stands still."""

SQLITE_IMPATIENT_MS = 50
"""How long a checkpoint that is to empty the log waits, with every order behind it, for one reader to end."""

OUTAGES = ("08", "25", "53", "55", "57", "58", "XX")
"""Classes of SQLSTATE that speak of the server and not of what was asked: connection, read-only,
out of resources, lock not available, shutting down, system error, internal. A deadlock (40) is
not among them: a retry of one order at a time settles it."""

POSTGRES_LOCK, POSTGRES_STATEMENT = "10s", "30s"
"""How long a statement waits for somebody else's lock, and how long it may take in all. Both are
PostgreSQL's own watch over itself: of a server that is stalled nobody hears."""

POSTGRES_SILENCE_MS = 30_000
"""How long what we sent may stay unacknowledged by the other machine."""

CHECKPOINT_PAGES = 4_000
"""16 MB of log before a checkpoint: fewer, larger write-backs than the default of 1 000."""


class Database:
    """A handle on the store. Cheap to make; connects when first used."""

    def __init__(
        self, *, path: pathlib.Path | None = None, url: str | None = None, cache_mib: int = 64
    ) -> None:
        if (path is None) == (url is None):
            raise ValueError("exactly one of path and url")
        self.path = path
        self.is_sqlite = path is not None
        self._turn: Turn | None = None
        if path is not None:
            self._reader = _sqlite_engine(path, writes=False, cache_mib=min(cache_mib, 8))
            self._writer = _sqlite_engine(path, writes=True, cache_mib=cache_mib)
        else:
            engine = _postgres_engine(str(url))
            self._reader = engine
            self._writer = engine

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations."""
        return self._writer

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot to read from. Raises Unavailable when the database cannot be reached."""
        with translated(), self._reader.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """To read by a single statement, which is a snapshot by itself; another one sees what came between.

        On PostgreSQL beginning and ending a transaction around it would be two more round trips.
        Raises Unavailable when the database cannot be reached.
        """
        with translated(), self._reader.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed and durable when the block ends, undone when it raises."""
        with translated(), self._writer.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The turn to write, among all processes that use the same SQLite file; PostgreSQL needs none."""
        if self._turn is None and self.path is not None:
            # Where no file can be made a turn cannot be taken, and the database says what is wrong.
            with contextlib.suppress(OSError):
                self._turn = Turn(self.path, SQLITE_TURN_SECONDS)
        if self._turn is None:
            yield
            return
        with self._turn.taken():
            yield

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """A connection kept for many transactions: the group-commit writer's."""
        with translated(), self._writer.connect() as connection:
            yield connection

    def truncate_log(self) -> bool:
        """Empty SQLite's write-ahead log, in which pages stand as they were; whether that could be done.

        It cannot while somebody reads an older state, and is not waited for: meanwhile no order could be
        written. On PostgreSQL there is nothing that we could empty.
        """
        if not self.is_sqlite:
            return True
        raw = self._writer.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute(f"PRAGMA busy_timeout={SQLITE_IMPATIENT_MS}")
            try:
                busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MS}")
                cursor.close()
        finally:
            raw.close()
        return bool(busy == 0)

    def close(self) -> None:
        """Close every pooled connection."""
        self._reader.dispose()
        self._writer.dispose()
        if self._turn is not None:
            self._turn.close()
            self._turn = None


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """One transaction on a kept connection."""
    with translated(), connection.begin():
        yield


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Around the last statement of a transaction: if nothing was executed in it before, the statement is the
    whole transaction, committed when it returns. On PostgreSQL that is one round trip and not three."""
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" or raw.info.transaction_status != TransactionStatus.IDLE:
        yield
        return
    # The driver begins nothing now, and finds nothing to commit afterwards.
    raw.autocommit = True
    try:
        yield
    finally:
        if not raw.closed:
            raw.autocommit = False


def lift_time_limit(connection: Connection) -> None:
    """Let what follows in this transaction take its time: it reads or changes a whole table."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


@contextmanager
def translated() -> Iterator[None]:
    """Turns the database's own trouble (gone, full, locked, failing) into Unavailable.

    What is about the data (a constraint, a value out of range) is left as it is: trying that
    again cannot help.

    The sentence does not say that nothing was stored: a connection that is lost during COMMIT
    leaves that open. Whoever sends the order again is told.
    """
    try:
        yield
    except exc.DBAPIError as error:
        if is_outage(error):
            raise Unavailable(
                "The order store cannot take requests right now. Send the same again: nothing doubles.",
                retry_after=2,
            ) from error
        raise
    except exc.TimeoutError as error:
        raise Unavailable(
            "The order store is busy. Send the same again: nothing doubles.", retry_after=2
        ) from error


def reason(error: Unavailable) -> str:
    """Why the store is unavailable, for an operator's eyes: the driver's class and first line.

    An outage speaks of the server, never of a row, so there is no person in it.
    """
    cause = error.__cause__
    if isinstance(cause, exc.DBAPIError) and cause.orig is not None:
        said = str(cause.orig).strip().partition("\n")[0]
        return f"{type(cause.orig).__name__}: {said}"
    return type(cause).__name__ if cause is not None else error.message


def is_outage(error: exc.DBAPIError) -> bool:
    """Whether the database itself is in trouble, as opposed to what was asked of it."""
    if error.connection_invalidated or isinstance(error, exc.InterfaceError):
        return True
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(state, str):
        return state.startswith(OUTAGES)
    # SQLite, or a connection that was lost before PostgreSQL could give a reason.
    return not isinstance(error, exc.IntegrityError | exc.DataError | exc.ProgrammingError)


TRIES = 3
"""How often something is done in all that met a worker, or another server, which waited for it in turn."""


def is_entangled(error: BaseException) -> bool:
    """Whether a transaction was undone only because it and another waited for each other: done again, it
    succeeds."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return isinstance(state, str) and state.startswith("40")


def is_locked_out(error: Unavailable) -> bool:
    """Whether only somebody else's lock was in the way, for as long as is waited for one."""
    return getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) == "55P03"


def _sqlite_engine(path: pathlib.Path, *, writes: bool, cache_mib: int) -> Engine:
    if pysqlite3.dbapi2.sqlite_version_info < SQLITE_SAFE:
        raise Unavailable(
            f"This SQLite is {pysqlite3.dbapi2.sqlite_version}; before "
            f"{'.'.join(map(str, SQLITE_SAFE))} it can "
            "corrupt a database that two processes write. Install the locked dependencies."
        )
    engine = sa.create_engine(
        f"sqlite:///{path}",
        module=pysqlite3.dbapi2,
        poolclass=QueuePool,
        pool_size=1 if writes else 4,
        max_overflow=4,
        pool_timeout=10,
        connect_args={"check_same_thread": False, "timeout": SQLITE_BUSY_MS / 1000, "cached_statements": 256},
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        # The driver's own implicit BEGIN is DEFERRED: a writer that starts as a reader cannot wait for
        # its turn, it fails. So the driver begins nothing and the event below does.
        raw.isolation_level = None
        cursor = raw.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            f"cache_size={-cache_mib * 1024}",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
            "foreign_keys=ON",
            "secure_delete=ON",
            "temp_store=MEMORY",
            "trusted_schema=OFF",
            f"query_only={'OFF' if writes else 'ON'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres_engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = sa.create_engine(
        parsed,
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=8,
        pool_timeout=10,
        pool_pre_ping=False,
        connect_args={
            "application_name": "spectrum-orders",
            "connect_timeout": 5,
            "prepare_threshold": 2,
            # A machine that is gone is noticed in 30 s: by keepalives while we wait for its answer (the
            # kernel would begin to ask after two hours), and while it owes us an acknowledgement, when no
            # keepalive is sent, by the time-out (the kernel would repeat itself for a quarter of an
            # hour). A PostgreSQL that is stalled on a machine that is well is noticed by neither: its
            # kernel goes on acknowledging. Whoever waits for an answer has to set a limit.
            "keepalives_idle": 15,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": POSTGRES_SILENCE_MS,
        },
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(raw: Any, _record: object) -> None:
        with raw.cursor() as cursor:
            # A database-wide default of 'off' would make a 2xx a lie.
            cursor.execute(
                "SET synchronous_commit = on; SET TIME ZONE 'UTC'; "
                f"SET lock_timeout = '{POSTGRES_LOCK}'; SET statement_timeout = '{POSTGRES_STATEMENT}'"
            )
        raw.commit()

    return engine


__all__ = [
    "SQLITE_SAFE",
    "TRIES",
    "Database",
    "alone",
    "is_entangled",
    "is_locked_out",
    "is_outage",
    "lift_time_limit",
    "transaction",
    "translated",
]
