"""Ship notifications: what left the factory, and under which tracking numbers."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from spectrum_orders.domain import events as kinds
from spectrum_orders.domain.moves import Parcel
from spectrum_orders.lifecycle.orders import Caller, Which, event, take
from spectrum_orders.store import events, lines, shipments
from spectrum_orders.store.lines import Move
from spectrum_orders.store.shipments import Shipment
from spectrum_orders.store.transaction import Transaction

KIND = "shipped"


def ship(
    tx: Transaction, caller: Caller, purchase_order_number: str, client: str | None, parcels: Sequence[Parcel]
) -> None:
    """Note shipments, all or none; what was said before, word for word, changes nothing.

    Several parcels of one line stand side by side. With its last line that is not cancelled the order is
    shipped. Raises NotFound, UnknownLines and Ambiguous.
    """
    named = tuple(parcel.recipe_set_id for parcel in parcels)
    taken = take(tx, caller, Which(purchase_order_number, client, recipe_sets=named))
    order = taken.order
    known = {
        (one.position, one.tracking, one.serial_numbers)
        for one in shipments.of_order(tx.connection, *order.mark)
    }
    fresh: list[Shipment] = []
    for parcel in parcels:
        some = [
            line for line in taken.lines if line.recipe_set_id.casefold() == parcel.recipe_set_id.casefold()
        ]
        new = [line for line in some if (line.position, parcel.tracking, parcel.serial_numbers) not in known]
        if not new:
            continue
        fresh += [Shipment(line.position, parcel.tracking, parcel.serial_numbers) for line in new]
        known |= {(line.position, parcel.tracking, parcel.serial_numbers) for line in new}
        told = {"shipmentTracking": parcel.tracking, "serialNumbers": parcel.serial_numbers}
        events.emit(tx, event(kinds.LINE_SHIPPED, order, new, by=caller.actor, **told))
    tx.record(
        "order.shipment",
        caller.actor,
        {"lines": list(named), "new": len(fresh)},
        client_id=order.client_id,
        order_id=order.id,
    )
    if not fresh:
        return
    shipments.add(tx, order.mark, fresh, caller.actor)
    first = {one.position for one in fresh} & {
        line.position for line in order.lines if line.shipped_at is None
    }
    lines.put_shipped(tx, order.mark, sorted(first))
    lines.note(
        tx,
        order.mark,
        [
            Move(
                one.position,
                KIND,
                "",
                ", ".join(one.tracking) or "shipped",
                "" if one.position in first else "again",
            )
            for one in fresh
        ],
        caller.actor,
    )
    open_ones = [line for line in order.lines if line.shipped_at is None and not line.cancelled]
    if open_ones and all(line.position in first for line in open_ones):
        events.emit(tx, msgspec.structs.replace(event(kinds.SHIPPED, order, order.lines), positions=()))
