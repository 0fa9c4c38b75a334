"""What is really sent and answered about events and webhooks."""

from __future__ import annotations

from typing import Any

from spectrum_orders.errors import Conflict, Invalid, Problem
from spectrum_orders.web.openapi import examples

WEBHOOK_ID, EVENT_ID = "whk_03f9bd2c20600", "evt_03f9bd2c20600"
_AT = "2022-01-31T18:15:06.104388+00:00"

EVENTS: dict[str, Any] = {
    "events": [
        {
            "type": "line.shipped",
            "timestamp": _AT,
            "id": EVENT_ID,
            "sequence": 117,
            "data": {
                "clientHandle": "acme",
                "purchaseOrderNumber": "42015953",
                "lineItems": [{"id": 9241, "recipeSetReadableId": "ABCD1234"}],
                "by": "tok_03f9bd2c20600",
                "serialNumbers": [],
                "shipmentTracking": ["1Z999AA10123456784"],
            },
        }
    ],
    "next": 117,
    "more": False,
}
NO_EVENTS: dict[str, Any] = {"events": [], "next": 117, "more": False}

TYPES: dict[str, Any] = {
    "types": [
        {
            "type": "line.routed",
            "when": "Lines were led to a factory, by the rules or by somebody.",
            "data": [{"member": "partner", "meaning": "The factory's handle."}],
        }
    ]
}

NEW: dict[str, Any] = {
    # An address and not a name, so that it can be sent as it stands, wherever there is a name server.
    "url": "https://8.8.8.8/spectrum",
    "types": ["order.shipped", "line.shipped"],
    "contact": "orders@shop.example",
}
_SHOWN: dict[str, Any] = {
    "id": WEBHOOK_ID,
    **NEW,
    "types": ["line.shipped", "order.shipped"],
    "note": "",
    "state": "active",
    "lastSequence": 0,
    "failures": 0,
    "failingSince": None,
    "pausedUntil": None,
    "lastError": "",
    "ownerToldAt": None,
    "secondSecretUntil": None,
    "createdAt": _AT,
}
PARKED: dict[str, Any] = {
    **_SHOWN,
    "state": "parked",
    "lastSequence": 341,
    "failures": 58,
    "failingSince": "2022-01-26T17:40:12.000000+00:00",
    "pausedUntil": "2022-01-31T19:15:06.104388+00:00",
    "lastError": "http-503",
    "ownerToldAt": _AT,
}
REGISTERED: dict[str, Any] = {
    **_SHOWN,
    "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDRjzJMvdGUTI=",
    "warnings": [],
}
CHANGE: dict[str, Any] = {"types": [], "note": "the warehouse"}
BACK: dict[str, Any] = {"state": "active"}
CHANGED: dict[str, Any] = {**_SHOWN, "types": [], "note": "the warehouse", "warnings": []}
LISTED: dict[str, Any] = {"webhooks": [_SHOWN, PARKED]}
REMOVED: dict[str, Any] = {"id": WEBHOOK_ID, "removed": True}
SECRET: dict[str, Any] = {
    "id": WEBHOOK_ID,
    "secret": "whsec_KwX7Vbb1kPDhFhkwO5HnBzCk4Q0bP0rEw1g3dVhK3sA=",
    "secondSecretUntil": "2022-02-01T18:15:06.104388+00:00",
}
_ATTEMPT: dict[str, Any] = {
    "at": _AT,
    "url": NEW["url"],
    "status": 204,
    "milliseconds": 87,
    "answer": "",
    "error": "",
}
TAKEN: dict[str, Any] = {"delivered": True, **_ATTEMPT}
UNREACHABLE: dict[str, Any] = {
    "delivered": False,
    **_ATTEMPT,
    "status": 0,
    "milliseconds": 20001,
    "error": "timeout",
}
DELIVERIES: dict[str, Any] = {
    "deliveries": [
        {
            "sequence": 12,
            "feedSequence": 117,
            "eventId": EVENT_ID,
            "type": "line.shipped",
            "state": "sent",
            "url": None,
            "attempts": 2,
            "createdAt": _AT,
            "settledAt": "2022-01-31T18:15:11.911020+00:00",
            "log": [
                {**_ATTEMPT, "status": 503, "answer": "upstream is restarting"},
                {**_ATTEMPT, "at": "2022-01-31T18:15:11.820114+00:00"},
            ],
        }
    ],
    "next": 12,
    "more": False,
}
REPLAYS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("buried", "All that was given up", {"buried": True}),
    ("one", "One event, to another address", {"sequence": 12, "url": NEW["url"]}),
    (
        "window",
        "What happened in an hour",
        {"since": "2022-01-31T18:00:00Z", "until": "2022-01-31T19:00:00Z"},
    ),
)
REPLAYED: dict[str, Any] = {"replayed": 3, "more": False, "next": None}


def refused(path: str) -> dict[str, Any]:
    """The answer to an address to which nothing is sent."""
    told = (
        "169.254.169.254 is not allowed: its address is a cloud's metadata service. If that is meant, name "
        "its network in the setting SPECTRUM_OUTBOUND_NETWORKS."
    )
    found = (Problem("/url", "address-refused", told),)
    return examples.problem(Invalid("Events cannot be sent to this address.", problems=found), path)


def contradiction(path: str) -> dict[str, Any]:
    """The answer to a replay of nothing in particular."""
    told = "Send one of these: sequence; since, until or both; or buried: true."
    failure = Invalid(
        "It cannot be taken as it was sent; each entry of errors names one thing to correct.",
        problems=(Problem("", "contradiction", told),),
    )
    return examples.problem(failure, path)


def rotating(path: str) -> dict[str, Any]:
    """The answer to a second rotation within a day."""
    told = "The secret was changed less than a day ago, and two secrets sign already."
    return examples.problem(Conflict(told), path)
