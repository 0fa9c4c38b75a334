"""What there is to tell of each line of an order: ``GET /api/order/order-number/{purchaseOrderNumber}/…``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.runtime import Runtime
from spectrum_orders.store import seats
from spectrum_orders.store.seats import Found, Seat
from spectrum_orders.web import answers
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

_encode = msgspec.json.Encoder().encode

Telling = Callable[[Connection, Seat, Found], list[dict[str, Any]]]
"""Gives the lines of an order that a seat sees, as they are answered."""


class OrderLines:
    """The endpoint of one process that tells one thing of lines."""

    def __init__(self, runtime: Runtime, tell: Telling) -> None:
        self._runtime = runtime
        self._tell = tell

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
            lines = self._tell(connection, principal.seat, found)
        return {"clientHandle": found.client_handle, "purchaseOrderNumber": number, "lineItems": lines}
