"""Finding orders: by status and time, as factories poll, and by many other marks, as people look."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store.modification import Mark
from spectrum_orders.store.problems import PROBLEMS, View
from spectrum_orders.store.schema import clients, line_skus, lines, orders, partners
from spectrum_orders.store.seats import Seat

SCANNED = 20_000
"""Orders that are looked at for one page of what no index answers: some tens of milliseconds. A page may
therefore hold fewer than were asked for, and there may be more all the same."""


class Place(msgspec.Struct, frozen=True):
    """Where an order stands in a search: by these two, and by nothing that a page could cut in half."""

    modified_at: int
    order_id: int


class Hit(Place, frozen=True):
    """An order that a search found."""

    client_id: int


def by_status(
    connection: Connection,
    seat: Seat,
    statuses: Sequence[str],
    since: int,
    until: int,
    *,
    after: Place | None,
    most: int,
) -> list[Hit]:
    """Orders with a line in one of ``statuses`` that were modified from ``since`` up to ``until``, both
    included, the longest unmodified first.

    An order that is modified while somebody turns pages comes again at the end; none is missed.
    """
    found: set[tuple[int, int, int]] = set()
    # Status by status, because each is a stretch of one index.
    for status in dict.fromkeys(statuses):
        query = (
            sa.select(lines.c.modified_at, lines.c.order_id, lines.c.client_id)
            .distinct()
            .where(_of(seat), lines.c.workflow_status == status)
            .where(lines.c.modified_at.between(since, until))
            .order_by(lines.c.modified_at, lines.c.order_id)
            .limit(most)
        )
        if after is not None:
            query = query.where(
                lines.c.modified_at >= after.modified_at,
                sa.or_(lines.c.modified_at > after.modified_at, lines.c.order_id > after.order_id),
            )
        found |= {(row.modified_at, row.order_id, row.client_id) for row in connection.execute(query)}
    return [Hit(*row) for row in sorted(found)[:most]]


def _of(seat: Seat) -> sa.ColumnElement[bool]:
    if seat.partner_id is None:
        return lines.c.client_id == seat.client_id
    mine = lines.c.partner_id == seat.partner_id
    return mine if seat.client_id is None else mine & (lines.c.client_id == seat.client_id)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders are listed; ``None`` asks for nothing. Instants in microseconds, both ends included."""

    client: str | None = None
    partner: str | None = None
    status: str | None = None
    prefix: str | None = None
    recipe_set: str | None = None
    sku: str | None = None
    acknowledged_from: int | None = None
    acknowledged_to: int | None = None
    modified_from: int | None = None
    modified_to: int | None = None
    source: str | None = None
    problem: str | None = None


class Page(msgspec.Struct, frozen=True):
    """Orders, the newest first; ``before`` is where the next page begins, ``None`` at the end."""

    marks: tuple[Mark, ...]
    before: int | None


def page(
    connection: Connection,
    seat: Seat,
    wanted: Filter,
    now: int,
    *,
    before: int | None,
    most: int,
    stuck_us: int,
) -> Page:
    """A page of the orders that the seat sees, below the order id ``before``. ``stuck_us`` as in ``View``."""
    # Client by client, because the key begins with it; ids are made in the order of time.
    parts = [
        _page_of(connection, View(seat, client_id, stuck_us), wanted, now, before, most)
        for client_id in _clients(connection, seat, wanted)
    ]
    # Below the highest end of what was looked at, nothing is known of some client yet.
    floor = max((part.before for part in parts if part.before is not None), default=None)
    marks = sorted({mark for part in parts for mark in part.marks}, key=lambda mark: -mark[1])
    if floor is not None:
        marks = [mark for mark in marks if mark[1] >= floor]
    if len(marks) > most:
        return Page(tuple(marks[:most]), marks[most - 1][1])
    return Page(tuple(marks), floor)


def _page_of(
    connection: Connection,
    view: View,
    wanted: Filter,
    now: int,
    before: int | None,
    most: int,
) -> Page:
    own = [orders.c.client_id == view.client_id, *([] if before is None else [orders.c.id < before])]
    newest = sa.select(orders.c.id).where(*own).order_by(orders.c.id.desc())
    end = connection.execute(newest.offset(SCANNED - 1).limit(1)).scalar()
    query = newest.where(*_conditions(view, wanted, now)).limit(most)
    if end is not None:
        query = query.where(orders.c.id >= end)
    found = connection.execute(query).scalars().all()
    marks = tuple((view.client_id, order_id) for order_id in found)
    return Page(marks, found[-1] if len(found) == most else end)


def _clients(connection: Connection, seat: Seat, wanted: Filter) -> Sequence[int]:
    query = sa.select(clients.c.id).order_by(clients.c.id)
    if seat.client_id is not None:
        query = query.where(clients.c.id == seat.client_id)
    if wanted.client is not None:
        query = query.where(clients.c.handle == wanted.client)
    return connection.execute(query).scalars().all()


def _conditions(view: View, wanted: Filter, now: int) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if view.seat.partner_id is not None:
        found.append(view.line(sa.true()))
    elif wanted.partner is not None:
        mine = sa.select(partners.c.id).where(partners.c.handle == wanted.partner).scalar_subquery()
        found.append(view.line(lines.c.partner_id == mine))
    if wanted.status is not None:
        found.append(view.line(lines.c.workflow_status == wanted.status))
    if wanted.prefix is not None:
        # Not LIKE, for which some letters of a number mean something and case does not count.
        part = sa.func.substr(orders.c.purchase_order_number, 1, len(wanted.prefix))
        found.append(part == wanted.prefix)
    if wanted.recipe_set is not None:
        found.append(view.line(sa.func.upper(lines.c.recipe_set_id) == wanted.recipe_set.upper()))
    if wanted.sku is not None:
        pair = (line_skus.c.client_id == lines.c.client_id) & (line_skus.c.order_id == lines.c.order_id)
        pair &= (line_skus.c.position == lines.c.position) & (line_skus.c.sku == wanted.sku)
        found.append(view.line(sa.exists().where(pair)))
    for column, low, high in (
        (orders.c.acknowledged_at, wanted.acknowledged_from, wanted.acknowledged_to),
        (orders.c.modified_at, wanted.modified_from, wanted.modified_to),
    ):
        found += [] if low is None else [column >= low]
        found += [] if high is None else [column <= high]
    if wanted.source is not None:
        found.append(orders.c.source == wanted.source)
    if wanted.problem is not None:
        found.append(PROBLEMS[wanted.problem](view, now))
    return found
