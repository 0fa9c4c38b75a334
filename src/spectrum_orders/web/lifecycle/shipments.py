"""``POST /api/order/ship-notification``: a factory says what it has shipped."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from spectrum_orders.capture import Intake
from spectrum_orders.domain.moves import read_notification
from spectrum_orders.errors import Conflict, Problem, SpectrumError
from spectrum_orders.lifecycle.shipping import ship
from spectrum_orders.web import documents
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lifecycle import running, vendor

CODE = "shipped-although-cancelled"
MESSAGE = (
    "The line was cancelled. The shipment is noted, and its shop is told: call the parcel back if you can."
)


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
            astray = await running.run(self._intake, lambda tx: ship(tx, caller, po, client, parcels))
        except SpectrumError as error:
            await vendor.respond_error(exchange, error, number, Conflict.status)
            return
        named = [parcel.recipe_set_id for parcel in parcels]
        warnings = (*findings.warnings, *_warnings(named, astray))
        await vendor.respond_ok(exchange, po, "Updated tracking number", named, warnings)


def _warnings(named: Sequence[str], astray: Collection[str]) -> Iterator[Problem]:
    meant = {name.casefold() for name in astray}
    for place, name in enumerate(named):
        if name.casefold() in meant:
            meant.remove(name.casefold())
            yield Problem(f"/lineItems/{place}/recipeSetReadableId", CODE, MESSAGE)
