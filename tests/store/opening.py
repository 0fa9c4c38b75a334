"""A runtime over one place, inside the test's own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from spectrum_orders import config
from spectrum_orders.runtime import Runtime, open_runtime
from spectrum_orders.store.database import Database
from tests.harness.place import Place


@contextmanager
def opened(place: Place, **settings: str) -> Iterator[Runtime]:
    """Everything that a process holds."""
    with open_runtime(config.load({**place.settings, **settings})) as runtime:
        yield runtime


@contextmanager
def undone(database: Database) -> Iterator[Connection]:
    """One transaction of which nothing remains."""
    with database.session() as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()
