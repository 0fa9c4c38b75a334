"""The order that is named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectrum_orders.cli.client import known_client
from spectrum_orders.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spectrum_orders.store.orders import StoredOrder
    from spectrum_orders.store.parties import Client


def known_order(connection: Connection, handle: str, number: str) -> tuple[Client, StoredOrder]:
    """A client and its order. Raises NotFound."""
    from spectrum_orders.store import orders

    client = known_client(connection, handle)
    order = orders.find_order(connection, client.id, number)
    if order is None:
        raise NotFound(f"{client.handle} has no order with this purchase order number.")
    return client, order
