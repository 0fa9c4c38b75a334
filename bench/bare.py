"""The yardstick below: the rows that our server stored, written again by nothing but the database.

The rows are read from the database that was just measured and written into an empty one of the
same schema. Reading is not timed; what is left is what SQLite's or PostgreSQL's own code and the
disk take for the same rows.
"""

from __future__ import annotations

import contextlib
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import psycopg
import pysqlite3.dbapi2
from sqlalchemy import Table

from bench.figures import Dishonest
from bench.lab import Place, count_orders, sqlite_file
from spectrum_orders import config, runtime
from spectrum_orders.store import schema
from spectrum_orders.store.database import CHECKPOINT_PAGES

TABLES = tuple(
    table for table in schema.metadata.sorted_tables if table is schema.orders or "order_id" in table.columns
)
"""What is written for an order: every table that names it."""


class Bare(msgspec.Struct, frozen=True):
    """``rate`` in orders a second; ``p50`` in milliseconds a transaction."""

    rate: float
    p50: float


Slices = list[tuple[Table, list[Any]]]
"""Some rows of every table: those of one transaction."""


def rewrite(source: Place, target: Place, *, together: int, seconds: float) -> Bare:
    """Write the orders of ``source`` into the empty ``target``, ``together`` in each transaction.

    Stops after ``seconds`` of writing, or when all are written.
    """
    stored = count_orders(source)
    write = _write_postgresql if source.url is not None else _write_sqlite
    read = _read_postgresql if source.url is not None else _read_sqlite
    taken: list[float] = []
    left = seconds
    with write(target) as commit, read(source, stored, together) as batches:
        for batch in itertools.islice(batches, stored // together):
            before = time.perf_counter()
            commit(batch)
            taken.append(time.perf_counter() - before)
            left -= taken[-1]
            if left <= 0:
                break
    if count_orders(target) != len(taken) * together:
        raise Dishonest("The bare insert did not store what it was timed for.")
    return Bare(len(taken) * together / sum(taken), statistics.median(taken) * 1000)


def _key(table: Table) -> str:
    # Ids grow with time, so in the order of its key a table comes as it was written.
    return ", ".join(column.name for column in table.primary_key.columns)


def _sized(counts: dict[str, int], stored: int, together: int) -> Iterator[dict[str, int]]:
    """How many rows of each table belong to each batch: a table's rows, spread evenly over the orders."""
    for start in itertools.count(0, together):
        yield {
            name: (start + together) * count // stored - start * count // stored
            for name, count in counts.items()
        }


@contextlib.contextmanager
def _read_sqlite(place: Place, stored: int, together: int) -> Iterator[Iterator[Slices]]:
    with contextlib.closing(pysqlite3.dbapi2.connect(sqlite_file(place))) as connection:
        counts = {t.name: connection.execute(f"SELECT count(*) FROM {t.name}").fetchone()[0] for t in TABLES}
        cursors = {t.name: connection.execute(f"SELECT * FROM {t.name} ORDER BY {_key(t)}") for t in TABLES}
        yield (
            [
                (table, cursors[table.name].fetchmany(sizes[table.name]))
                for table in TABLES
                if sizes[table.name]
            ]
            for sizes in _sized(counts, stored, together)
        )


@contextlib.contextmanager
def _write_sqlite(place: Place) -> Iterator[Callable[[Slices], None]]:
    with runtime.open_runtime(config.load(place.settings)):
        pass  # opening it makes the tables
    with contextlib.closing(pysqlite3.dbapi2.connect(sqlite_file(place), isolation_level=None)) as connection:
        for pragma in ("synchronous=FULL", "cache_size=-65536", f"wal_autocheckpoint={CHECKPOINT_PAGES}"):
            connection.execute(f"PRAGMA {pragma}")
        statements = {
            table: f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.columns))})"
            for table in TABLES
        }

        def commit(batch: Slices) -> None:
            connection.execute("BEGIN IMMEDIATE")
            for table, rows in batch:
                connection.executemany(statements[table], rows)
            connection.execute("COMMIT")

        yield commit


@contextlib.contextmanager
def _read_postgresql(place: Place, stored: int, together: int) -> Iterator[Iterator[Slices]]:
    # One connection for each table, because each is in the middle of its own COPY.
    with contextlib.ExitStack() as stack:
        counts: dict[str, int] = {}
        rows: dict[str, Iterator[bytes]] = {}
        for table in TABLES:
            # Closed and not ended with a commit: most are left in the middle.
            connection = stack.enter_context(contextlib.closing(psycopg.connect(place.url or "")))
            counted = connection.execute(f"SELECT count(*) FROM {table.name}".encode()).fetchone()
            counts[table.name] = int(counted[0]) if counted else 0
            query = f"COPY (SELECT * FROM {table.name} ORDER BY {_key(table)}) TO STDOUT"
            rows[table.name] = map(bytes, stack.enter_context(connection.cursor().copy(query.encode())))
        yield (
            [
                (table, list(itertools.islice(rows[table.name], sizes[table.name])))
                for table in TABLES
                if sizes[table.name]
            ]
            for sizes in _sized(counts, stored, together)
        )


@contextlib.contextmanager
def _write_postgresql(place: Place) -> Iterator[Callable[[Slices], None]]:
    with psycopg.connect(place.url or "", autocommit=True) as connection, connection.cursor() as cursor:

        def commit(batch: Slices) -> None:
            with connection.transaction():
                for table, rows in batch:
                    with cursor.copy(f"COPY {table.name} FROM STDIN".encode()) as copy:
                        copy.write(b"".join(rows))

        yield commit
