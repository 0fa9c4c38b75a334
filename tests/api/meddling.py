"""What somebody else may do to the database beside a running server: hold it, change it, spoil it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pysqlite3.dbapi2

from tests.harness.place import Place

_SQLITE = """
CREATE TRIGGER poison BEFORE INSERT ON orders WHEN NEW.purchase_order_number LIKE '{like}%'
BEGIN SELECT RAISE(ABORT, 'poison'); END
"""
_POSTGRESQL = """
CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.purchase_order_number LIKE '{like}%' THEN
    RAISE EXCEPTION 'poison' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER poison BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION poison();
"""


def execute(place: Place, *statements: str) -> None:
    """Runs statements in the database of a place, beside whatever runs over it."""
    if place.url is not None:
        with psycopg.connect(place.url) as connection:
            for statement in statements:
                connection.execute(statement.encode())
        return
    connection = pysqlite3.dbapi2.connect(place.data_dir / "orders.sqlite3", timeout=60)
    try:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


@contextmanager
def poison(place: Place, like: str) -> Iterator[None]:
    """While it lasts, the database takes no order whose number begins with `like`."""
    execute(place, (_SQLITE if place.url is None else _POSTGRESQL).format(like=like))
    try:
        yield
    finally:
        if place.url is None:
            execute(place, "DROP TRIGGER poison")
        else:
            execute(place, "DROP TRIGGER poison ON orders", "DROP FUNCTION poison()")


@contextmanager
def held(place: Place) -> Iterator[None]:
    """While it lasts, no order can be written: somebody else has locked them, as a backup might."""
    if place.url is not None:
        with psycopg.connect(place.url) as connection:
            connection.execute("LOCK TABLE orders IN EXCLUSIVE MODE")
            yield
            connection.rollback()
        return
    connection = pysqlite3.dbapi2.connect(
        place.data_dir / "orders.sqlite3", timeout=60, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


def count_orders(place: Place) -> int:
    """How many orders are stored there, of all shops."""
    statement = "SELECT count(*) FROM orders"
    if place.url is not None:
        with psycopg.connect(place.url) as postgres:
            row = postgres.execute(statement).fetchone()
            assert row is not None
            return int(row[0])
    sqlite = pysqlite3.dbapi2.connect(place.data_dir / "orders.sqlite3", timeout=60)
    try:
        return int(sqlite.execute(statement).fetchone()[0])
    finally:
        sqlite.close()
