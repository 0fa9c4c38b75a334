"""Rules that lead lines to factories, and the decision that was made for each line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.errors import NotFound
from spectrum_orders.store import bulk
from spectrum_orders.store.partners import changed
from spectrum_orders.store.schema import line_routes, routes
from spectrum_orders.store.transaction import Transaction


class RouteRow(msgspec.Struct, frozen=True):
    """A rule: lines of the client that match go to the partner; the lowest ``rank`` is tried first."""

    client_id: int
    id: int
    rank: int
    sku: str | None
    country: str | None
    partner_id: int
    created_at: int


class LineRoute(msgspec.Struct, frozen=True):
    """Which partner makes a line, and the decision as JSON."""

    position: int
    partner_id: int | None
    reason: str
    decided_at: int


def add(
    tx: Transaction,
    client_id: int,
    partner_id: int,
    *,
    sku: str | None,
    country: str | None,
    rank: int | None,
) -> RouteRow:
    """Add a rule, at the end or at ``rank``."""
    if rank is None:
        last = sa.select(sa.func.max(routes.c.rank)).where(routes.c.client_id == client_id)
        rank = (tx.connection.execute(last).scalar() or 0) + 10
    row = RouteRow(client_id, tx.ids.take(), rank, sku, country, partner_id, tx.now)
    tx.connection.execute(routes.insert().values(msgspec.structs.asdict(row)))
    tx.record("route.added", "cli", {"route": str(row.id), "rank": rank}, client_id=client_id)
    changed(tx)
    return row


def remove(tx: Transaction, number: int) -> None:
    """Take a rule away; what it decided stays decided. Raises NotFound."""
    done = tx.connection.execute(sa.delete(routes).where(routes.c.id == number))
    if done.rowcount == 0:
        raise NotFound("No such route. List them with: spectrum route list")
    tx.record("route.removed", "cli", {"route": str(number)})
    changed(tx)


def list_all(connection: Connection, client_id: int | None = None) -> list[RouteRow]:
    """Rules in the order in which they are tried, of one client or of all."""
    query = sa.select(routes).order_by(routes.c.client_id, routes.c.rank, routes.c.id)
    if client_id is not None:
        query = query.where(routes.c.client_id == client_id)
    return [RouteRow(*row) for row in connection.execute(query)]


def note(tx: Transaction, rows: Sequence[tuple[int, int, int, int | None, str]]) -> None:
    """Record decisions (client, order, position, partner, reason); an earlier one is replaced."""
    for client_id, order_id, position, *_ in rows:
        tx.connection.execute(
            sa.delete(line_routes).where(
                line_routes.c.client_id == client_id,
                line_routes.c.order_id == order_id,
                line_routes.c.position == position,
            )
        )
    bulk.insert(tx.connection, bulk.Rows(line_routes, [(*row, tx.now) for row in rows]))


def of_order(connection: Connection, client_id: int, order_id: int) -> list[LineRoute]:
    """The decisions for an order's lines, by position."""
    rows: Sequence[sa.Row[Any]] = connection.execute(
        sa.select(line_routes)
        .where(line_routes.c.client_id == client_id, line_routes.c.order_id == order_id)
        .order_by(line_routes.c.position)
    ).all()
    return [LineRoute(row.position, row.partner_id, row.reason, row.decided_at) for row in rows]
