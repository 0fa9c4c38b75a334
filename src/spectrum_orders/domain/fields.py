"""What an order and a line may hold: one table each, member of the wire -> how it is read.

Whoever needs to know which members there are (the two roads of reading, the description of the
API, the tests) asks these tables. Which of them are personal stands in ``personal``.
"""

from __future__ import annotations

import msgspec

from spectrum_orders.domain.address import Address
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
from spectrum_orders.domain.personal import LINE_FIELDS, ORDER_FIELDS

MOST_LINES = 1_000
MOST_PAIRS = 1_000
"""Pairs of SKU and quantity on one line."""

PRIORITY = Word({"lower": 1, "normal": 2, "higher": 3})
PROOF_STATUS = Word({"requested": 1, "fulfilled": 2})

PURCHASE_ORDER_NUMBER = Text(255, name=True)
ORDER_DATE = Instant()
RECIPE_SET_ID = RecipeSetId()
SKU = Text(255, trims=True)
QUANTITY = Whole(1, 1_000_000)


class Field(msgspec.Struct, frozen=True):
    """An optional member: its name on the wire, its name in the house, its check, and whose it is."""

    name: str
    attribute: str
    check: Check
    personal: bool


def _table(checks: dict[str, Check], personal: tuple[str, ...]) -> tuple[Field, ...]:
    return tuple(
        Field(
            name,
            "".join("_" + letter.lower() if letter.isupper() else letter for letter in name),
            check,
            name in personal,
        )
        for name, check in checks.items()
    )


ORDER = _table(
    {
        "accountNumber": Text(),
        "estimatedDeliveryDate": Date(),
        "orderReference": Text(),
        "organizationId": Text(),
        "priority": PRIORITY,
        "proofStatus": PROOF_STATUS,
        "serialNumber": Text(),
        "customerServiceContact": Contact(),
        "emailAddress": Email(),
        "phoneNumber": Text(),
        "customerAddress": Address(),
        "shippingAddress": Address(),
    },
    ORDER_FIELDS,
)
"""The optional members of an order; the addresses are required by the full form."""

LINE = _table(
    {
        "estimatedDeliveryDate": Date(),
        "proofStatus": PROOF_STATUS,
        "shipmentTracking": Texts(),
        "shipmentVendor": Text(),
        "giftMessage": Text(10_000, lines=True),
    },
    LINE_FIELDS,
)
"""The optional members of a line item."""

ADDRESSES = ("customerAddress", "shippingAddress")

ORDER_MEMBERS = frozenset(("purchaseOrderNumber", "orderDate", "lineItems", *(field.name for field in ORDER)))
LINE_MEMBERS = frozenset(
    (
        "recipeSetId",
        "recipeSetReadableId",
        "skuQuantities",
        "sku",
        "quantity",
        *(field.name for field in LINE),
    )
)
PAIR_MEMBERS = frozenset(("sku", "quantity"))

RECIPE_SET_FORMAT = frozenset(("recipeset", "recipesets", "recipesetid", "recipesetreadableid"))
"""Members of an order, in lower case, that betray the withdrawn RecipeSet format. Its fields were
never published; these are the names of the thing itself, looked for only where no lines are."""
