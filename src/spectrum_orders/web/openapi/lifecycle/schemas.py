"""Schemas of the routes about orders after their capture."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.inquiry import IGNORES, MOST
from spectrum_orders.domain.links import DEFAULT_HOURS, LONGEST_HOURS
from spectrum_orders.domain.moves import ARTWORK, FROZEN
from spectrum_orders.domain.workflow import STATUSES
from spectrum_orders.web.openapi.standing import PACKAGE_ID, VERSION

Schema = dict[str, Any]

INSTANT = {"type": "string", "format": "date-time"}
_SET: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
_NUMBER: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
_STATUS: Schema = {"enum": list(STATUSES)}
_TRACKING: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "maxItems": 100}]}
_REASON: Schema = {"type": "string", "description": "Why, in a sentence; it stays in the history."}
_WARNINGS: Schema = {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}}
_KINDS = ["package", "completion", "reprint", "cancellation"]


def schemas() -> dict[str, Schema]:
    """The components."""
    return {**_requests(), **_answers()}


def _requests() -> dict[str, Schema]:
    named = {
        "type": "array",
        "minItems": 1,
        "description": "The lines that are meant, by `id` or by recipe set; without it all of them. An entry "
        "may be a line as it was read: its other members are named in a warning.",
        "items": {
            "type": "object",
            "properties": {
                "id": {"type": "integer", "minimum": 1},
                "recipeSetReadableId": _SET,
                "recipeSetId": _SET,
            },
            "anyOf": [{"required": [name]} for name in ("id", "recipeSetReadableId", "recipeSetId")],
        },
    }
    change = {"purchaseOrderNumber": _NUMBER, "lineItems": named, "reason": _REASON}
    date = {"type": "string", "description": "ISO 8601."}
    return {
        "StatusUpdate": _object(
            {
                "purchaseOrderNumber": _NUMBER,
                "lineItems": _list(
                    _object({"recipeSetReadableId": _SET, "workflowStatus": _STATUS}, also=True)
                ),
            },
            also=True,
        ),
        "ShipNotification": _object(
            {
                "purchaseOrderNumber": _NUMBER,
                "lineItems": _list(
                    _object(
                        {
                            "recipeSetReadableId": _SET,
                            "shipmentTracking": _TRACKING,
                            "serialNumbers": {"type": "array", "items": _TEXT, "maxItems": 100},
                        },
                        optional=("serialNumbers",),
                        also=True,
                    )
                ),
            },
            also=True,
        ),
        "Change": _object(change, optional=("lineItems", "reason")),
        "Rerouting": _object(
            {
                **change,
                "partner": {**_SET, "description": "The factory's handle; a rule has to name it."},
                "artwork": {
                    "enum": list(ARTWORK),
                    "default": FROZEN,
                    "description": "What the lines were acknowledged with, or their recipe sets as they are "
                    "now.",
                },
            },
            optional=("lineItems", "reason", "artwork"),
        ),
        "Refusal": _object(
            {"reason": {**_REASON, "minLength": 1, "maxLength": 1000}, "lineItems": named},
            optional=("lineItems",),
        ),
        "LinkRequest": _object(
            {
                "purchaseOrderNumber": _NUMBER,
                "hours": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": LONGEST_HOURS,
                    "default": DEFAULT_HOURS,
                },
            },
            optional=("hours",),
        ),
        "Search": _object(
            {
                "lastModificationStartDate": date,
                "workflowStatuses": {"type": "array", "minItems": 1, "items": _STATUS},
                "lastModificationEndDate": {**date, "description": "ISO 8601; without it now."},
                **{
                    name: {
                        "type": "boolean",
                        "description": "With true the window may be longer than 31 days.",
                    }
                    for name in IGNORES
                },
                "limit": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MOST,
                    "description": "The most that are answered; without it all, streamed.",
                },
                "cursor": {"type": "string", "description": "As the parameter of this name."},
            },
            optional=("lastModificationEndDate", *IGNORES, "limit", "cursor"),
            also=True,
        ),
    }


def _answers() -> dict[str, Schema]:
    package = {
        "packageId": PACKAGE_ID,
        "kind": {
            "enum": _KINDS,
            "description": "What it is; all but a package and a reprint are a ticket alone.",
        },
        "follows": {**PACKAGE_ID, "description": "The package that it repeats, completes or takes back."},
    }
    whole = {
        **package,
        "state": {"type": "string", "description": "How far it has come."},
        "createdAt": INSTANT,
        "acceptedAt": {"anyOf": [INSTANT, {"type": "null"}], "description": "When its factory took it on."},
        "collectedAt": {
            "anyOf": [INSTANT, {"type": "null"}],
            "description": "When its factory said that it has it.",
        },
    }
    line = {
        "id": {"type": "integer", "minimum": 1},
        "recipeSetReadableId": {"type": "string"},
    }
    return {
        "Moved": _object(
            {
                "purchaseOrderNumber": {"type": "string"},
                "status": {"const": "OK"},
                "details": {"type": "string", "description": "What was updated, in the documented words."},
                "warnings": _WARNINGS,
            },
            optional=("warnings",),
        ),
        "NotMoved": {
            "description": "An error as these two routes have it: the word stands in the place of the "
            "number.",
            **_object(
                {
                    "purchaseOrderNumber": {"type": ["string", "null"]},
                    "status": {"const": "Error"},
                    "details": {"type": "string"},
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "detail": {"type": "string"},
                    "instance": {"type": "string"},
                    "error": {"type": "string"},
                    "apiVersion": {"type": "string"},
                    "code": {"type": "string"},
                    "retryable": {"type": "boolean"},
                    "errors": _WARNINGS,
                    "warnings": _WARNINGS,
                    "clients": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Of an ambiguous number, the clients that have it.",
                    },
                    "unknown": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "The lines that are not there.",
                    },
                },
                optional=("errors", "warnings", "unknown", "clients"),
            ),
        },
        "Changed": _object(
            {
                "clientHandle": {"type": "string"},
                "purchaseOrderNumber": {"type": "string"},
                "lineItems": _list(
                    _object(
                        {
                            **line,
                            "workflowStatus": _STATUS,
                            "onHold": {
                                "type": "boolean",
                                "description": "It does not leave before it is released.",
                            },
                            "artworkVersion": {
                                "anyOf": [VERSION, {"type": "null"}],
                                "description": "The version of its recipe set that it is bound to.",
                            },
                        }
                    )
                ),
                "packages": _list(
                    _object(package, optional=("follows",)),
                    "Packages that are sent because of it: again, anew, or to take something back.",
                ),
                "dryRun": {"const": True, "description": "Nothing was changed."},
                "warnings": _WARNINGS,
            },
            optional=("dryRun", "warnings"),
        ),
        "Link": _object(
            {
                "clientHandle": {"type": "string"},
                "purchaseOrderNumber": {"type": "string"},
                "path": {"type": "string", "description": "To be put after this server's address."},
                "expiresAt": INSTANT,
                "warnings": _WARNINGS,
            },
            optional=("warnings",),
        ),
        "PackageState": _object({**whole, "warnings": _WARNINGS}, optional=("follows", "warnings")),
        "PackageList": _object(
            {
                "packages": _list(
                    _object(
                        {
                            **whole,
                            "clientHandle": {"type": "string"},
                            "purchaseOrderNumber": {"type": "string"},
                            "lineItems": _list(_object(line)),
                        },
                        optional=("follows",),
                    )
                ),
                "next": {"type": ["string", "null"], "description": "The cursor of the next page."},
            }
        ),
        "OrderList": _object(
            {
                "orders": _list({"$ref": "#/components/schemas/StoredOrder"}),
                "next": {"type": ["string", "null"], "description": "The cursor of the next page."},
            }
        ),
    }


def _list(items: Schema, description: str | None = None) -> Schema:
    return {"type": "array", "items": items, **({} if description is None else {"description": description})}


def _object(properties: dict[str, Any], *, optional: tuple[str, ...] = (), also: bool = False) -> Schema:
    """``also``: of a request that may hold members that are not known; they are named in a warning."""
    required = [name for name in properties if name not in optional]
    found: Schema = {"type": "object", "properties": properties, "required": required}
    return found if also else {**found, "additionalProperties": False}
