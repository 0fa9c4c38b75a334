"""An order as one JSON object: everything that was sent, and where each line stands."""

from __future__ import annotations

from typing import Any

import msgspec

from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.order import OrderContent
from spectrum_orders.ids import readable
from spectrum_orders.store import packages
from spectrum_orders.store.progress import Line
from spectrum_orders.web import lines
from spectrum_orders.web.orders.standing import People, Reader, Standing

_decode = msgspec.json.Decoder(OrderContent).decode

_PLAIN = ("accountNumber", "organizationId", "orderReference", "serialNumber", "priority", "proofStatus")


def represent(standing: Standing, people: People, reader: Reader) -> dict[str, Any]:
    """The order as its reader may see it.

    ``userId`` falls back to the account number and then to the purchase order number, because a client names
    folders after it.
    """
    order = standing.order
    content = _decode(order.content)
    body: dict[str, Any] = {
        "clientHandle": standing.client_handle,
        "purchaseOrderNumber": content.purchase_order_number,
        "userId": content.account_number or content.purchase_order_number,
        "orderDate": content.order_date,
        "acknowledgedAt": iso(order.acknowledged_at),
        "lastModification": iso(order.modified_at),
        "source": order.source,
        "receiptId": readable("rcp", order.id),
    }
    _put(body, "erasedAt", None if order.erased_at is None else iso(order.erased_at))
    if order.addressed_by is not None and order.addressed_by != order.id:
        body["completionReceiptId"] = readable("rcp", order.addressed_by)
    for name in _PLAIN:
        _put(body, name, getattr(content, _snake(name)))
    _put(body, "estimatedDeliveryDate", content.estimated_delivery_date)
    for name in ("emailAddress", "phoneNumber", "customerAddress", "shippingAddress"):
        _put(body, name, people.get(name))
    _put(body, "customerServiceContact", _contact(people.get("customerServiceContact")))
    gifts = people.get("giftMessage", {})
    body["lineItems"] = [
        _line(content, standing.progress.lines[position], reader, gifts.get(position))
        for position in standing.positions
    ]
    body["progress"] = _counts(standing)
    seen = [one for one in standing.progress.packages if reader.seat.partner_id in (None, one.partner_id)]
    if completions := [one for one in seen if one.kind == packages.COMPLETION]:
        body["completions"] = [lines.completion(one) for one in completions]
    if followers := [one for one in seen if one.kind in (packages.REPRINT, packages.CANCELLATION)]:
        body["followUps"] = [lines.follow_up(one) for one in followers]
    return body


def _counts(standing: Standing) -> dict[str, int]:
    own = tuple(standing.progress.lines[position] for position in standing.positions)
    return msgspec.structs.replace(standing.progress, lines=own).counts


def _line(content: OrderContent, come: Line, reader: Reader, gift: str | None) -> dict[str, Any]:
    state = come.line
    agreed = content.line_items[state.position]
    line: dict[str, Any] = {
        "id": state.number,
        "recipeSetId": agreed.recipe_set_id,
        "recipeSetReadableId": agreed.recipe_set_id,
        "skuQuantities": agreed.sku_quantities,
        "workflowStatus": state.workflow_status,
        # Whom else the rules name is between the operator and the shop.
        "routing": (
            lines.own_routing(reader.partner_handle) if reader.is_partner else lines.routing(come.decision)
        ),
        # Whose token asked for newer artwork, and what was printed before, is between the shop and us.
        "artwork": lines.artwork(
            state.recipe_version, come.artwork, None if reader.is_partner else come.renewed
        ),
        "delivery": lines.delivery(come),
    }
    _put(line, "giftMessage", gift)
    _put(line, "shipmentVendor", agreed.shipment_vendor)
    tracking = lines.tracking(come, agreed.shipment_tracking)
    _put(line, "shipmentTracking", tracking[0] if tracking and len(tracking) == 1 else tracking or None)
    if come.shipments:
        line["shipments"] = [lines.shipment(one) for one in come.shipments]
    if state.held_at is not None:
        line["onHoldSince"] = iso(state.held_at)
    if state.shipped_at is not None:
        line["shippedAt"] = iso(state.shipped_at)
    _put(line, "estimatedDeliveryDate", agreed.estimated_delivery_date)
    _put(line, "proofStatus", agreed.proof_status)
    _put(line, "shipBy", lines.ship_by(state))
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
