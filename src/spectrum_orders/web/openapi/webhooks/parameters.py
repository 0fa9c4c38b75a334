"""The parameters of routes about events and webhooks."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.events import KINDS
from spectrum_orders.store.webhooks import STATES
from spectrum_orders.web.openapi.webhooks.schemas import WEBHOOK_ID
from spectrum_orders.web.webhooks import deliveries, feed

_LARGEST = 1 << 62


def _in_query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _number(name: str, description: str, low: int, high: int, default: int) -> dict[str, Any]:
    return _in_query(name, description, type="integer", minimum=low, maximum=high, default=default)


PARAMETERS: dict[str, dict[str, Any]] = {
    "webhookId": {
        "name": "webhookId",
        "in": "path",
        "required": True,
        "description": "The webhook's `id`.",
        "schema": WEBHOOK_ID,
        "example": "whk_03f9bd2c20600",
    },
    "eventsAfter": _number("after", "The `next` of the page before; 0 is the beginning.", 0, _LARGEST, 0),
    "eventsLimit": _number("limit", "The most events of one answer.", 1, feed.MOST, feed.DEFAULT_LIMIT),
    "eventTypes": {
        **_in_query("types", "Only these types, with commas between. Not sent: all."),
        "schema": {"type": "array", "items": {"enum": list(KINDS)}, "minItems": 1},
        "style": "form",
        "explode": False,
    },
    "eventsWait": _number(
        "wait", "Seconds that the request may wait for an event when there is none.", 0, feed.LONGEST_WAIT, 0
    ),
    "deliveryState": _in_query("state", "Only those in this state.", enum=list(STATES)),
    "deliveriesAfter": _number("after", "The `next` of the page before; 0 is the beginning.", 0, _LARGEST, 0),
    "deliveriesLimit": _number(
        "limit", "The most deliveries of one answer.", 1, deliveries.MOST, deliveries.DEFAULT_LIMIT
    ),
}
