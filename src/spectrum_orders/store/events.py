"""Events: written in the transaction that made them true, and told afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store import bulk, partners
from spectrum_orders.store.schema import events, meta
from spectrum_orders.store.transaction import Transaction

WANTED = "events-wanted"
"""The row of ``meta`` that says that somebody listens."""

_encode = msgspec.json.Encoder(order="sorted").encode


class Event(msgspec.Struct, frozen=True):
    """A fact about an order. ``positions`` are the lines that it is about, ``partners`` the factories that
    may know it beside the client, ``data`` what its kind adds: never anything of a person.

    With a ``number`` of its own it is written once, however often it is emitted.
    """

    kind: str
    client_id: int
    order_id: int
    data: dict[str, Any] = {}
    positions: Sequence[int] = ()
    partners: Sequence[int] = ()
    number: int | None = None
    at: int | None = None
    """When it became true, if that was not now."""


def wanted(connection: Connection) -> bool:
    """Whether anybody has ever asked to hear of events."""
    return connection.execute(sa.select(meta.c.value).where(meta.c.key == WANTED)).first() is not None


def want(tx: Transaction) -> None:
    """Somebody wants to hear of events: from now on acknowledgements that nobody routes are told as well.

    Those that wait for a route already are told then, too.
    """
    if not wanted(tx.connection):
        tx.connection.execute(meta.insert().values(key=WANTED, value=str(tx.now)))
        partners.changed(tx)


def emit(tx: Transaction, *several: Event) -> None:
    """Write events, to be told once the transaction is durable."""
    rows = [
        (
            one.client_id,
            tx.ids.take() if one.number is None else one.number,
            one.kind,
            tx.now if one.at is None else one.at,
            one.order_id,
            _encode(sorted(set(one.partners))).decode(),
            _encode(one.data | ({"positions": list(one.positions)} if one.positions else {})).decode(),
        )
        for one in several
    ]
    bulk.insert(tx.connection, bulk.Rows(events, rows, keep_old=True))
