"""What was said of the shipment of lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store import bulk
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.schema import shipments
from spectrum_orders.store.transaction import Transaction

_texts = msgspec.json.Decoder(tuple[str, ...]).decode


class Shipment(msgspec.Struct, frozen=True):
    """One parcel of a line, or what was said later of it."""

    position: int
    tracking: tuple[str, ...]
    serial_numbers: tuple[str, ...] = ()


class Shipped(Shipment, frozen=True, kw_only=True):
    """A shipment that was reported."""

    at: int
    actor: str


def add(tx: Transaction, mark: Mark, several: Sequence[Shipment], actor: str) -> None:
    """Record shipments."""
    encode = msgspec.json.encode
    bulk.insert(
        tx.connection,
        bulk.Rows(
            shipments,
            [
                (
                    *mark,
                    one.position,
                    tx.ids.take(),
                    tx.now,
                    encode(one.tracking).decode(),
                    encode(one.serial_numbers).decode(),
                    actor,
                )
                for one in several
            ],
        ),
    )


def of_order(connection: Connection, client_id: int, order_id: int) -> list[Shipped]:
    """Everything that was said of an order's shipment, the oldest first."""
    query = (
        sa.select(shipments)
        .where(shipments.c.client_id == client_id, shipments.c.order_id == order_id)
        .order_by(shipments.c.id)
    )
    return [read_row(row) for row in connection.execute(query)]


def read_row(row: Any) -> Shipped:
    """A shipment from its row."""
    return Shipped(row.position, _texts(row.tracking), _texts(row.serial_numbers), at=row.at, actor=row.actor)
