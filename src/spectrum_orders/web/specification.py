"""``GET /{clientHandle}/specification/{recipeSetReadableId}/pdf``: the sheet that hangs at the press."""

from __future__ import annotations

from spectrum_orders.artwork import places
from spectrum_orders.artwork.sheet.spec import OrderStrip
from spectrum_orders.artwork.sheet.stamp import stamp
from spectrum_orders.domain.package import naming
from spectrum_orders.errors import NotFound
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look
from spectrum_orders.web.making import Made, Making, wait_of


class Specification:
    """The endpoint of one process."""

    def __init__(self, making: Making) -> None:
        self._making = making

    async def __call__(self, exchange: Exchange, principal: Principal) -> None:
        """Answer one request: the sheet of the recipe set, with the newest order's facts on it."""
        handle, readable_id = exchange.parameters
        if principal.client_handle not in ("", handle):
            # As for one that does not exist: whose recipe sets there are is nobody else's business.
            raise NotFound("There is no recipe set with this id.")
        made = await self._making.ensure(principal.seat, handle, readable_id, wait_of(exchange))
        await self._making.note_opened(made, principal, "specification sheet fetched")
        sheet = await look(lambda: self._sheet(made))
        name = f"{naming.SHEET}_{naming.portable(made.readable_id, 64)}.pdf"
        await exchange.respond(
            200,
            sheet,
            b"application/pdf",
            ((b"content-disposition", f'inline; filename="{name}"'.encode()),),
        )

    def _sheet(self, made: Made) -> bytes:
        place = places.file_name(made.client_id, made.version, places.SHEET)
        sheet = self._making.runtime.files.whole(place, made.key)
        if made.line is None:
            return sheet
        agreed, order = made.line.agreed, made.line.order
        return stamp(
            sheet,
            OrderStrip(
                purchase_order_number=order.purchase_order_number,
                order_date=order.order_date,
                line=str(made.line.number),
                sku_quantities=agreed.sku_quantities,
                package_id="",
                due=agreed.estimated_delivery_date or "",
            ),
        )
