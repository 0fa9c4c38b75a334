"""Rows of several tables for the same keys, by one statement.

An order lies in half a dozen tables. A statement for each costs a round trip, and more time in Python than
in the database: reading one order by its number took eight, and 4.7 ms of which PostgreSQL worked for 1.9.
So every row travels as one JSON array, which both databases make themselves; as for the inserts in ``bulk``.
"""

from __future__ import annotations

import functools
from collections import namedtuple
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import LargeBinary, Table
from sqlalchemy.engine import Connection

from spectrum_orders.store.modification import Mark

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Any]).decode

Row = Any
"""A named tuple with the table's columns; bytes are bytes."""


class Part(msgspec.Struct, frozen=True):
    """One table: its columns that hold the two numbers of a mark, and those by which its rows are sorted."""

    table: Table
    match: tuple[str, str] = ("client_id", "order_id")
    order: tuple[str, ...] = ()


def read(connection: Connection, marks: Sequence[Mark], *parts: Part) -> list[dict[Mark, list[Row]]]:
    """For each part the rows of each of these ``marks``, sorted; marks without a row are left out."""
    if not marks:
        return [{} for _ in parts]
    statement, readers = _reading(parts, connection.dialect.name == "sqlite")
    found: list[dict[Mark, list[Row]]] = [{} for _ in parts]
    for place, text in connection.exec_driver_sql(statement, (_encode(sorted(set(marks))).decode(),)):
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
    rows = connection.exec_driver_sql(statement, (_encode(sorted(set(marks))).decode(),))
    return dict(readers[0](text) for _, text in rows)


@functools.cache
def _reading(parts: tuple[Part, ...], sqlite: bool) -> tuple[str, list[Callable[[str], tuple[Mark, Row]]]]:
    given = (
        "SELECT value->>0 AS first, value->>1 AS second FROM jsonb_each(?)"
        if sqlite
        else "SELECT (value->>0)::bigint AS first, (value->>1)::bigint AS second"
        " FROM jsonb_array_elements(%s::jsonb) AS rows(value)"
    )
    branches = " UNION ALL ".join(_branch(place, part, sqlite) for place, part in enumerate(parts))
    return f"WITH given AS ({given}) {branches}", [_reader(part) for part in parts]


def _branch(place: int, part: Part, sqlite: bool) -> str:
    name, (first, second) = part.table.name, part.match
    values = ", ".join(_value(column.name, column.type, sqlite) for column in part.table.columns)
    array = f"json_array({values})" if sqlite else f"json_build_array({values})::text"
    # Names come from our schema. CROSS keeps SQLite from walking through the table and looking for its marks.
    return (
        f"SELECT {place}, {array} FROM given CROSS JOIN {name} AS t "  # noqa: S608  see above
        f"WHERE t.{first} = given.first AND t.{second} = given.second"
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
