"""``GET /api/order/order-number/{purchaseOrderNumber}/times``: how long an order's lines have been where."""

from __future__ import annotations

from typing import Any

import msgspec

from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.times import Times
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import seats, times
from spectrum_orders.store.transaction import now_us
from spectrum_orders.web import answers
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

_encode = msgspec.json.Encoder().encode


class OrderTimes:
    """The endpoint of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def __call__(self, exchange: Exchange, principal: Principal) -> None:
        """Answer one request."""
        client = exchange.text(b"client")
        body = await look(lambda: self._find(principal, exchange.parameter, client))
        if body is None:
            raise answers.missing_order()
        await exchange.respond(200, _encode(body))

    def _find(self, principal: Principal, number: str, client: str | None) -> dict[str, Any] | None:
        with self._runtime.database.read() as connection:
            found = seats.find(connection, principal.seat, number, client)
            if found is None:
                return None
            own = seats.positions(connection, principal.seat, found.client_id, found.order_id)
            lines = times.of_order(connection, found.client_id, found.order_id, own, now_us())
        return {
            "clientHandle": found.client_handle,
            "purchaseOrderNumber": number,
            "lineItems": [represent(line.number, line.recipe_set_id, spent) for line, spent in lines],
        }


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
