"""An order as this house holds it: frozen values, already checked.

An order has two halves that never mix: its ``content``, which may be stored, compared and
shown, and its ``personal`` values, which exist outside a seal only in memory.
"""

from __future__ import annotations

import enum

import msgspec


class Form(enum.Enum):
    """Which route an order came by, which decides what it must hold."""

    ACKNOWLEDGEMENT = "acknowledgement"
    FULL = "full"


class SkuQuantity(msgspec.Struct, frozen=True):
    """Members in the order of the canonical form (see docs/receipts.md)."""

    quantity: int
    sku: str


class LineContent(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The part of a line item that is not personal, members in canonical (sorted) order."""

    recipe_set_id: str
    sku_quantities: tuple[SkuQuantity, ...]
    estimated_delivery_date: str | None = None
    proof_status: str | None = None
    shipment_tracking: tuple[str, ...] | None = None
    shipment_vendor: str | None = None


class OrderContent(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """The part of an order that is not personal: what was agreed.

    Texts are as they were sent, but recipe set ids and SKUs without white space around them;
    quantities are numbers; enumerations are the lower-case word. Members that were not sent, or
    sent as null or empty text, are absent.
    """

    line_items: tuple[LineContent, ...]
    order_date: str
    purchase_order_number: str
    account_number: str | None = None
    estimated_delivery_date: str | None = None
    order_reference: str | None = None
    organization_id: str | None = None
    priority: str | None = None
    proof_status: str | None = None
    serial_number: str | None = None


class Order(msgspec.Struct, frozen=True):
    """One order, ready to be captured.

    ``personal`` maps the JSON Pointer of each personal member that was sent
    (``/emailAddress``, ``/shippingAddress``, ``/lineItems/0/giftMessage``) to its text; an
    address's text is its canonical JSON (sorted members, compact). ``order_instant`` is the
    order date in microseconds since the Unix epoch, UTC. ``repr`` never shows a person.
    """

    form: Form
    content: OrderContent
    order_instant: int
    personal: dict[str, str]

    def __repr__(self) -> str:
        return f"Order({self.content.purchase_order_number!r}, personal={sorted(self.personal)})"


_encoder = msgspec.json.Encoder(order="sorted")


def canonical(content: OrderContent) -> bytes:
    """The canonical bytes of an order's content: UTF-8 JSON, sorted members, no spaces."""
    return _encoder.encode(content)


_URGENCY = {"higher": 0, "normal": 1, "lower": 2}


def urgency(priority: str | None) -> int:
    """An order's priority as the queue sorts it: the lowest first."""
    return _URGENCY.get(priority or "normal", 1)
