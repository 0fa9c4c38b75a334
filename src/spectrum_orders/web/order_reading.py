"""``GET /api/order/order-number/{purchaseOrderNumber}``: an order as its shop reads it back."""

from __future__ import annotations

from typing import Any

import msgspec

from spectrum_orders.capture import Intake
from spectrum_orders.domain import routing as rules
from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.order import OrderContent
from spectrum_orders.domain.routing import Decision
from spectrum_orders.ids import readable
from spectrum_orders.store import orders, progress, routing
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.progress import Progress
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.web import answers, lines
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(OrderContent).decode


class Standing(msgspec.Struct, frozen=True):
    """An order with how far it has come; ``decided`` by position."""

    order: StoredOrder
    progress: Progress
    decided: dict[int, Decision]


class OrderReading:
    """The endpoint of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def __call__(self, exchange: Exchange, principal: Principal) -> None:
        """Answer one request. Opening the people in it is in the journal before it is answered."""
        standing = await look(lambda: self._find(principal.client_id, exchange.parameter))
        if standing is None:
            raise answers.missing_order()
        order = standing.order
        personal: dict[str, str] = {}
        if order.key is not None:
            await self._intake.run(lambda tx: _record_opening(tx, order, principal))
            personal = self._open(order)
        await exchange.respond(200, _encode(represent(standing, personal, principal.client_handle)))

    def _find(self, client_id: int, number: str) -> Standing | None:
        with self._intake.runtime.database.read() as connection:
            order = orders.find_order(connection, client_id, number)
            if order is None:
                return None
            decided = {
                one.position: rules.decode(one.reason)
                for one in routing.of_order(connection, client_id, order.id)
            }
            return Standing(order, progress.of_order(connection, order), decided)

    def _open(self, order: StoredOrder) -> dict[str, str]:
        assert order.key is not None
        key = self._intake.runtime.keys.open_order_key(
            order.client_id, order.id, order.key.wrapped, order.key.version
        )
        return {field.field: key.open(field.field, field.sealed) for field in order.people}


def _record_opening(tx: Transaction, order: StoredOrder, principal: Principal) -> None:
    tx.record(
        "person.opened",
        principal.actor,
        {"fields": [field.field for field in order.people], "why": "read by its client"},
        client_id=order.client_id,
        order_id=order.id,
    )


def represent(standing: Standing, personal: dict[str, str], client_handle: str) -> dict[str, Any]:
    """The order as one JSON object: everything that was sent, and where each line stands.

    ``userId`` falls back to the account number and then to the purchase order number, because
    a client names folders after it.
    """
    order = standing.order
    content = _decode(order.content)
    body: dict[str, Any] = {
        "clientHandle": client_handle,
        "purchaseOrderNumber": content.purchase_order_number,
        "userId": content.account_number or content.purchase_order_number,
        "orderDate": content.order_date,
        "acknowledgedAt": iso(order.acknowledged_at),
        "lastModification": iso(order.modified_at),
        "receiptId": readable("rcp", order.id),
    }
    if order.addressed_by is not None and order.addressed_by != order.id:
        body["completionReceiptId"] = readable("rcp", order.addressed_by)
    for name in (
        "accountNumber",
        "organizationId",
        "orderReference",
        "serialNumber",
        "priority",
        "proofStatus",
    ):
        _put(body, name, getattr(content, _snake(name)))
    _put(body, "estimatedDeliveryDate", content.estimated_delivery_date)
    for name in ("emailAddress", "phoneNumber"):
        _put(body, name, personal.get(f"/{name}"))
    _put(body, "customerServiceContact", _contact(personal.get("/customerServiceContact")))
    for name in ("customerAddress", "shippingAddress"):
        if f"/{name}" in personal:
            body[name] = msgspec.json.decode(personal[f"/{name}"])
    body["lineItems"] = [
        _line(content, standing, position, personal) for position in range(len(content.line_items))
    ]
    body["progress"] = standing.progress.counts
    if standing.progress.completions:
        body["completions"] = [lines.completion(one) for one in standing.progress.completions]
    return body


def _line(
    content: OrderContent, standing: Standing, position: int, personal: dict[str, str]
) -> dict[str, Any]:
    agreed, state = content.line_items[position], standing.order.lines[position]
    come = standing.progress.lines[position]
    line: dict[str, Any] = {
        "id": state.number,
        "recipeSetId": agreed.recipe_set_id,
        "recipeSetReadableId": agreed.recipe_set_id,
        "skuQuantities": agreed.sku_quantities,
        "workflowStatus": state.workflow_status,
        "routing": lines.routing(standing.decided.get(position)),
        "artwork": lines.artwork(state.recipe_version, come.artwork),
        "delivery": lines.delivery(come),
    }
    _put(line, "giftMessage", personal.get(f"/lineItems/{position}/giftMessage"))
    _put(line, "shipmentVendor", agreed.shipment_vendor)
    tracking = agreed.shipment_tracking
    _put(line, "shipmentTracking", tracking[0] if tracking and len(tracking) == 1 else tracking)
    _put(line, "estimatedDeliveryDate", agreed.estimated_delivery_date)
    _put(line, "proofStatus", agreed.proof_status)
    return line


def _put(body: dict[str, Any], name: str, value: Any) -> None:
    if value is not None:
        body[name] = value


def _contact(text: str | None) -> Any:
    """A contact that was sent as an object is kept as its JSON; a text may look like that by chance."""
    if text is None or not text.startswith("{"):
        return text
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except msgspec.DecodeError:
        return text


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
