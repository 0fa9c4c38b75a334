"""Rows of several tables for the same keys, by one statement.

An order lies in half a dozen tables. A statement for each costs a round trip, and more time in Python than
in the database: reading one order by its number took eight, and 4.7 ms of which PostgreSQL worked for 1.9.
So every row travels as one JSON array, which both databases make themselves; as for the inserts in ``bulk``.
Not even the order's id need be known first: what is sought may be a query, and what hangs on other rows of
the order (a package's deliveries, a line's artwork) is found by way of them.
"""

from __future__ import annotations

import functools
from collections import namedtuple
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import LargeBinary, Table
from sqlalchemy.engine import Connection, CursorResult

from spectrum_orders.store.modification import Mark

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Any]).decode

Row = Any
"""A named tuple with the table's columns; bytes are bytes."""

Rows = dict[Mark, list[Row]]
"""The rows of a part, by the marks of its table."""


class Part(msgspec.Struct, frozen=True):
    """One table: its columns that hold the two numbers of a mark, and those by which its rows are sorted.

    ``via`` is a query that makes the marks of this table of those that are sought, which are the rows of
    ``given``; both have the columns ``first`` and ``second``, and neither has the same row twice.
    """

    table: Table
    match: tuple[str, str] = ("client_id", "order_id")
    order: tuple[str, ...] = ()
    via: str = ""
    only: str = ""
    """A condition on its rows, which are called ``t``."""


class Sought(msgspec.Struct, frozen=True):
    """Marks that the database finds itself: a query for ``first`` and ``second``, none of them twice. Each of
    the ``values`` is a ``?`` in it."""

    query: str
    values: tuple[int | str, ...]

    def within(self, connection: Connection, statement: str) -> CursorResult[*tuple[Any, ...]]:
        """What a statement finds that reads these marks, as ``given``."""
        sqlite = connection.dialect.name == "sqlite"
        return connection.exec_driver_sql(_spelled(self.query, statement, sqlite), self.values)


def read(connection: Connection, marks: Sequence[Mark] | Sought, *parts: Part) -> list[Rows]:
    """For each part the rows of each of these ``marks``, sorted; marks without a row are left out."""
    if not marks:
        return [{} for _ in parts]
    statement, readers = _reading(parts, connection.dialect.name == "sqlite")
    found: list[Rows] = [{} for _ in parts]
    for place, text in _listed(connection, marks).within(connection, statement):
        mark, row = readers[place](text)
        found[place].setdefault(mark, []).append(row)
    for part, rows in zip(parts, found, strict=True):
        if part.order:
            key = attrgetter(*part.order)
            for several in rows.values():
                several.sort(key=key)
    return found


def hold(connection: Connection, marks: Sequence[Mark], part: Part) -> dict[Mark, Row]:
    """The row of each of these ``marks``, which are the keys of a table; nobody else changes it before this
    transaction ends."""
    if not marks:
        return {}
    sqlite = connection.dialect.name == "sqlite"
    statement, readers = _reading((part,), sqlite)
    if not sqlite:
        # In one order, so that two who hold several never wait for each other in a circle.
        first, second = part.match
        statement += f" ORDER BY t.{first}, t.{second} FOR UPDATE OF t"
    return dict(readers[0](text) for _, text in _listed(connection, marks).within(connection, statement))


def _listed(connection: Connection, marks: Sequence[Mark] | Sought) -> Sought:
    if isinstance(marks, Sought):
        return marks
    query = (
        "SELECT value->>0 AS first, value->>1 AS second FROM jsonb_each(?)"
        if connection.dialect.name == "sqlite"
        else "SELECT (value->>0)::bigint AS first, (value->>1)::bigint AS second"
        " FROM jsonb_array_elements(?::jsonb) AS rows(value)"
    )
    return Sought(query, (_encode(sorted(set(marks))).decode(),))


@functools.cache
def _spelled(query: str, statement: str, sqlite: bool) -> str:
    whole = f"WITH given AS ({query}) {statement}"
    return whole if sqlite else whole.replace("?", "%s")


@functools.cache
def _reading(parts: tuple[Part, ...], sqlite: bool) -> tuple[str, list[Callable[[str], tuple[Mark, Row]]]]:
    branches = " UNION ALL ".join(_branch(place, part, sqlite) for place, part in enumerate(parts))
    return branches, [_reader(part) for part in parts]


def _branch(place: int, part: Part, sqlite: bool) -> str:
    name, (first, second) = part.table.name, part.match
    values = ", ".join(_value(column.name, column.type, sqlite) for column in part.table.columns)
    array = f"json_array({values})" if sqlite else f"json_build_array({values})::text"
    source = f"({part.via}) AS mine" if part.via else "given AS mine"
    wanted = f" AND {part.only}" if part.only else ""
    # Names come from our schema. CROSS keeps SQLite from walking through the table and looking for its marks.
    return (
        f"SELECT {place}, {array} FROM {source} CROSS JOIN {name} AS t "  # noqa: S608  see above
        f"WHERE t.{first} = mine.first AND t.{second} = mine.second{wanted}"
    )


def _value(name: str, kind: Any, sqlite: bool) -> str:
    if not isinstance(kind, LargeBinary):
        return f"t.{name}"
    # hex() makes an empty text of what is not there.
    return f"iif(t.{name} IS NULL, NULL, hex(t.{name}))" if sqlite else f"encode(t.{name}, 'hex')"


def _reader(part: Part) -> Callable[[str], tuple[Mark, Row]]:
    names = [column.name for column in part.table.columns]
    make = namedtuple(part.table.name, names)._make  # type: ignore[attr-defined]  # named only when it runs
    binary = [at for at, column in enumerate(part.table.columns) if isinstance(column.type, LargeBinary)]
    first, second = (names.index(name) for name in part.match)

    def read_one(text: str) -> tuple[Mark, Row]:
        values = _decode(text)
        for at in binary:
            if values[at] is not None:
                values[at] = bytes.fromhex(values[at])
        return (values[first], values[second]), make(values)

    return read_one
