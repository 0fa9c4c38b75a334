"""The feed: the events of a client or a partner, numbered without a hole, to be read again and again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.notice import Line, Notice
from spectrum_orders.store import bulk
from spectrum_orders.store.schema import clients, events, feed, lines, orders

LOOKED_AT = 1_000
"""Entries looked at for one page: who wants one kind in a thousand is told where to go on."""

_COLUMNS = (
    feed.c.sequence,
    feed.c.positions,
    events.c.client_id,
    events.c.id,
    events.c.kind,
    events.c.at,
    events.c.order_id,
    events.c.data,
    clients.c.handle,
    orders.c.purchase_order_number,
)


class Page(msgspec.Struct, frozen=True):
    """Entries of a feed by number. ``next`` is the last one that was looked at: what comes after it is the
    next page. ``more``: there is something after it already."""

    entries: list[tuple[int, Notice]]
    next: int
    more: bool


def read(
    connection: Connection,
    owner_id: int,
    after: int,
    most: int,
    *,
    kinds: Collection[str] = (),
    client_id: int | None = None,
) -> Page:
    """Up to ``most`` entries after a number: of these ``kinds`` only, and about this client's orders only."""
    depth = LOOKED_AT if kinds or client_id is not None else most
    numbers = (
        connection.execute(
            sa.select(feed.c.sequence)
            .where(feed.c.owner_id == owner_id, feed.c.sequence > after)
            .order_by(feed.c.sequence)
            .limit(depth + 1)
        )
        .scalars()
        .all()
    )
    last = after if not numbers else numbers[:depth][-1]
    query = _told().where(feed.c.owner_id == owner_id, feed.c.sequence > after, feed.c.sequence <= last)
    if kinds:
        query = query.where(events.c.kind.in_(sorted(kinds)))
    if client_id is not None:
        query = query.where(feed.c.client_id == client_id)
    rows = connection.execute(query.order_by(feed.c.sequence).limit(most + 1)).all()
    found, further = rows[:most], len(rows) > most
    if further:
        last = found[-1].sequence
    notices = _notices(connection, found)
    entries = [(row.sequence, notice) for row, notice in zip(found, notices, strict=True)]
    return Page(entries, last, further or len(numbers) > depth)


def find(connection: Connection, owner_id: int, sequence: int) -> Notice | None:
    """One entry of a feed."""
    query = _told().where(feed.c.owner_id == owner_id, feed.c.sequence == sequence)
    found = _notices(connection, connection.execute(query).all())
    return found[0] if found else None


def end(connection: Connection, owner_id: int) -> int:
    """The number of the last entry; 0 before the first."""
    query = sa.select(sa.func.max(feed.c.sequence)).where(feed.c.owner_id == owner_id)
    return connection.execute(query).scalar() or 0


def _told() -> sa.Select[Any]:
    return (
        sa.select(*_COLUMNS)
        .join(events, (events.c.client_id == feed.c.client_id) & (events.c.id == feed.c.event_id))
        .join(clients, clients.c.id == events.c.client_id)
        .join(orders, (orders.c.client_id == events.c.client_id) & (orders.c.id == events.c.order_id))
    )


def _notices(connection: Connection, rows: Sequence[sa.Row[Any]]) -> list[Notice]:
    data: list[dict[str, Any]] = [msgspec.json.decode(row.data) for row in rows]
    about: list[list[int]] = [
        msgspec.json.decode(row.positions) if row.positions else said.get("positions", [])
        for row, said in zip(rows, data, strict=True)
    ]
    marks = {(row.client_id, row.order_id) for row, its in zip(rows, about, strict=True) if its}
    known = _lines(connection, marks)
    return [
        Notice(
            row.id,
            row.kind,
            row.at,
            row.handle,
            row.purchase_order_number,
            tuple(known[row.client_id, row.order_id, position] for position in its),
            {name: value for name, value in said.items() if name != "positions"},
        )
        for row, said, its in zip(rows, data, about, strict=True)
    ]


def _lines(connection: Connection, marks: set[tuple[int, int]]) -> dict[tuple[int, int, int], Line]:
    if not marks:
        return {}
    given = bulk.values_of(connection, sorted(marks), ("client_id", "order_id"))
    rows = connection.execute(
        sa.select(
            lines.c.client_id, lines.c.order_id, lines.c.position, lines.c.number, lines.c.recipe_set_id
        ).join(given, (lines.c.client_id == given.c.client_id) & (lines.c.order_id == given.c.order_id))
    )
    return {(client, order, position): Line(number, name) for client, order, position, number, name in rows}
