"""Where the measuring happens: options, homes for orders, one PostgreSQL, and nothing left behind."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import psycopg
import pysqlite3.dbapi2

from bench.process import cpu_seconds
from spectrum_orders.runtime import SQLITE_FILE
from tests.harness.place import KINDS, POSTGRESQL, SQLITE, Place, Places
from tests.harness.postgres import Cluster

POSTGRES_SETTINGS = {
    # fsync and synchronous_commit stay on. These two keep the checkpoints of a database this small from
    # falling into one run and not into the next; ours, pgbench and the usual stack all get them.
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
}


class Options(msgspec.Struct, frozen=True):
    """How long and how often. ``orders`` replaces the number of the scenarios that store a number."""

    folder: Path
    seconds: float = 10
    runs: int = 3
    orders: int | None = None

    @property
    def warming(self) -> float:
        """Seconds of load before the measured ones: connections open, caches fill, code gets warm."""
        return min(2.0, self.seconds / 4)


class Lab:
    """Everything that a scenario works with. Leaving its ``with`` block ends and removes all of it."""

    def __init__(self, options: Options, say: Callable[[str], None]) -> None:
        self.options = options
        self.say = say
        self._stack = contextlib.ExitStack()
        self._cluster: Cluster | None = None

    def __enter__(self) -> Self:
        # PostgreSQL's own folder is made by the harness, which asks for the temporary folder.
        before, tempfile.tempdir = tempfile.tempdir, str(self.options.folder)
        self._stack.callback(setattr, tempfile, "tempdir", before)
        self.folder = Path(tempfile.mkdtemp(prefix="spectrum-bench-"))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self._places = {kind: Places(kind, self.folder, lambda: self.cluster) for kind in KINDS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def cluster(self) -> Cluster:
        """The one PostgreSQL server, started when first asked for."""
        if self._cluster is None:
            self._cluster = self._stack.enter_context(
                Cluster(max_connections=200, settings=POSTGRES_SETTINGS)
            )
        return self._cluster

    @contextmanager
    def home(self, kind: str) -> Iterator[Place]:
        """An empty, migrated home for orders; removed afterwards."""
        place = self._places[kind].new()
        try:
            yield place
        finally:
            shutil.rmtree(place.data_dir, ignore_errors=True)
            if place.url is not None:
                self.cluster.drop_database(database_name(place.url))

    def settle(self) -> None:
        """Have PostgreSQL write back what an earlier run left, so that the next one does not pay for it."""
        if self._cluster is not None:
            with psycopg.connect(self._cluster.url("postgres"), autocommit=True) as connection:
                connection.execute("CHECKPOINT")

    def database_cpu(self) -> float:
        """Seconds of processor that PostgreSQL's living processes used so far."""
        if self._cluster is None:
            return 0.0
        postmaster = int((self._cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
        return cpu_seconds(postmaster)


def database_name(url: str) -> str:
    """The name of the database in a URL of the harness."""
    return url.removeprefix("postgresql:///").partition("?")[0]


def sqlite_file(place: Place) -> Path:
    """The embedded database of a home."""
    return place.data_dir / SQLITE_FILE


def count_orders(place: Place) -> int:
    """How many orders are stored, by the database itself: the server is not asked."""
    return count_rows(place, "orders")


def count_rows(place: Place, table: str) -> int:
    """How many rows a table has, asked in the same way."""
    query = f"SELECT count(*) FROM {table}"
    if place.url is not None:
        with psycopg.connect(place.url) as connection:
            row = connection.execute(query.encode()).fetchone()
            return int(row[0]) if row else 0
    with contextlib.closing(pysqlite3.dbapi2.connect(sqlite_file(place))) as connection:
        return int(connection.execute(query).fetchone()[0])


__all__ = ["POSTGRESQL", "SQLITE", "Lab", "Options", "Place", "count_orders", "count_rows"]
