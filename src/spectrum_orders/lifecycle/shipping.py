"""Ship notifications: what left the factory, and under which tracking numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from spectrum_orders.domain import events as kinds
from spectrum_orders.domain.moves import Parcel
from spectrum_orders.lifecycle.orders import Caller, Taken, Which, event, take
from spectrum_orders.store import events, lines, shipments
from spectrum_orders.store.lines import LineState, Move
from spectrum_orders.store.shipments import Shipment
from spectrum_orders.store.transaction import Transaction

KIND = "shipped"


def ship(
    tx: Transaction, caller: Caller, purchase_order_number: str, client: str | None, parcels: Sequence[Parcel]
) -> tuple[str, ...]:
    """Note shipments, all or none; what was said before, word for word, changes nothing.

    Several parcels of one line stand side by side. With its last line that is not cancelled the order is
    shipped. The recipe sets of lines that were cancelled and are shipped all the same are returned: that is
    true, so it is noted, and somebody has to settle it. Raises NotFound, UnknownLines and Ambiguous.
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
    astray = _astray(taken, {one.position for one in fresh})
    stray_sets = tuple(dict.fromkeys(line.recipe_set_id for line in astray))
    if not fresh:
        return stray_sets
    lines.put_astray(tx, order.mark, [line.position for line in astray if line.astray_at is None], tx.now)
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
    return stray_sets


def _astray(taken: Taken, shipped: Collection[int]) -> list[LineState]:
    """The cancelled lines that are said to be shipped, now or before this was settled.

    A notification names recipe sets: where another line with the same one is to be made, that one is meant.
    """
    alive = {line.recipe_set_id.casefold() for line in taken.lines if not line.cancelled}
    return [
        line
        for line in taken.lines
        if line.cancelled
        and line.recipe_set_id.casefold() not in alive
        and (line.position in shipped or line.astray_at is not None)
    ]
