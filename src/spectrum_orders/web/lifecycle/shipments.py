"""``POST /api/order/ship-notification``: a factory says what it has shipped."""

from __future__ import annotations

from spectrum_orders.capture import Intake
from spectrum_orders.domain.moves import read_notification
from spectrum_orders.errors import Conflict, SpectrumError
from spectrum_orders.lifecycle.shipping import ship
from spectrum_orders.web import documents
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lifecycle import running, vendor


class Shipments:
    """The endpoint of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def __call__(self, exchange: Exchange, principal: Principal) -> None:
        """Answer one request."""
        number: str | None = None
        try:
            request, findings = read_notification(await documents.read(exchange))
            number = findings.number
            if request is None:
                raise vendor.unreadable(findings)
            caller, client, parcels = running.caller(principal), exchange.text(b"client"), request.parcels
            po = request.purchase_order_number
            await running.run(self._intake, lambda tx: ship(tx, caller, po, client, parcels))
        except SpectrumError as error:
            await vendor.respond_error(exchange, error, number, Conflict.status)
            return
        named = [parcel.recipe_set_id for parcel in parcels]
        await vendor.respond_ok(exchange, po, "Updated tracking number", named, findings.warnings)
