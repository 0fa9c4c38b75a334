"""Deadlines of lines: written when a line is led to a factory, and anew when it is led to another."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from spectrum_orders.domain import deadlines
from spectrum_orders.domain.order import OrderContent
from spectrum_orders.store import bulk, orders
from spectrum_orders.store.partners import Partner
from spectrum_orders.store.schema import clients, lines
from spectrum_orders.store.transaction import Transaction

Row = tuple[int, int, int, int | None]
"""Client, order, position, and the deadline in microseconds; ``None`` for none."""

_decode = msgspec.json.Decoder(OrderContent).decode


def note(tx: Transaction, rows: Sequence[Row]) -> None:
    """Record the deadlines of lines, with one statement."""
    bulk.update(tx.connection, lines, rows, match=("client_id", "order_id", "position"), give=("ship_by",))


def renew(
    tx: Transaction, client_id: int, order_id: int, positions: Sequence[int], partner: Partner | None
) -> None:
    """Lines of an order were led to another factory now, or (``None``) to nobody: their deadlines follow."""
    content = orders.find_contents(tx.connection, [(client_id, order_id)]).get((client_id, order_id))
    zone = tx.connection.execute(sa.select(clients.c.timezone).where(clients.c.id == client_id)).scalar()
    if content is None or zone is None:
        return
    agreed = _decode(content)
    settings = None if partner is None else partner.settings
    note(
        tx,
        [
            (client_id, order_id, place, deadlines.ship_by(agreed, place, settings, ZoneInfo(zone), tx.now))
            for place in positions
        ],
    )
