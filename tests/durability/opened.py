"""The database behind a server, as nobody but its operator sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import config
from spectrum_orders.runtime import open_database
from spectrum_orders.store import audit
from spectrum_orders.store.database import Database
from spectrum_orders.store.schema import orders
from tests.durability.orphans import find_orphans


@contextmanager
def opened(settings: Mapping[str, str]) -> Iterator[Database]:
    """The database of these settings, beside whatever runs over it."""
    database = open_database(config.load(settings))
    try:
        yield database
    finally:
        database.close()


def stored_numbers(settings: Mapping[str, str]) -> set[str]:
    """The purchase order number of every order that is there."""
    with opened(settings) as database, database.read() as connection:
        return set(connection.execute(sa.select(orders.c.purchase_order_number)).scalars())


def check_whole(settings: Mapping[str, str]) -> None:
    """Nothing is half there: no orphans, an intact journal, and on SQLite an intact file."""
    with opened(settings) as database, database.read() as connection:
        check_connection(connection)


def check_connection(connection: Connection) -> None:
    """As `check_whole`."""
    assert find_orphans(connection) == {}
    assert audit.verify(connection).flaws == ()
    if connection.dialect.name == "sqlite":
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
