"""Schemas of exceptions."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.times import STAGES
from spectrum_orders.domain.workflow import STATUSES
from spectrum_orders.lifecycle.history import WHAT
from spectrum_orders.store.actors import ROLES
from spectrum_orders.web.openapi.exceptions.parameters import SEEN
from spectrum_orders.web.openapi.standing import INSTANT, PACKAGE_ID

Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """The components."""
    return {
        "ExceptionList": _object(
            "Exceptions, kind after kind, and where the next page begins.",
            {
                "exceptions": {"type": "array", "items": {"$ref": "#/components/schemas/OrderException"}},
                "next": {
                    "type": ["string", "null"],
                    "description": "The `cursor` of the next page; null at the end.",
                },
            },
        ),
        "OrderTimes": _object(
            "How long an order's lines have been where.",
            {
                "clientHandle": {"type": "string", "description": "Whose order it is."},
                "purchaseOrderNumber": {"type": "string", "description": "Which order it is."},
                "lineItems": {"type": "array", "items": {"$ref": "#/components/schemas/LineTimes"}},
            },
        ),
        "LineTimes": _times(),
        "OrderHistory": _object(
            "What became of an order's lines, step by step.",
            {
                "clientHandle": {"type": "string", "description": "Whose order it is."},
                "purchaseOrderNumber": {"type": "string", "description": "Which order it is."},
                "lineItems": {"type": "array", "items": {"$ref": "#/components/schemas/LineHistory"}},
            },
        ),
        "LineHistory": _history(),
        "OrderException": _object(
            "One thing that does not move. It is gone from the list when its cause is.",
            {
                "kind": {"enum": list(SEEN), "description": "What kind it is."},
                "waiting": {
                    "type": "boolean",
                    "description": "It is no exception yet: it may still go by itself.",
                },
                "since": {"anyOf": [INSTANT, {"type": "null"}], "description": "Since when it is so."},
                "ageSeconds": {"type": ["integer", "null"], "minimum": 0, "description": "For how long."},
                "cause": {"type": "string", "description": "Why, in one sentence."},
                "nextStep": {"type": "string", "description": "What to do about it."},
                "clientHandle": _perhaps("Whose order it is."),
                "purchaseOrderNumber": _perhaps("Which order it is."),
                "partner": _perhaps("The partner that makes it."),
                "packageId": {"anyOf": [PACKAGE_ID, {"type": "null"}], "description": "The package."},
                "reason": {
                    "type": "string",
                    "description": "Why, in the words of whoever said so, where somebody gave a reason; gone "
                    "once the order's people are erased.",
                },
                "finding": {
                    "$ref": "#/components/schemas/Judged",
                    "description": "The worst that preflight has against the line.",
                },
                "lineItem": _object(
                    "The line that it is about; of several the first one, or the one that was refused last.",
                    {
                        "id": {"type": "integer", "minimum": 1},
                        "recipeSetReadableId": {"type": "string"},
                    },
                ),
                "dueAt": {**INSTANT, "description": "The deadline, where there is one."},
            },
            optional=("reason", "finding", "lineItem", "dueAt"),
        ),
    }


def _times() -> Schema:
    seconds = {
        "type": ["number", "null"],
        "minimum": 0,
        "description": "How long; null of the last one, in which the line stays.",
    }
    current = {"type": "boolean", "description": "The line is in it now."}
    return _object(
        "How long a line has been where.",
        {
            "id": {"type": "integer", "minimum": 1, "description": "The line."},
            "recipeSetReadableId": {"type": "string"},
            "stages": {
                "type": "array",
                "items": _object(
                    "One stage that the line has reached.",
                    {"stage": {"enum": list(STAGES)}, "at": INSTANT, "seconds": seconds, "current": current},
                ),
            },
            "workflowStatuses": {
                "type": "array",
                "items": _object(
                    "One status that the line has had, all of its visits together.",
                    {"workflowStatus": {"enum": list(STATUSES)}, "seconds": seconds, "current": current},
                ),
            },
        },
    )


def _history() -> Schema:
    by = _object(
        "Who did it: a shop or partner by its handle. An operator, and what works by itself, has none.",
        {"role": {"enum": list(ROLES)}, "handle": _perhaps("Its handle.")},
    )
    step = _object(
        "One step.",
        {
            "at": {**INSTANT, "description": "When."},
            "what": {"enum": list(WHAT), "description": "What happened."},
            "from": {"type": "string", "description": "What the line was before; often empty."},
            "to": {
                "type": "string",
                "description": "What it became: a workflow status, a partner, tracking numbers, the state of "
                "its artwork, or the kind of its package. The same as `from` where a call had no effect.",
            },
            "by": {"anyOf": [by, {"type": "null"}], "description": "Who did it."},
            "reason": {
                "type": "string",
                "description": "Why, in the words of whoever did it; gone with the order's people.",
            },
            "note": {"type": "string", "description": "What there is to say about it."},
            "packageId": {**PACKAGE_ID, "description": "The package that it is about."},
        },
        optional=("reason", "note", "packageId"),
    )
    return _object(
        "What became of a line.",
        {
            "id": {"type": "integer", "minimum": 1, "description": "The line."},
            "recipeSetReadableId": {"type": "string"},
            "history": {"type": "array", "items": step, "description": "The oldest first."},
        },
    )


def _object(description: str, properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "description": description, "properties": properties, "required": required}


def _perhaps(description: str) -> Schema:
    return {"type": ["string", "null"], "description": description}
