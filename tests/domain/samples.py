"""Orders to read: the documented ones, and strategies that draw others."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from spectrum_orders.domain.order import Form
from spectrum_orders.domain.payloads import Accepted, Rejected, read_order

UTC = ZoneInfo("UTC")
NEW_YORK = ZoneInfo("America/New_York")

ADDRESS = {
    "firstName": "Ana",
    "lastName": "Lee",
    "address1": "1 Main Street",
    "city": "Austin",
    "state": "TX",
    "postalCode": "78701",
    "country": "US",
}

LINE = {"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "SHOE-9", "quantity": 2}]}

ORDER: dict[str, Any] = {
    "purchaseOrderNumber": "42015953",
    "orderDate": "2022-01-31T13:15:05.2151663-05:00",
    "lineItems": [LINE],
}

FULL: dict[str, Any] = {
    **ORDER,
    "accountNumber": "A-17",
    "customerServiceContact": {"name": "Desk", "phone": "+1 555 0100"},
    "emailAddress": "ana@shop.example",
    "estimatedDeliveryDate": "2022-02-05",
    "orderReference": "web 77",
    "organizationId": "org-1",
    "phoneNumber": "+1 555 0101",
    "priority": "Higher",
    "proofStatus": 1,
    "serialNumber": "SN-1",
    "customerAddress": {
        **ADDRESS,
        "company": "Lee Ltd",
        "address2": "Door 4",
        "phone": "1",
        "email": "a@b.example",
    },
    "shippingAddress": ADDRESS,
    "lineItems": [
        {
            **LINE,
            "recipeSetReadableId": "abcd1234",
            "sku": ["SHOE-9"],
            "quantity": "2",
            "giftMessage": "Dear Ana,\nhappy birthday 🎂",
            "shipmentVendor": "UPS",
            "shipmentTracking": ["1Z1", "1Z2"],
            "estimatedDeliveryDate": "2022-02-05T10:00:00Z",
            "proofStatus": "fulfilled",
        },
        {"recipeSetId": "EFGH5678", "sku": "HAT", "quantity": 1},
    ],
}


def read(value: Any, form: Form = Form.ACKNOWLEDGEMENT, zone: ZoneInfo = UTC) -> Accepted | Rejected:
    return read_order(json.dumps(value).encode(), form, zone)


def accepted(value: Any, form: Form = Form.ACKNOWLEDGEMENT, zone: ZoneInfo = UTC) -> Accepted:
    found = read(value, form, zone)
    assert isinstance(found, Accepted), found
    return found


def rejected(value: Any, form: Form = Form.ACKNOWLEDGEMENT, zone: ZoneInfo = UTC) -> Rejected:
    found = read(value, form, zone)
    assert isinstance(found, Rejected), found
    return found


def problems(value: Any, form: Form = Form.ACKNOWLEDGEMENT) -> list[tuple[str, str]]:
    return [(problem.pointer, problem.code) for problem in rejected(value, form).problems]


def warnings(value: Any, form: Form = Form.ACKNOWLEDGEMENT) -> list[tuple[str, str]]:
    return [(warning.pointer, warning.code) for warning in accepted(value, form).warnings]


def order(**members: Any) -> dict[str, Any]:
    """The documented order with other members; ``...`` takes a member away."""
    return {name: value for name, value in {**ORDER, **members}.items() if value is not ...}


def line(**members: Any) -> dict[str, Any]:
    """The documented order, its one line with other members; ``...`` takes a member away."""
    return order(lineItems=[{name: value for name, value in {**LINE, **members}.items() if value is not ...}])


def put(value: Any, path: tuple[str | int, ...], entry: Any) -> Any:
    """A copy with ``entry`` at ``path``."""
    changed = json.loads(json.dumps(value))
    target = changed
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = entry
    return changed


# What a shop may send, clean as a whole and with every member left out at times.
_names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
_messages = st.text(st.sampled_from('abc é😀\n\t"\\/'), max_size=20)
_quantities = st.integers(1, 1_000_000) | st.integers(1, 1_000_000).map(str)
_dates = st.sampled_from(
    ("2022-01-31T13:15:05.2151663-05:00", "2026-03-30", "2024-02-29T23:59:59Z", "2022-01-31T13:15+0530")
)
_recipe_sets = st.text(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"), min_size=8, max_size=8)
_pairs = st.lists(st.fixed_dictionaries({"sku": _names, "quantity": _quantities}), min_size=1, max_size=3)
_line_extras = {
    "giftMessage": _messages,
    "shipmentVendor": _names,
    "shipmentTracking": _names | st.lists(_names, max_size=3),
    "estimatedDeliveryDate": _dates,
    "proofStatus": st.sampled_from(("Requested", "fulfilled", 1, 2, "2")),
}
_lines = st.fixed_dictionaries(
    {"recipeSetId": _recipe_sets, "skuQuantities": _pairs}, optional=_line_extras
) | st.fixed_dictionaries(
    {"recipeSetReadableId": _recipe_sets, "sku": _names | st.tuples(_names), "quantity": _quantities},
    optional=_line_extras,
)
_addresses = st.fixed_dictionaries(
    dict.fromkeys(("firstName", "lastName", "address1", "city", "state", "postalCode"), _names)
    | {"country": st.sampled_from(("US", "Germany", "jp"))},
    optional={
        "address2": _names | st.none(),
        "company": _names,
        "phone": _names,
        "email": st.just("a@b.example"),
    },
)
clean_orders = st.fixed_dictionaries(
    {
        "purchaseOrderNumber": _names,
        "orderDate": _dates,
        "lineItems": st.lists(_lines, min_size=1, max_size=3),
    },
    optional={
        "accountNumber": _names | st.none(),
        "estimatedDeliveryDate": _dates,
        "orderReference": _names,
        "organizationId": _names,
        "priority": st.sampled_from(("lower", "NORMAL", 1, 3, "2")),
        "proofStatus": st.sampled_from(("requested", 2)),
        "serialNumber": _names,
        "customerServiceContact": _messages.filter(str.strip) | st.dictionaries(_names, _names, max_size=3),
        "emailAddress": st.just("ana@shop.example"),
        "phoneNumber": _names,
        "customerAddress": _addresses,
        "shippingAddress": _addresses,
    },
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


def _paths(value: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [here, *(path for step, entry in inner for path in _paths(entry, (*here, step)))]


@st.composite
def spoilt_orders(draw: st.DrawFn) -> Any:
    """A clean order in which up to three places were overwritten, or given a stranger, at random."""
    value = json.loads(json.dumps(draw(clean_orders)))
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(_paths(value)[1:]))
        entry = draw(anything | st.sampled_from(("", " ", "\x00", "x" * 300, -1, 10**30, 2.0, [], {})))
        value = put(value, path, entry)
        if draw(st.booleans()):
            value[draw(st.sampled_from(("foo", "PRIORITY", "a/b~c", "sku")))] = draw(anything)
    return value
