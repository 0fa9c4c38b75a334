"""``GET /api/order/order-number/{purchaseOrderNumber}/history``: who moved an order's lines, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from spectrum_orders import ids
from spectrum_orders.domain.instants import iso
from spectrum_orders.lifecycle import history
from spectrum_orders.lifecycle.history import Step
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import orders, seats
from spectrum_orders.web import answers
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

_encode = msgspec.json.Encoder().encode


class OrderHistory:
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
            order = orders.find_order_by_id(connection, found.client_id, found.order_id)
            assert order is not None  # nothing removes orders
            lines = history.of_order(connection, principal.seat, order, found.client_handle)
        return {
            "clientHandle": found.client_handle,
            "purchaseOrderNumber": number,
            "lineItems": [represent(line.number, line.recipe_set_id, steps) for line, steps in lines],
        }


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
