"""Schemas of what is sent, made from the tables by which it is read."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain import address
from spectrum_orders.domain.checks import (
    Check,
    Contact,
    Date,
    Email,
    Instant,
    RecipeSetId,
    Text,
    Texts,
    Whole,
    Word,
)
from spectrum_orders.domain.fields import (
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
from spectrum_orders.domain.personal import ADDRESS_FIELDS

Schema = dict[str, Any]

DATE_PATTERN = (
    r"^(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?"
    r"([Zz]|[+-]((0[0-9]|1[0-3])(:?[0-5][0-9])?|14(:?00)?))?)?$"
)
"""The shape that ``domain.instants`` reads, in the regular expressions of JSON Schema."""

NO_CONTROL = r"^[^\u0000-\u001f\u007f-\u009f]*$"
NO_CONTROL_BUT_LINES = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"

DESCRIPTIONS: dict[str, str] = {
    "purchaseOrderNumber": "The client's own number for the order. One number is acknowledged once, for "
    "ever.",
    "orderDate": "When the order was placed. Kept as it was sent, and as an instant in UTC.",
    "lineItems": "What is ordered, at least one line.",
    "recipeSetId": "The recipe set of the line, usually 8 upper-case letters and digits. Compared without "
    "case.",
    "recipeSetReadableId": "The same as `recipeSetId`, under its other name; read where that is missing.",
    "skuQuantities": "The SKUs of the line and how many of each. When it is there, it alone counts.",
    "sku": "What is made.",
    "quantity": "How many: a whole number, or one in digits. Always answered as a number.",
    "accountNumber": "The account at the client that the order belongs to.",
    "estimatedDeliveryDate": "When delivery is expected.",
    "orderReference": "Another name of the order, such as the web shop's.",
    "organizationId": "The organisation at the client that the order belongs to.",
    "priority": "How urgent the order is, as a word in any case or as its number.",
    "proofStatus": "Where the proof stands, as a word in any case or as its number.",
    "serialNumber": "A serial number of the order.",
    "customerServiceContact": "Whom to ask about the order: a text, or a flat object of texts.",
    "emailAddress": "The customer's e-mail address.",
    "phoneNumber": "The customer's telephone number.",
    "customerAddress": "Who bought.",
    "shippingAddress": "Where the parcel goes.",
    "shipmentTracking": "Tracking numbers, one or a list.",
    "shipmentVendor": "Who carries the parcel.",
    "giftMessage": "A text to be printed; it may have several lines.",
    "state": "State or province. Required where parcels are sorted by it: "
    + ", ".join(address.COUNTRIES_WITH_STATES)
    + ".",
    "province": "Read where `state` is missing.",
    "country": "An ISO 3166 code or a name.",
}
"""Member of the wire -> what it is."""

EXAMPLES: dict[str, Any] = {
    "purchaseOrderNumber": "42015953",
    "orderDate": "2022-01-31T13:15:05.2151663-05:00",
    "recipeSetId": "ABCD1234",
    "recipeSetReadableId": "ABCD1234",
    "sku": "SHOE-9",
    "quantity": 2,
    "estimatedDeliveryDate": "2022-02-05",
}


def of_check(check: Check) -> Schema:
    """The schema of what a check takes without a word."""
    if isinstance(check, Text):
        pattern = NO_CONTROL_BUT_LINES if check.lines else NO_CONTROL
        return {"type": "string", "maxLength": check.most, "pattern": pattern}
    if isinstance(check, RecipeSetId | Email):
        return of_check(check.text)
    if isinstance(check, Instant | Date):
        return {"type": "string", "pattern": DATE_PATTERN}
    if isinstance(check, Whole):
        digits = {"type": "string", "pattern": "^0{0,9}([1-9][0-9]{0,5}|1000000)$"}
        return {"anyOf": [{"type": "integer", "minimum": check.least, "maximum": check.most}, digits]}
    if isinstance(check, Word):
        return {"enum": [*check.words, *check.words.values()]}
    if isinstance(check, Texts):
        one = of_check(check.text)
        return {"anyOf": [one, {"type": "array", "items": one, "maxItems": check.most}]}
    if isinstance(check, Contact):
        one = of_check(check.text)
        return {"anyOf": [one, {"type": "object", "additionalProperties": {"type": ["string", "null"]}}]}
    if isinstance(check, address.Address):
        return {"$ref": "#/components/schemas/Address"}
    raise TypeError(f"{type(check).__name__} has no schema")


def _member(name: str, check: Check, *, personal: bool = False) -> Schema:
    schema = of_check(check)
    if "description" not in schema and name in DESCRIPTIONS:
        schema["description"] = DESCRIPTIONS[name]
    if name in EXAMPLES:
        schema["examples"] = [EXAMPLES[name]]
    if personal:
        schema["x-personal"] = True
    return schema


def _optional(field: Field) -> Schema:
    """Null is as good as absent."""
    schema = _member(field.name, field.check, personal=field.personal)
    if "enum" in schema:
        schema["enum"].append(None)
    elif "type" in schema:
        schema["type"] = [schema["type"], "null"]
    elif "anyOf" in schema:
        schema["anyOf"].append({"type": "null"})
    else:
        reference = {"$ref": schema.pop("$ref")}
        schema["anyOf"] = [reference, {"type": "null"}]
    return schema


def _required(name: str, check: Check) -> Schema:
    schema = _member(name, check)
    if "maxLength" in schema:
        schema["minLength"] = 1
    return schema


def _address() -> Schema:
    properties: dict[str, Schema] = {}
    for name in ADDRESS_FIELDS:
        check = Email() if name == "email" else Text()
        properties[name] = _optional(Field(name, name, check, personal=True))
        if name == "state":
            properties["province"] = _optional(Field("province", name, check, personal=True))
    return {
        "type": "object",
        "description": "A postal address. Every member is personal: sealed before it is stored.",
        "properties": properties,
        "required": [name for name in address.REQUIRED if name != "state"],
    }


def schemas() -> dict[str, Schema]:
    """The components of every request."""
    pair = {
        "type": "object",
        "description": "How many of one SKU.",
        "properties": {"sku": _required("sku", SKU), "quantity": _required("quantity", QUANTITY)},
        "required": ["sku", "quantity"],
    }
    own_sku = _member("sku", Texts())
    own_sku["description"] = "The oldest form: one SKU on the line itself, with `quantity`."
    line = {
        "type": "object",
        "description": (
            "One line. It names its recipe set as `recipeSetId` or as `recipeSetReadableId`, and what is "
            "wanted of it in `skuQuantities`, or in the oldest form as one `sku` and `quantity`."
        ),
        "properties": {
            "recipeSetId": _required("recipeSetId", RECIPE_SET_ID),
            "skuQuantities": {
                "type": "array",
                "description": DESCRIPTIONS["skuQuantities"],
                "items": {"$ref": "#/components/schemas/SkuQuantity"},
                "minItems": 1,
                "maxItems": MOST_PAIRS,
            },
            **{field.name: _optional(field) for field in LINE},
            "recipeSetReadableId": _required("recipeSetReadableId", RECIPE_SET_ID),
            "sku": own_sku,
            "quantity": _member("quantity", QUANTITY),
        },
        "allOf": [
            {"anyOf": [{"required": ["recipeSetId"]}, {"required": ["recipeSetReadableId"]}]},
            {"anyOf": [{"required": ["skuQuantities"]}, {"required": ["sku", "quantity"]}]},
        ],
        "x-required": ["recipeSetId", "skuQuantities"],
    }
    order = {
        "type": "object",
        "description": "One order. Members that are not listed are never an error: the answer names them "
        "in `warnings`.",
        "properties": {
            "purchaseOrderNumber": _required("purchaseOrderNumber", PURCHASE_ORDER_NUMBER),
            "orderDate": _required("orderDate", ORDER_DATE),
            "lineItems": {
                "type": "array",
                "description": DESCRIPTIONS["lineItems"],
                "items": {"$ref": "#/components/schemas/LineItem"},
                "minItems": 1,
                "maxItems": MOST_LINES,
            },
            **{field.name: _optional(field) for field in ORDER},
        },
        "required": ["purchaseOrderNumber", "orderDate", "lineItems"],
    }
    full = {
        "description": "An order with both its addresses.",
        "allOf": [
            {"$ref": "#/components/schemas/Order"},
            {
                "properties": {
                    name: {"$ref": "#/components/schemas/Address"}
                    for name in ("customerAddress", "shippingAddress")
                },
                "required": ["customerAddress", "shippingAddress"],
            },
        ],
    }
    return {
        "Order": order,
        "FullOrder": full,
        "LineItem": line,
        "SkuQuantity": pair,
        "Address": _address(),
        "ManyOrders": _many("Order", "Many orders in one request: an array, or an object with `orders`."),
        "ManyFullOrders": _many("FullOrder", "Many full orders in one request."),
    }


def _many(one: str, description: str) -> Schema:
    orders = {"type": "array", "items": {"$ref": f"#/components/schemas/{one}"}}
    wrapped = {"type": "object", "properties": {"orders": orders}, "required": ["orders"]}
    return {"description": description, "anyOf": [orders, wrapped]}
