"""Orders as CSV (RFC 4180): one row for each line, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]

COLUMNS: tuple[tuple[str, Callable[[Row, Row], Any]], ...] = (
    ("client", lambda order, _: order["clientHandle"]),
    ("purchaseOrderNumber", lambda order, _: order["purchaseOrderNumber"]),
    ("orderDate", lambda order, _: order["orderDate"]),
    ("acknowledgedAt", lambda order, _: order["acknowledgedAt"]),
    ("lastModification", lambda order, _: order["lastModification"]),
    ("source", lambda order, _: order["source"]),
    ("lineId", lambda _, line: line["id"]),
    ("recipeSet", lambda _, line: line["recipeSetReadableId"]),
    ("skus", lambda _, line: " ".join(pair.sku for pair in line["skuQuantities"])),
    ("quantity", lambda _, line: sum(pair.quantity for pair in line["skuQuantities"])),
    ("workflowStatus", lambda _, line: line["workflowStatus"]),
    ("partner", lambda _, line: line["routing"]["partner"]),
    ("artwork", lambda _, line: line["artwork"]["state"]),
    ("delivery", lambda _, line: line["delivery"]["state"]),
    ("shippedAt", lambda _, line: line.get("shippedAt")),
    ("tracking", lambda _, line: _tracking(line.get("shipmentTracking"))),
    ("shipBy", lambda _, line: line.get("shipBy")),
)
"""Each column with how it is read from an order and its line, as ``representing`` shows them."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that a spreadsheet takes for a formula: a purchase order number is anybody's text (OWASP, CSV
injection)."""


def head() -> bytes:
    """The first row."""
    return _written([[name for name, _ in COLUMNS]])


def rows(order: Row) -> bytes:
    """The rows of an order."""
    return _written([[_cell(read(order, line)) for _, read in COLUMNS] for line in order["lineItems"]])


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _tracking(value: Any) -> str | None:
    return " ".join(value) if isinstance(value, list | tuple) else value


def _written(several: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(several)
    return out.getvalue().encode()
