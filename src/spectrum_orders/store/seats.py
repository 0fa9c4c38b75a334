"""Where a caller sits: whose orders it may see, and which of their lines."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.errors import Ambiguous
from spectrum_orders.store.schema import clients, lines, orders


class Seat(msgspec.Struct, frozen=True):
    """A shop sees its client's orders. A partner sees the lines that are routed to it, of one client's orders
    or (``client_id`` ``None``) of every client's. One of the two is always there."""

    client_id: int | None
    partner_id: int | None


class Found(msgspec.Struct, frozen=True):
    """An order that a seat may see."""

    client_id: int
    client_handle: str
    order_id: int


def find(
    connection: Connection, seat: Seat, purchase_order_number: str, client: str | None = None
) -> Found | None:
    """The order with this number that the seat sees, of the client with the handle ``client`` if given.

    Raises Ambiguous, which names the clients, when a partner sees several.
    """
    query = (
        sa.select(orders.c.client_id, clients.c.handle, orders.c.id)
        .join(clients, clients.c.id == orders.c.client_id)
        # Every client's number is looked up in the index that begins with the client; they are few.
        .where(orders.c.purchase_order_number == purchase_order_number, _clients(seat, orders.c.client_id))
        .order_by(clients.c.handle)
    )
    if client is not None:
        query = query.where(clients.c.handle == client)
    if seat.partner_id is not None:
        query = query.where(
            sa.exists().where(
                lines.c.client_id == orders.c.client_id,
                lines.c.order_id == orders.c.id,
                lines.c.partner_id == seat.partner_id,
            )
        )
    rows = [Found(*row) for row in connection.execute(query)]
    if len(rows) > 1:
        handles = [row.client_handle for row in rows]
        raise Ambiguous(
            f"Several clients have an order with this purchase order number: {', '.join(handles)}. "
            "Say which one with ?client=.",
            extra={"clients": handles},
        )
    return rows[0] if rows else None


def find_by_id(connection: Connection, seat: Seat, client_id: int, order_id: int) -> Found | None:
    """The order with this id, if the seat sees it."""
    if seat.client_id not in (None, client_id) or not positions(connection, seat, client_id, order_id):
        return None
    handle = sa.select(clients.c.handle).where(clients.c.id == client_id)
    return Found(client_id, connection.execute(handle).scalar_one(), order_id)


def positions(connection: Connection, seat: Seat, client_id: int, order_id: int) -> Sequence[int]:
    """Which of an order's lines the seat sees, in order."""
    query = sa.select(lines.c.position).where(lines.c.client_id == client_id, lines.c.order_id == order_id)
    if seat.partner_id is not None:
        query = query.where(lines.c.partner_id == seat.partner_id)
    return connection.execute(query.order_by(lines.c.position)).scalars().all()


def _clients(seat: Seat, column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    if seat.client_id is not None:
        return column == seat.client_id
    return column.in_(sa.select(clients.c.id))
