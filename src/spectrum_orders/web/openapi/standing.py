"""Schemas of where an order's lines stand: partner, artwork, package."""

from __future__ import annotations

from typing import Any

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
                "decided": {"type": "boolean", "description": "Whether anybody has looked for one yet."},
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
                    "made; preflight refuses them; or they could not be made at all.",
                },
                "version": {**VERSION, "description": "The version that the line is bound to."},
                "madeAt": {**INSTANT, "description": "When its files were made."},
            },
            optional=("version", "madeAt"),
        ),
        "Delivery": _object(
            "How far a line's package has come.",
            {
                "state": {
                    "enum": list(DELIVERY_STATES),
                    "description": "There is none yet; its files are being made; it waits, or is refused by "
                    "preflight, as `reason` says; it is on its way; or every destination has it.",
                },
                "packageId": {
                    **PACKAGE_ID,
                    "description": "The package, as its file's name and manifest say.",
                },
                "reason": {"type": "string", "description": "What a package waits for."},
                "destinations": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/DeliveryWay"},
                    "description": "Each place that it goes to.",
                },
            },
            optional=("packageId", "reason", "destinations"),
        ),
        "DeliveryWay": _object(
            "A package's way to one destination.",
            {
                "state": {
                    "enum": list(WAY_STATES),
                    "description": "Not there yet; there and checked; or given up until somebody replays it.",
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
        "Progress": _object(
            "Lines of an order. Where the four differ, something is on its way or missing.",
            {
                name: {"type": "integer", "minimum": 0, "description": description}
                for name, description in (
                    ("acknowledged", "All of them."),
                    ("routed", "Lines that have a partner."),
                    ("rendered", "Lines whose print files are made and may be printed."),
                    ("delivered", "Lines whose package every destination has."),
                )
            },
        ),
    }


def _object(description: str, properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "description": description, "properties": properties, "required": required}


def _perhaps(description: str) -> Schema:
    return {"type": ["string", "null"], "description": description}
