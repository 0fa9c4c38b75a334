"""One statement that writes many rows: the hot path's only way to insert, and updates of many rows.

The rows travel as JSON, which both databases unpack themselves. One step a table (SQLite) or one
for all of them (PostgreSQL) means that the interpreter lock changes hands once per step instead
of once per row: with a busy event loop beside the writer, executemany on SQLite was eight times
slower (185 against 1 516 orders/s beside a spinning thread, 2 cores).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import BigInteger, LargeBinary, SmallInteger, Table
from sqlalchemy.engine import Connection

_encode = msgspec.json.Encoder().encode

_POSTGRES_CASTS = {BigInteger: "bigint", SmallInteger: "smallint"}

Row = tuple[Any, ...]


class Rows(msgspec.Struct, frozen=True):
    """Rows for one table, members in the table's column order, bytes as hex text.

    All rows are as long as the first; columns that are left out at the end get their defaults. A row whose
    key is taken is an IntegrityError, or with ``keep_old`` left as it is.
    """

    table: Table
    rows: Sequence[Row]
    keep_old: bool = False


def insert(connection: Connection, *several: Rows) -> None:
    """Insert rows into several tables, each table's with one statement."""
    filled = [one for one in several if one.rows]
    if connection.dialect.name == "sqlite":
        for one in filled:
            unless_taken = one.table.primary_key.columns.keys() if one.keep_old else None
            statement = _sqlite(one.table, len(one.rows[0]), unless_taken)
            connection.exec_driver_sql(statement, (_encode(one.rows).decode(),))
    elif filled:
        # One round trip for all: each would cost two switches between us and the server.
        statement = _postgres(tuple((one.table, len(one.rows[0]), one.keep_old) for one in filled))
        connection.exec_driver_sql(statement, tuple(_encode(one.rows).decode() for one in filled))


def insert_new(
    connection: Connection, table: Table, rows: Sequence[Row], unique: tuple[str, ...]
) -> set[int]:
    """Insert those ``rows`` whose ``unique`` columns are not taken; the ids of the inserted."""
    if not rows:
        return set()
    if connection.dialect.name == "sqlite":
        statement = _sqlite(table, len(rows[0]), unique)
    else:
        statement = f"{_postgres_one(table, len(rows[0]))} ON CONFLICT ({', '.join(unique)}) DO NOTHING"
    result = connection.exec_driver_sql(statement + " RETURNING id", (_encode(rows).decode(),))
    return {row[0] for row in result.fetchall()}


def update(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    match: Sequence[str],
    give: Sequence[str],
    count: str | None = None,
) -> int:
    """Change many rows of ``table`` with one statement; how many there were to change.

    A row holds the values that the ``match`` columns must have, then what the ``give`` columns get,
    bytes as hex text. Rows must not meet the same row of the table twice. The column ``count`` becomes one
    more than it was.
    """
    if not rows:
        return 0
    statement = _update(table, tuple(match), tuple(give), count, connection.dialect.name == "sqlite")
    return connection.exec_driver_sql(statement, (_encode(rows).decode(),)).rowcount


@functools.cache
def _update(
    table: Table, match: tuple[str, ...], give: tuple[str, ...], count: str | None, sqlite: bool
) -> str:
    value = _sqlite_value if sqlite else _postgres_value
    given = ", ".join(
        f"{name} = {value(table.columns[name].type, place)}" for place, name in enumerate(give, len(match))
    )
    matched = " AND ".join(
        f"{table.name}.{name} = {value(table.columns[name].type, place)}" for place, name in enumerate(match)
    )
    if count is not None:
        given += f", {count} = {table.name}.{count} + 1"
    source = "jsonb_each(?)" if sqlite else "jsonb_array_elements(%s::jsonb) AS rows(value)"
    return f"UPDATE {table.name} SET {given} FROM {source} WHERE {matched}"  # noqa: S608  as for the inserts


def _columns(table: Table, width: int) -> list[sa.Column[Any]]:
    return list(table.columns)[:width]


def _names(columns: Sequence[sa.Column[Any]]) -> str:
    return ", ".join(column.name for column in columns)


# Names come from our schema; values are parameters.
@functools.cache
def _sqlite_insert(table: Table, width: int) -> str:
    columns = _columns(table, width)
    values = ", ".join(_sqlite_value(column.type, place) for place, column in enumerate(columns))
    # jsonb_each hands each row over parsed; json_each has every ``->>`` parse the row's text again
    # (16.4 against 24.9 µs an order at 64 orders a batch). 'WHERE true' keeps the parser from reading
    # ON CONFLICT as a join's condition.
    return f"INSERT INTO {table.name} ({_names(columns)}) SELECT {values} FROM jsonb_each(?) WHERE true"  # noqa: S608  see above


def _sqlite_value(kind: Any, place: int) -> str:
    return f"unhex(value->>{place})" if isinstance(kind, LargeBinary) else f"value->>{place}"


def _sqlite(table: Table, width: int, unless_taken: Sequence[str] | None) -> str:
    statement = _sqlite_insert(table, width)
    return f"{statement} ON CONFLICT ({', '.join(unless_taken)}) DO NOTHING" if unless_taken else statement


@functools.cache
def _postgres_one(table: Table, width: int) -> str:
    columns = _columns(table, width)
    values = ", ".join(_postgres_value(column.type, place) for place, column in enumerate(columns))
    # jsonb for the same reason as above: 32 against 44 µs of the server's time an order.
    source = "jsonb_array_elements(%s::jsonb) AS rows(value)"
    return f"INSERT INTO {table.name} ({_names(columns)}) SELECT {values} FROM {source}"  # noqa: S608  see above


def _postgres_value(kind: Any, place: int) -> str:
    text = f"value->>{place}"
    if isinstance(kind, LargeBinary):
        return f"decode({text}, 'hex')"
    cast = _POSTGRES_CASTS.get(type(kind))
    return f"({text})::{cast}" if cast else text


@functools.cache
def _postgres(tables: tuple[tuple[Table, int, bool], ...]) -> str:
    parts = [
        _postgres_one(table, width) + (" ON CONFLICT DO NOTHING" if keep_old else "")
        for table, width, keep_old in tables
    ]
    *before, last = parts
    if not before:
        return last
    return "WITH " + ", ".join(f"part_{place} AS ({part})" for place, part in enumerate(before)) + f" {last}"


def values_of(connection: Connection, rows: Sequence[Sequence[int]], names: Sequence[str]) -> sa.FromClause:
    """Rows of whole numbers as a table to select from, whatever their count: one parameter."""
    given = _given(tuple(names), connection.dialect.name == "sqlite")
    return given.bindparams(rows=_encode(rows).decode()).subquery("given")


@functools.cache
def _given(names: tuple[str, ...], sqlite: bool) -> sa.TextualSelect:
    if sqlite:
        each, value = "jsonb_each(:rows)", "value->>{place}"
    else:
        each, value = "jsonb_array_elements(CAST(:rows AS jsonb)) AS rows(value)", "(value->>{place})::bigint"
    columns = ", ".join(f"{value.format(place=place)} AS {name}" for place, name in enumerate(names))
    statement = sa.text(f"SELECT {columns} FROM {each}").bindparams(sa.bindparam("rows", type_=sa.Text()))  # noqa: S608  names of ours
    return statement.columns(*(sa.column(name, BigInteger) for name in names))
