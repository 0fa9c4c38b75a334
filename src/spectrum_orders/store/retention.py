"""Orders whose people have been kept for long enough."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.domain.workflow import CANCELLED, DELIVERED
from spectrum_orders.store.schema import lines, orders

DAY_US = 86_400 * 1_000_000

WINDOW = 5_000
"""Orders looked at in one go, most of which are erased already: some ten milliseconds."""


class Old(msgspec.Struct, frozen=True):
    """An order older than its client keeps people. ``open``: something of it is still to be shipped."""

    order_id: int
    purchase_order_number: str
    acknowledged_at: int
    open: bool


class Window(msgspec.Struct, frozen=True):
    """Some of a client's old orders with people, and where the next look begins; ``None`` at the end."""

    found: tuple[Old, ...]
    after: int | None


def find(
    connection: Connection, client_id: int, days: int, now: int, *, after: int = 0, most: int = WINDOW
) -> Window:
    """Of the next ``most`` orders after an id, those acknowledged over ``days`` ago and not erased."""
    until = ids.earliest_at(now - days * DAY_US)
    span = (orders.c.client_id == client_id, orders.c.id > after, orders.c.id < until)
    # Ids are made in the order of time, so that no index on the time is needed, nor on what is erased.
    last = connection.execute(
        sa.select(orders.c.id).where(*span).order_by(orders.c.id).offset(most - 1).limit(1)
    ).scalar()
    open_line = sa.exists().where(
        lines.c.client_id == orders.c.client_id,
        lines.c.order_id == orders.c.id,
        lines.c.workflow_status.not_in((DELIVERED, CANCELLED)),
        lines.c.shipped_at.is_(None),
    )
    query = sa.select(
        orders.c.id, orders.c.purchase_order_number, orders.c.acknowledged_at, open_line.label("open")
    ).where(*span, orders.c.erased_at.is_(None))
    if last is not None:
        query = query.where(orders.c.id <= last)
    rows = connection.execute(query.order_by(orders.c.id))
    return Window(tuple(Old(row[0], row[1], row[2], bool(row[3])) for row in rows), last)
