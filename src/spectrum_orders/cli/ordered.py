"""The order that is named on the command line, for every verb that is about one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli.client import known_client
from spectrum_orders.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spectrum_orders.store.orders import StoredOrder
    from spectrum_orders.store.parties import Client


def of_an_order(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The order that a verb is about: --client HANDLE and PO."""
    whose = click.option("--client", "handle", required=True, metavar="HANDLE", help="Whose order it is.")
    return whose(click.argument("number", metavar="PO")(verb))


def known_order(connection: Connection, handle: str, number: str) -> tuple[Client, StoredOrder]:
    """A client and its order. Raises NotFound."""
    from spectrum_orders.store import orders

    client = known_client(connection, handle)
    order = orders.find_order(connection, client.id, number)
    if order is None:
        raise NotFound(f"{client.handle} has no order with this purchase order number.")
    return client, order
