"""The fast road: a clean order, decoded into typed values in one pass.

It takes only what needs no word of comment. Everything else, a problem as well as a warning, is
left to the plain road, which can say what it found; so nothing is reported here.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from spectrum_orders.domain import repeats
from spectrum_orders.domain.fields import (
    ADDRESSES,
    LINE,
    MOST_LINES,
    MOST_PAIRS,
    ORDER,
    ORDER_DATE,
    PURCHASE_ORDER_NUMBER,
    QUANTITY,
    RECIPE_SET_ID,
    SKU,
    Field,
)
from spectrum_orders.domain.order import Form, LineContent, Order, OrderContent, SkuQuantity
from spectrum_orders.domain.reading import Reading
from spectrum_orders.domain.verdict import Accepted


class _Pair(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    sku: str
    quantity: int | str


class _Line(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, rename="camel", gc=False):
    recipe_set_id: str | None = None
    sku_quantities: list[_Pair] | None = None
    recipe_set_readable_id: str | None = None
    sku: str | list[str] | None = None
    quantity: int | str | None = None
    estimated_delivery_date: str | None = None
    proof_status: str | int | None = None
    shipment_tracking: str | list[str] | None = None
    shipment_vendor: str | None = None
    gift_message: str | None = None


class _Order(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, rename="camel", gc=False):
    purchase_order_number: str
    order_date: str
    line_items: list[_Line]
    account_number: str | None = None
    estimated_delivery_date: str | None = None
    order_reference: str | None = None
    organization_id: str | None = None
    priority: str | int | None = None
    proof_status: str | int | None = None
    serial_number: str | None = None
    customer_service_contact: str | dict[str, str | None] | None = None
    email_address: str | None = None
    phone_number: str | None = None
    customer_address: dict[str, str | None] | None = None
    shipping_address: dict[str, str | None] | None = None


_decode = msgspec.json.Decoder(_Order).decode
_order_extras = attrgetter(*(field.attribute for field in ORDER))
_line_extras = attrgetter(*(field.attribute for field in LINE))
_NO_ORDER_EXTRAS = (None,) * len(ORDER)
_NO_LINE_EXTRAS = (None,) * len(LINE)
_ADDRESSES = tuple(f"/{name}" for name in ADDRESSES)


def read(body: bytes, form: Form, zone: ZoneInfo) -> Accepted | None:
    """The order, if there is nothing to say about it; else ``None``. Raises nothing."""
    try:
        sent = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not 0 < len(sent.line_items) <= MOST_LINES or repeats.may_repeat(body, sent):
        return None
    reading = Reading(zone)
    number = PURCHASE_ORDER_NUMBER.read(sent.purchase_order_number, "", reading)
    instant = ORDER_DATE.read(sent.order_date, "", reading)
    if number is None or instant is None:
        return None
    personal: dict[str, str] = {}
    lines = []
    for index, line in enumerate(sent.line_items):
        content = _read_line(line, index, reading, personal)
        if content is None:
            return None
        lines.append(content)
    extras = _order_extras(sent)
    if extras == _NO_ORDER_EXTRAS:
        content_of_order = OrderContent(tuple(lines), sent.order_date, number)
    else:
        kept = _keep(extras, ORDER, "", reading, personal)
        content_of_order = OrderContent(tuple(lines), sent.order_date, number, **kept)
    if not reading.clean:
        return None
    if form is Form.FULL and not all(pointer in personal for pointer in _ADDRESSES):
        return None
    return Accepted(Order(form, content_of_order, instant, personal), ())


def _read_line(line: _Line, index: int, reading: Reading, personal: dict[str, str]) -> LineContent | None:
    alias = line.recipe_set_readable_id
    own = alias if line.recipe_set_id is None else line.recipe_set_id
    recipe_set_id = RECIPE_SET_ID.read(own, "", reading)
    pairs = _read_pairs(line, reading)
    if recipe_set_id is None or pairs is None:
        return None
    if alias is not None and alias.strip().lower() != recipe_set_id.lower():
        return None
    extras = _line_extras(line)
    if extras == _NO_LINE_EXTRAS:
        return LineContent(recipe_set_id, pairs)
    kept = _keep(extras, LINE, f"/lineItems/{index}", reading, personal)
    return LineContent(recipe_set_id, pairs, **kept)


def _read_pairs(line: _Line, reading: Reading) -> tuple[SkuQuantity, ...] | None:
    sent = line.sku_quantities
    if sent is None:
        return _read_own_pair(line, reading)
    pairs = []
    for pair in sent:
        sku = SKU.read(pair.sku, "", reading)
        quantity = QUANTITY.read(pair.quantity, "", reading)
        if sku is None or quantity is None:
            return None
        pairs.append(SkuQuantity(quantity, sku))
    if not 0 < len(pairs) <= MOST_PAIRS:
        return None
    if (line.sku is not None or line.quantity is not None) and _read_own_pair(line, reading) != tuple(pairs):
        return None
    return tuple(pairs)


def _read_own_pair(line: _Line, reading: Reading) -> tuple[SkuQuantity, ...] | None:
    own = line.sku
    if isinstance(own, list):
        if len(own) != 1:
            return None
        own = own[0]
    sku = SKU.read(own, "", reading)
    quantity = QUANTITY.read(line.quantity, "", reading)
    return None if sku is None or quantity is None else (SkuQuantity(quantity, sku),)


def _keep(
    values: tuple[object, ...],
    fields: tuple[Field, ...],
    at: str,
    reading: Reading,
    personal: dict[str, str],
) -> dict[str, Any]:
    extras = {}
    for value, field in zip(values, fields, strict=True):
        if value is None or value == "":
            continue
        kept = field.check.read(value, "", reading)
        if kept is None:
            continue
        if field.personal:
            personal[f"{at}/{field.name}"] = kept
        else:
            extras[field.attribute] = kept
    return extras
