"""Parameters of the routes about orders after their capture."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.workflow import STATUSES
from spectrum_orders.store.problems import PROBLEMS
from spectrum_orders.web.lifecycle.packages import STATES
from spectrum_orders.web.orders.listing import FORMATS, MOST


def _in_query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255}
_DATE: dict[str, Any] = {
    "type": "string",
    "description": "ISO 8601, in the client's time zone without an offset.",
}
_CURSOR: dict[str, Any] = {"type": "string", "pattern": "^[0-9]{1,18}$"}

PARAMETERS: dict[str, dict[str, Any]] = {
    "client": _in_query(
        "client", "The handle of the client, where a partner sees the same number of several.", _TEXT
    ),
    "searchCursor": _in_query(
        "cursor", "Where to go on: as the `Link` header of the page before has it.", {"type": "string"}
    ),
    "packageId": {
        "name": "packageId",
        "in": "path",
        "required": True,
        "description": "The package's id, as its manifest has it.",
        "schema": {"type": "string", "pattern": "^pkg_[0-9a-hjkmnp-tv-z]{13}$"},
        "example": "pkg_03f9bd2c20701",
    },
    "link": {
        "name": "link",
        "in": "path",
        "required": True,
        "description": "What `POST /api/order/links` gave.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{128}$"},
        "example": "A" * 128,
    },
    "packageState": _in_query(
        "state",
        "Only packages in this state; `uncollected` are delivered, and nobody has said that they were "
        "received.",
        {"enum": list(STATES)},
    ),
    "packageLimit": _in_query(
        "limit", "The most that are answered.", {"type": "integer", "minimum": 1, "maximum": 1000}
    ),
    "listCursor": _in_query("cursor", "Where to go on: `next` of the page before.", _CURSOR),
    "listLimit": _in_query(
        "limit",
        "The most that are answered. A page may hold fewer although there are more: go on while `next` is "
        "not null.",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": 100},
    ),
    "partner": _in_query("partner", "Orders with a line for this factory.", _TEXT),
    "status": _in_query("status", "Orders with a line in this status.", {"enum": list(STATUSES)}),
    "prefix": _in_query("prefix", "Orders whose purchase order number begins like this.", _TEXT),
    "recipeSet": _in_query("recipeSet", "Orders with this recipe set, in any case.", _TEXT),
    "sku": _in_query("sku", "Orders with this SKU.", _TEXT),
    "acknowledgedFrom": _in_query("acknowledgedFrom", "Acknowledged at this time or later.", _DATE),
    "acknowledgedTo": _in_query("acknowledgedTo", "Acknowledged at this time or earlier.", _DATE),
    "modifiedFrom": _in_query("modifiedFrom", "Last modified at this time or later.", _DATE),
    "modifiedTo": _in_query("modifiedTo", "Last modified at this time or earlier.", _DATE),
    "source": _in_query("source", "Orders that came in this way, such as `api`.", _TEXT),
    "problem": _in_query(
        "problem",
        "Orders with which this is wrong: a kind of exception that is about an order, what is still waiting "
        "among them, or `undelivered`, packages on their way.",
        {"enum": list(PROBLEMS)},
    ),
    "format": _in_query(
        "format",
        "`csv` and `ndjson` are whole files, streamed, whatever their length. Without it the "
        "header `Accept` counts, where it names `text/csv` or `application/x-ndjson` and no JSON.",
        {"enum": list(FORMATS), "default": "json"},
    ),
}
