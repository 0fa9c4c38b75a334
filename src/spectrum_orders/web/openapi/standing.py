"""Schemas of where an order's lines stand: partner, artwork, package."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.catalogue.judgement import MOST as MOST_FINDINGS
from spectrum_orders.web.lines import ARTWORK_STATES, DELIVERY_STATES, WAY_STATES

Schema = dict[str, Any]

INSTANT = {"type": "string", "format": "date-time"}
PACKAGE_ID = {"type": "string", "pattern": "^pkg_[0-9a-hjkmnp-tv-z]{13}$"}
VERSION = {"type": "string", "pattern": "^ver_[0-9a-hjkmnp-tv-z]{13}$"}


def schemas() -> dict[str, Schema]:
    """The components."""
    return {
        "Routing": _object(
            "Which partner makes a line, and why.",
            {
                "decided": {
                    "type": "boolean",
                    "description": "Whether anybody has looked for one yet, or there is no rule to look by.",
                },
                "partner": _perhaps("Its handle; null when no rule led anywhere."),
                "rule": _perhaps("The id of the rule that decided."),
                "why": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "In sentences: the rules that were tried and what became of each. No "
                    "country is in them, because that is a person's.",
                },
            },
        ),
        "LineArtwork": _object(
            "What a line is made of.",
            {
                "state": {
                    "enum": list(ARTWORK_STATES),
                    "description": "The recipe set is not known here; its files are not made yet; they are "
                    "made; preflight refuses them; they could not be made at all; or they were erased with "
                    "a person.",
                },
                "version": {**VERSION, "description": "The version that the line is bound to."},
                "madeAt": {**INSTANT, "description": "When its files were made."},
                "renewed": _object(
                    "Present when the line was bound to a newer version than it was acknowledged with. A "
                    "partner does not see it.",
                    {
                        "at": {**INSTANT, "description": "When, the last time."},
                        "by": {"type": "string", "description": "The id of an API token, or `cli`."},
                        "before": {**VERSION, "description": "The version before, if there was one."},
                    },
                    optional=("before",),
                ),
                "findings": {
                    "type": "array",
                    "maxItems": MOST_FINDINGS,
                    "items": {"$ref": "#/components/schemas/Judged"},
                    "description": "Why its files may not be printed, the worst first.",
                },
                "moreFindings": {
                    "type": "integer",
                    "minimum": 1,
                    "description": "How many more there are; `GET /api/webtoprint/{recipeSetReadableId}` has "
                    "them all.",
                },
            },
            optional=("version", "madeAt", "renewed", "findings", "moreFindings"),
        ),
        "Judged": _object(
            "What forbids to print a file.",
            {
                "product": {"type": "string", "description": "The handle of its product."},
                "area": {"type": "string", "description": "The handle of its area."},
                "code": {"type": "string", "description": "What kind of finding it is."},
                "level": {"enum": ["reject"]},
                "found": {"type": "string", "description": "What is there."},
                "wanted": {"type": "string", "description": "What should be."},
                "mend": {"type": "string", "description": "How to mend it."},
            },
        ),
        "Delivery": _object(
            "How far a line's package has come.",
            {
                "state": {
                    "enum": list(DELIVERY_STATES),
                    "description": "There is none yet; its files are being made; it waits, or is refused by "
                    "preflight, as `reason` says; it is on its way; every destination has it; or it was "
                    "cancelled.",
                },
                "packageId": {
                    **PACKAGE_ID,
                    "description": "The package, as its file's name and manifest say.",
                },
                "reason": {"type": "string", "description": "What a package waits for."},
                "acceptedAt": {**INSTANT, "description": "When its factory took it on."},
                "collectedAt": {**INSTANT, "description": "When its factory said that it has it."},
                "destinations": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/DeliveryWay"},
                    "description": "Each place that it goes to.",
                },
            },
            optional=("packageId", "reason", "acceptedAt", "collectedAt", "destinations"),
        ),
        "DeliveryWay": _object(
            "A package's way to one destination.",
            {
                "state": {
                    "enum": list(WAY_STATES),
                    "description": "Not there yet; on its way; there and checked; given up until somebody "
                    "replays it; or called back before it left.",
                },
                "attempts": {"type": "integer", "minimum": 0, "description": "How often it was tried."},
                "settledAt": {
                    "anyOf": [INSTANT, {"type": "null"}],
                    "description": "When it arrived, or was given up.",
                },
            },
        ),
        "Completion": _object(
            "A ticket that follows a package and gives it its addresses.",
            {
                "packageId": PACKAGE_ID,
                "completes": {**PACKAGE_ID, "description": "The package that had left."},
                "state": {"enum": list(DELIVERY_STATES[1:]), "description": "How far it has come."},
            },
        ),
        "FollowUp": _object(
            "A package that repeats an earlier one, or a ticket that takes one back.",
            {
                "packageId": PACKAGE_ID,
                "kind": {"enum": ["reprint", "cancellation"]},
                "follows": {**PACKAGE_ID, "description": "The earlier package."},
                "state": {"enum": list(DELIVERY_STATES[1:]), "description": "How far it has come."},
            },
        ),
        "Shipment": _object(
            "A parcel of a line.",
            {
                "at": {**INSTANT, "description": "When it was reported."},
                "tracking": {"type": "array", "items": {"type": "string"}},
                "serialNumbers": {"type": "array", "items": {"type": "string"}},
            },
        ),
        "Progress": _object(
            "Lines of an order. Where the numbers differ, something is on its way or missing.",
            {
                name: {"type": "integer", "minimum": 0, "description": description}
                for name, description in (
                    ("acknowledged", "All that are to be made."),
                    ("routed", "Lines that have a partner."),
                    ("rendered", "Lines whose print files are made and may be printed."),
                    ("delivered", "Lines whose package every destination has."),
                    ("collected", "Lines whose package the factory says to have received."),
                    ("shipped", "Lines that were shipped."),
                    ("cancelled", "Lines that were cancelled; none of the others counts them."),
                )
            },
        ),
    }


def _object(description: str, properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "description": description, "properties": properties, "required": required}


def _perhaps(description: str) -> Schema:
    return {"type": ["string", "null"], "description": description}
