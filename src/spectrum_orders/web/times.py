"""``GET /api/order/order-number/{purchaseOrderNumber}/times``: how long an order's lines have been where."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.times import Times
from spectrum_orders.store import seats, times
from spectrum_orders.store.seats import Found, Seat
from spectrum_orders.store.transaction import now_us


def tell(connection: Connection, seat: Seat, found: Found) -> list[dict[str, Any]]:
    """The times of each line that the seat sees."""
    own = seats.positions(connection, seat, found.client_id, found.order_id)
    lines = times.of_order(connection, found.client_id, found.order_id, own, now_us())
    return [represent(line.number, line.recipe_set_id, spent) for line, spent in lines]


def represent(number: int, recipe_set_id: str, spent: Times) -> dict[str, Any]:
    """One line."""
    return {
        "id": number,
        "recipeSetReadableId": recipe_set_id,
        "stages": [
            {"stage": one.name, "at": iso(one.at), "seconds": _seconds(one.lasted), "current": one.current}
            for one in spent.stages
        ],
        "workflowStatuses": [
            {"workflowStatus": one.name, "seconds": _seconds(one.lasted), "current": one.current}
            for one in spent.statuses
        ],
    }


def _seconds(lasted: int | None) -> float | None:
    return None if lasted is None else lasted / 1_000_000
