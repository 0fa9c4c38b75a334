"""``PUT`` and ``POST /api/order/status``: a factory says how far it is."""

from __future__ import annotations

from spectrum_orders.capture import Intake
from spectrum_orders.domain.moves import read_statuses
from spectrum_orders.errors import SpectrumError
from spectrum_orders.lifecycle.statuses import set_statuses
from spectrum_orders.web import documents
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lifecycle import running, vendor


class Statuses:
    """The endpoint of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._unknown_line = intake.runtime.settings.unknown_line_status

    async def __call__(self, exchange: Exchange, principal: Principal) -> None:
        """Answer one request."""
        number: str | None = None
        try:
            request, findings = read_statuses(await documents.read(exchange))
            number = findings.number
            if request is None:
                raise vendor.unreadable(findings)
            caller, client, wishes = running.caller(principal), exchange.text(b"client"), request.wishes
            po = request.purchase_order_number
            await running.run(self._intake, lambda tx: set_statuses(tx, caller, po, client, wishes))
        except SpectrumError as error:
            await vendor.respond_error(exchange, error, number, self._unknown_line)
            return
        named = [wish.recipe_set_id for wish in wishes]
        await vendor.respond_ok(exchange, po, "Updated workflow status", named, findings.warnings)
