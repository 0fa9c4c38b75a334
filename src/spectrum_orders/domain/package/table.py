"""``ticket.csv``: the job ticket as a table, one row for each line and SKU."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from spectrum_orders.domain.package.facts import Package
from spectrum_orders.domain.package.people import GIFT_MESSAGE
from spectrum_orders.domain.personal import ADDRESS_FIELDS

COLUMNS = (
    "packageId",
    "kind",
    "completes",
    "clientHandle",
    "purchaseOrderNumber",
    "orderDate",
    "priority",
    "line",
    "recipeSetId",
    "sku",
    "quantity",
    "dueDate",
    "files",
    "sheet",
    "giftMessage",
    "emailAddress",
    "phoneNumber",
    *(f"shippingAddress.{name}" for name in ADDRESS_FIELDS),
)
"""The same in every file, so that a column keeps its place; what is unknown or not allowed is empty."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Also in full width, which spreadsheets of some languages read like the narrow ones."""


def table(package: Package, people: Mapping[str, Any]) -> bytes:
    """The ticket as CSV (RFC 4180, UTF-8 without a mark, a header line).

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    address = people.get("shippingAddress", {})
    gifts = people.get(GIFT_MESSAGE, {})
    for line in package.lines:
        for pair in line.sku_quantities:
            cells = {
                "packageId": package.id,
                "kind": package.kind,
                "completes": package.completes,
                "clientHandle": package.client_handle,
                "purchaseOrderNumber": package.purchase_order_number,
                "orderDate": package.order_date,
                "priority": package.priority,
                "line": line.id,
                "recipeSetId": line.recipe_set_id,
                "sku": pair.sku,
                "quantity": pair.quantity,
                "dueDate": line.due or package.due,
                "files": " ".join(one.name for one in line.files),
                "sheet": line.sheet,
                "giftMessage": gifts.get(line.position),
                "emailAddress": people.get("emailAddress"),
                "phoneNumber": people.get("phoneNumber"),
                **{f"shippingAddress.{name}": address.get(name) for name in ADDRESS_FIELDS},
            }
            rows.writerow([_cell(cells[name]) for name in COLUMNS])
    return out.getvalue().encode()


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text
