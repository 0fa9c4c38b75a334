"""Rules that lead lines to factories, and the decision that was made for each line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.workflow import CANCELLED
from spectrum_orders.errors import NotFound
from spectrum_orders.store import bulk, queue
from spectrum_orders.store.partners import changed
from spectrum_orders.store.schema import line_routes, lines, outbox, routes
from spectrum_orders.store.transaction import Transaction

UNROUTED, REFUSED = "unrouted", "refused"
"""Why an order waits that no rule leads anywhere, or only to factories that will not make it. It waits until
the rules or its address change."""

STEP = 10
"""Between the ranks of two rules, so that a third fits between them."""


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
    """Add a rule, at the end or at ``rank``, and have unrouted orders looked at again."""
    if rank is None:
        last = sa.select(sa.func.max(routes.c.rank)).where(routes.c.client_id == client_id)
        rank = (tx.connection.execute(last).scalar() or 0) + STEP
    row = RouteRow(client_id, tx.ids.take(), rank, sku, country, partner_id, tx.now)
    tx.connection.execute(routes.insert().values(msgspec.structs.asdict(row)))
    tx.record("route.added", "cli", {"route": str(row.id), "rank": rank}, client_id=client_id)
    changed(tx)
    wake_unrouted(tx, client_id)
    return row


def remove(tx: Transaction, number: int) -> None:
    """Take a rule away; what it decided stays decided. Raises NotFound."""
    row = find(tx.connection, number)
    tx.connection.execute(sa.delete(routes).where(routes.c.id == number))
    tx.record("route.removed", "cli", {"route": str(number)}, client_id=row.client_id)
    changed(tx)
    wake_unrouted(tx, row.client_id)


def move(tx: Transaction, number: int, rank: int) -> RouteRow:
    """Have a rule tried at another rank; what was decided stays decided. Raises NotFound."""
    row = find(tx.connection, number)
    tx.connection.execute(sa.update(routes).where(routes.c.id == number).values(rank=rank))
    tx.record("route.moved", "cli", {"route": str(number), "rank": rank}, client_id=row.client_id)
    changed(tx)
    return msgspec.structs.replace(row, rank=rank)


def find(connection: Connection, number: int) -> RouteRow:
    """One rule. Raises NotFound."""
    row = connection.execute(sa.select(routes).where(routes.c.id == number)).first()
    if row is None:
        raise NotFound("No such route. List them with: spectrum route list")
    return RouteRow(*row)


def wake_unrouted(tx: Transaction, client_id: int) -> int:
    """Have the client's orders that no rule led anywhere looked at again; how many."""
    mine = (
        (outbox.c.kind == queue.ACKNOWLEDGED)
        & (outbox.c.client_id == client_id)
        & outbox.c.reason.in_((UNROUTED, REFUSED))
    )
    return queue.wake(tx, mine, queue.PLAN)


def list_all(connection: Connection, client_id: int | None = None) -> list[RouteRow]:
    """Rules in the order in which they are tried, of one client or of all."""
    query = sa.select(routes).order_by(routes.c.client_id, routes.c.rank, routes.c.id)
    if client_id is not None:
        query = query.where(routes.c.client_id == client_id)
    return [RouteRow(*row) for row in connection.execute(query)]


def note(tx: Transaction, rows: Sequence[tuple[int, int, int, int | None, str]]) -> None:
    """Record decisions (client, order, position, partner, reason); an earlier one is replaced, and nobody has
    the print files of what was decided anew.

    The caller says that the orders are modified where that matters to anybody.
    """
    if not rows:
        return
    source = bulk.values_of(tx.connection, [row[:3] for row in rows], ("client_id", "order_id", "position"))
    tx.connection.execute(
        sa.delete(line_routes).where(
            sa.tuple_(line_routes.c.client_id, line_routes.c.order_id, line_routes.c.position).in_(
                sa.select(source.c.client_id, source.c.order_id, source.c.position)
            )
        )
    )
    bulk.insert(tx.connection, bulk.Rows(line_routes, [(*row, tx.now) for row in rows]))
    bulk.update(
        tx.connection,
        lines,
        [(*row[:4], None) for row in rows],
        match=("client_id", "order_id", "position"),
        give=("partner_id", "delivered_at"),
    )


def routed(
    connection: Connection, wanted: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], frozenset[int]]:
    """Of many orders (client, order) the positions that need no partner: they have one, or are cancelled."""
    source = bulk.values_of(connection, wanted, ("client_id", "order_id"))
    query = (
        sa.select(lines.c.client_id, lines.c.order_id, lines.c.position)
        .join(source, (lines.c.client_id == source.c.client_id) & (lines.c.order_id == source.c.order_id))
        .where(lines.c.partner_id.is_not(None) | (lines.c.workflow_status == CANCELLED))
    )
    found: dict[tuple[int, int], frozenset[int]] = {}
    for client_id, order_id, position in connection.execute(query):
        mark = (client_id, order_id)
        found[mark] = found.get(mark, frozenset()) | {position}
    return found


def of_order(connection: Connection, client_id: int, order_id: int) -> list[LineRoute]:
    """The decisions for an order's lines, by position."""
    rows: Sequence[sa.Row[Any]] = connection.execute(
        sa.select(line_routes)
        .where(line_routes.c.client_id == client_id, line_routes.c.order_id == order_id)
        .order_by(line_routes.c.position)
    ).all()
    return [read_row(row) for row in rows]


def read_row(row: Any) -> LineRoute:
    """A decision from its row."""
    return LineRoute(row.position, row.partner_id, row.reason, row.decided_at)
