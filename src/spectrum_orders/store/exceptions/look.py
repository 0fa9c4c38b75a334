"""Who looks, at what moment, and how a kind of exception is read in bounded pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.cases import Case

Key = tuple[int | str, ...]
"""Where a case stands among those of its kind: what comes after it is found by it."""


class Look(msgspec.Struct, frozen=True):
    """At what, and when (``now``, in microseconds): of one client or of all, of one partner or of all.

    ``patience_us`` is how long a line may wait for its artwork before that is an exception, ``stuck_us`` how
    long a factory that has a line may say nothing (0: for ever).
    """

    now: int
    patience_us: int
    stuck_us: int
    client_id: int | None = None
    partner_id: int | None = None

    def of(
        self, client: sa.ColumnElement[int], partner: sa.ColumnElement[Any]
    ) -> list[sa.ColumnElement[bool]]:
        """The conditions that rows of these owners fulfil."""
        # A sum is in no index: what is late, held or uncollected is little, and found by its time. By its
        # owner every order would be read that there ever was.
        wanted: list[sa.ColumnElement[bool]] = []
        if self.client_id is not None:
            wanted.append(client + 0 == self.client_id)
        if self.partner_id is not None:
            wanted.append(partner + 0 == self.partner_id)
        return wanted


Placed = tuple[Key, Case]

Told = tuple[sa.Row[Any], Case]
"""A row that was picked, with what is read in it alone."""

Tell = Callable[[Connection, Sequence[Told]], Sequence[Case]]
"""Adds to the cases of a page what lies in rows of which each has several."""


class Source(msgspec.Struct, frozen=True):
    """How a kind is read. ``find`` gives up to so many cases after a key, in the order of their keys, and
    ``count`` how many there are, exceptions alone, up to so many. Neither reads more than is asked for.
    ``shape`` are the types of a key's members."""

    shape: tuple[type, ...]
    find: Callable[[Connection, Look, Key, int], Sequence[Placed]]
    count: Callable[[Connection, Look, int], int]


def rows_of(
    shape: tuple[type, ...],
    keys: Callable[[Look], sa.Select[Any]],
    details: Callable[[sa.Subquery], sa.Select[Any]],
    read: Callable[[Look, sa.Row[Any]], Case],
    waits: Callable[[Look], sa.ColumnElement[bool]] | None = None,
    tell: Tell | None = None,
) -> Source:
    """A source over rows. ``keys`` selects the key's columns alone, which an index holds; ``details`` joins
    what a person reads to the few that were picked. ``waits`` are those that are no exception yet."""

    def find(connection: Connection, look: Look, after: Key, most: int) -> Sequence[Placed]:
        query = keys(look)
        columns = list(query.selected_columns)
        if after:
            query = query.where(_after(columns, after))
        picked = query.order_by(*columns).limit(most).subquery("picked")
        names = [column.name for column in columns]
        rows = connection.execute(details(picked).order_by(*(picked.c[name] for name in names))).all()
        cases: Sequence[Case] = [read(look, row) for row in rows]
        if tell is not None and rows:
            cases = tell(connection, list(zip(rows, cases, strict=True)))
        placed = (tuple(row._mapping[picked.c[name]] for name in names) for row in rows)
        return list(zip(placed, cases, strict=True))

    def count(connection: Connection, look: Look, most: int) -> int:
        query = keys(look)
        if waits is not None:
            query = query.where(~waits(look))
        some = query.limit(most).subquery()
        return connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()

    return Source(shape, find, count)


def few(shape: tuple[type, ...], read: Callable[[Connection, Look], Sequence[Placed]]) -> Source:
    """A source over what there is little of: clients, destinations, endpoints."""

    def find(connection: Connection, look: Look, after: Key, most: int) -> Sequence[Placed]:
        return sorted((one for one in read(connection, look) if one[0] > after), key=_key)[:most]

    def count(connection: Connection, look: Look, most: int) -> int:
        return min(most, sum(not case.waiting for _, case in read(connection, look)))

    return Source(shape, find, count)


def _key(one: Placed) -> Key:
    return one[0]


def _after(columns: list[sa.ColumnElement[Any]], after: Key) -> sa.ColumnElement[bool]:
    if len(columns) == 1:
        return columns[0] > after[0]
    return sa.tuple_(*columns) > sa.tuple_(*(sa.literal(value) for value in after))
