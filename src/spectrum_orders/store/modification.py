"""When an order was last modified. Factories and shops poll by it: whatever changes an order says so."""

from __future__ import annotations

from collections.abc import Sequence

from spectrum_orders.store import bulk
from spectrum_orders.store.schema import lines, orders
from spectrum_orders.store.transaction import Transaction

Mark = tuple[int, int]
"""A client's id and an order's."""


def touch(tx: Transaction, marks: Sequence[Mark]) -> None:
    """These orders (each once) are modified now, and so are their lines."""
    bulk.update(
        tx.connection,
        orders,
        [(*mark, tx.now) for mark in marks],
        match=("client_id", "id"),
        give=("modified_at",),
    )
    touch_lines(tx, marks)


def touch_lines(tx: Transaction, marks: Sequence[Mark]) -> None:
    """Only the copies that lines keep: for whoever has written the orders' own already."""
    bulk.update(
        tx.connection,
        lines,
        [(*mark, tx.now) for mark in marks],
        match=("client_id", "order_id"),
        give=("modified_at",),
    )
