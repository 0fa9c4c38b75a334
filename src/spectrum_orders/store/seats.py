"""Where a caller sits: whose orders it may see, and which of their lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.errors import Ambiguous
from spectrum_orders.store.schema import clients, lines
from spectrum_orders.store.together import Sought


class Owned(Protocol):
    """Something of a client."""

    @property
    def client_handle(self) -> str:
        """Whose it is."""


Owner = TypeVar("Owner", bound=Owned)


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


def sought(seat: Seat, purchase_order_number: str, client: str | None = None) -> Sought:
    """The orders with this number that the seat sees, of the client with the handle ``client`` if given."""
    query = "SELECT o.client_id AS first, o.id AS second FROM orders AS o WHERE o.purchase_order_number = ?"
    values: tuple[int | str, ...] = (purchase_order_number,)
    if seat.client_id is not None:
        query += " AND o.client_id = ?"
        values += (seat.client_id,)
    else:
        # Every client's number is looked up in the index that begins with the client; they are few.
        query += " AND o.client_id IN (SELECT id FROM clients)"
    if client is not None:
        query += " AND o.client_id = (SELECT id FROM clients WHERE handle = ?)"
        values += (client,)
    if seat.partner_id is not None:
        query += (
            " AND EXISTS (SELECT 1 FROM lines AS l"
            " WHERE l.client_id = o.client_id AND l.order_id = o.id AND l.partner_id = ?)"
        )
        values += (seat.partner_id,)
    return Sought(query, values)


def find(
    connection: Connection, seat: Seat, purchase_order_number: str, client: str | None = None
) -> Found | None:
    """The order that is ``sought``. Raises Ambiguous when a partner sees several."""
    rows = sought(seat, purchase_order_number, client).within(
        connection, "SELECT first, handle, second FROM given JOIN clients ON id = first"
    )
    found = [Found(*row) for row in rows]
    return one_of(found)


def one_of(found: Sequence[Owner]) -> Owner | None:
    """The only one of what was found; ``None`` if there is nothing.

    Raises Ambiguous, which names the clients, when there are several.
    """
    if len(found) > 1:
        several = sorted(one.client_handle for one in found)
        raise Ambiguous(
            f"Several clients have an order with this purchase order number: {', '.join(several)}. "
            "Say which one with ?client=.",
            extra={"clients": several},
        )
    return found[0] if found else None


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
