"""Opening an order's people, with the opening in the journal before anything is done with them."""

from __future__ import annotations

from collections.abc import Iterable

from spectrum_orders.crypto import KeyRing
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.transaction import Transaction

ACTOR = "worker"


def people(
    keys: KeyRing, order: StoredOrder, wanted: Iterable[str], *, completed: bool = True
) -> dict[str, str]:
    """Those of an order's personal values whose pointer is ``wanted``; if not ``completed``, only those
    that came with its acknowledgement."""
    if order.key is None:
        return {}
    exactly = set(wanted)
    key = keys.open_order_key(order.client_id, order.id, order.key.wrapped, order.key.version)
    return {
        one.field: key.open(one.field, one.sealed)
        for one in order.people
        if one.field in exactly and (completed or one.receipt_id == order.id)
    }


def record(tx: Transaction, order: StoredOrder, fields: Iterable[str], why: str) -> None:
    """Put an opening in the journal: which fields, and what for."""
    tx.record(
        "person.opened",
        ACTOR,
        {"fields": sorted(fields), "why": why},
        client_id=order.client_id,
        order_id=order.id,
    )
