"""``GET /api/order/order-number/{purchaseOrderNumber}/history``: who moved an order's lines, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.domain.instants import iso
from spectrum_orders.lifecycle import history
from spectrum_orders.lifecycle.history import Step
from spectrum_orders.store import progress
from spectrum_orders.store.seats import Found, Seat


def tell(connection: Connection, seat: Seat, found: Found) -> list[dict[str, Any]]:
    """The history of each line that the seat sees."""
    mark = (found.client_id, found.order_id)
    told = history.of_order(connection, seat, progress.find(connection, [mark])[mark])
    return [represent(line.number, line.recipe_set_id, steps) for line, steps in told]


def represent(number: int, recipe_set_id: str, steps: Sequence[Step]) -> dict[str, Any]:
    """One line."""
    return {"id": number, "recipeSetReadableId": recipe_set_id, "history": [_step(one) for one in steps]}


def _step(one: Step) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "at": iso(one.at),
        "what": one.what,
        "from": one.before,
        "to": one.after,
        "by": None if one.by is None else {"role": one.by.role, "handle": one.by.handle},
    }
    more = (("reason", one.reason), ("note", one.note))
    shown |= {name: text for name, text in more if text}
    if one.package_id is not None:
        shown["packageId"] = ids.readable("pkg", one.package_id)
    return shown
