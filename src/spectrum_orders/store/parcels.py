"""A partner's packages, listed."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store import packages as stored
from spectrum_orders.store.lines import LineState, states
from spectrum_orders.store.packages import CANCELLED, DELIVERED, READY, Delivery, Package
from spectrum_orders.store.schema import clients, orders, packages
from spectrum_orders.store.seats import Seat


class Listed(msgspec.Struct, frozen=True):
    """A package with the order that it belongs to, and its lines."""

    package: Package
    client_handle: str
    purchase_order_number: str
    lines: tuple[LineState, ...]


def page(
    connection: Connection, seat: Seat, *, state: str | None, before: int | None, most: int
) -> list[Listed]:
    """The partner's packages, the newest first, below the id ``before``.

    ``state`` is ready, delivered, cancelled, collected, or uncollected (delivered, and nobody said that it
    was received); without it those that are still being made are left out, too.
    """
    query = (
        sa.select(packages, clients.c.handle, orders.c.purchase_order_number)
        .join(orders, (orders.c.client_id == packages.c.client_id) & (orders.c.id == packages.c.order_id))
        .join(clients, clients.c.id == packages.c.client_id)
        .where(packages.c.partner_id == seat.partner_id, _in(state))
        .order_by(packages.c.id.desc())
        .limit(most)
    )
    if seat.client_id is not None:
        query = query.where(packages.c.client_id == seat.client_id)
    if before is not None:
        query = query.where(packages.c.id < before)
    found = []
    for row in connection.execute(query).all():
        package = stored.read_row(row)
        lines = states(connection, package.client_id, package.order_id)
        mine = tuple(line for line in lines if line.position in package.positions)
        found.append(Listed(package, row.handle, row.purchase_order_number, mine))
    return found


def awaited(
    connection: Connection, *, after: tuple[int, int], most: int
) -> list[tuple[Package, list[Delivery]]]:
    """Packages whose partner is to say that it has them, and where they were sent; above a client and id."""
    query = (
        sa.select(packages)
        .where(
            packages.c.collect_by.is_not(None),
            packages.c.collected_at.is_(None),
            packages.c.state == DELIVERED,
            sa.tuple_(packages.c.client_id, packages.c.id) > sa.tuple_(*after),
        )
        .order_by(packages.c.client_id, packages.c.id)
        .limit(most)
    )
    found = [stored.read_row(row) for row in connection.execute(query).all()]
    return [(one, stored.deliveries_of(connection, one.client_id, [one.id])) for one in found]


def _in(state: str | None) -> sa.ColumnElement[bool]:
    if state == "collected":
        return packages.c.collected_at.is_not(None)
    if state == "uncollected":
        return (packages.c.state == DELIVERED) & packages.c.collected_at.is_(None)
    return packages.c.state.in_((READY, DELIVERED, CANCELLED) if state is None else (state,))
