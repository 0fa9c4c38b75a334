"""Parameters of the routes about people."""

from __future__ import annotations

from typing import Any

ERASURE_ID: dict[str, Any] = {"type": "string", "pattern": "^ers_[0-9a-hjkmnp-tv-z]{13}$"}

PARAMETERS: dict[str, dict[str, Any]] = {
    "erasureId": {
        "name": "erasureId",
        "in": "path",
        "required": True,
        "description": "The erasure's id, as the ticket names it in `confirmAt` and the list in `id`.",
        "schema": ERASURE_ID,
        "example": "ers_03f9bd2c20600",
    },
    "confirmed": {
        "name": "confirmed",
        "in": "query",
        "description": "Only those that are confirmed, or only those that are not.",
        "schema": {"type": "boolean"},
    },
    "afterErasure": {
        "name": "after",
        "in": "query",
        "description": "Where an earlier answer ended: its `next`.",
        "schema": ERASURE_ID,
    },
}
