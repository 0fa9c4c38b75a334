"""``GET /api/order/order-number/{purchaseOrderNumber}``: an order as its shop or its factory reads it."""

from __future__ import annotations

import msgspec

from spectrum_orders.capture import Intake
from spectrum_orders.store import seats
from spectrum_orders.web import answers
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look
from spectrum_orders.web.orders.representing import represent
from spectrum_orders.web.orders.standing import Reader, Standing, load, open_people, reader_of

_encode = msgspec.json.Encoder().encode


class OrderReading:
    """The endpoint of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def __call__(self, exchange: Exchange, principal: Principal) -> None:
        """Answer one request. Opening the people in it is in the journal before it is answered."""
        number, client = exchange.parameter, exchange.text(b"client")
        reader, standing = await look(lambda: self._find(principal, number, client))
        if standing is None:
            raise answers.missing_order()
        [people] = await open_people(self._intake, reader, [standing])
        await exchange.respond(200, _encode(represent(standing, people, reader)))

    def _find(self, principal: Principal, number: str, client: str | None) -> tuple[Reader, Standing | None]:
        with self._intake.runtime.database.glance() as connection:
            reader = reader_of(connection, principal)
            found = load(connection, reader, seats.sought(reader.seat, number, client))
        return reader, seats.one_of(found)
