"""Schemas of what is asked and answered about people."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.fields import PURCHASE_ORDER_NUMBER
from spectrum_orders.lifecycle.exporting import FORMAT
from spectrum_orders.web.openapi.privacy.parameters import ERASURE_ID

Schema = dict[str, Any]

INSTANT = {"type": "string", "format": "date-time"}
PERHAPS_INSTANT = {"anyOf": [INSTANT, {"type": "null"}]}
VERSION = {"type": "string", "pattern": "^ver_[0-9a-hjkmnp-tv-z]{13}$"}
ORDER_ID = {"type": "string", "pattern": "^ord_[0-9a-hjkmnp-tv-z]{13}$"}
PACKAGES = {"type": "array", "items": {"type": "string", "pattern": "^pkg_[0-9a-hjkmnp-tv-z]{13}$"}}
TEXTS = {"type": "array", "items": {"type": "string"}}


def schemas() -> dict[str, Schema]:
    """The components."""
    return {
        "PersonAsked": _asked(),
        "PersonExport": _object(
            "Everything that is held about the people of some orders.",
            {
                "format": {"type": "string", "const": FORMAT},
                "clientHandle": _text("Whose orders these are."),
                "exportedAt": INSTANT,
                "orders": _list("ExportedOrder", "Oldest first."),
                "next": {
                    "anyOf": [ORDER_ID, {"type": "null"}],
                    "description": "Where to go on: send it as `after`. Null at the end.",
                },
            },
        ),
        "ExportedOrder": _exported(),
        "PersonErased": _object(
            "What an erasure came to, or of a dry run would come to.",
            {
                "dryRun": {"type": "boolean", "description": "Whether nothing was changed."},
                "orders": _list("ErasedOrder", "Oldest first."),
                "more": {
                    "type": "boolean",
                    "description": "Whether there are more orders than one request takes: send it again.",
                },
            },
        ),
        "ErasedOrder": _erased(),
        "ErasureList": _object(
            "What factories were asked to delete.",
            {
                "erasures": _list("ListedErasure", "By order, oldest first."),
                "next": {"anyOf": [ERASURE_ID, {"type": "null"}], "description": "Where to go on, or null."},
            },
        ),
        "Erasure": _object("What a factory was asked to delete, and its word that it did.", _erasure()),
        "ListedErasure": _object(
            "What a factory was asked to delete.",
            {"clientHandle": _text("Whose order it was."), **_erasure()},
        ),
    }


def _asked() -> Schema:
    text = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "description": "Who is meant, in exactly one way.",
        "additionalProperties": False,
        "properties": {
            "purchaseOrderNumber": {
                **text,
                "maxLength": PURCHASE_ORDER_NUMBER.most,
                "description": "The people of this one order.",
            },
            "emailAddress": {
                **text,
                "description": "Every order with this address, whoever's of the order's people it is.",
                "x-personal": True,
            },
            "name": {**text, "description": "First and last name.", "x-personal": True},
            "postalCode": {**text, "description": "The name's postal code.", "x-personal": True},
            "after": {**ORDER_ID, "description": "Of an export: where an earlier one ended."},
        },
        "oneOf": [
            {"required": ["purchaseOrderNumber"]},
            {"required": ["emailAddress"]},
            {"required": ["name", "postalCode"]},
        ],
    }


def _exported() -> Schema:
    return _object(
        "One order with everything that belongs to it.",
        {
            "purchaseOrderNumber": _text("The client's number."),
            "acknowledgedAt": INSTANT,
            "lastModification": INSTANT,
            "erasedAt": {**PERHAPS_INSTANT, "description": "When its people were erased, if they were."},
            "agreed": {"type": "object", "description": "The order without its personal values."},
            "personal": {
                "type": "object",
                "description": "The personal values by JSON Pointer; addresses as objects.",
                "x-personal": True,
            },
            "lines": _objects("Where each line stands."),
            "artwork": _objects("What was designed, with its texts, and its files by name."),
            "receipts": _list("Receipt", "The signed receipts."),
            "history": _objects("Every move of a line: when, by whom, from what to what."),
            "shipments": _objects("What was said of the shipment."),
            "openings": _objects("Who opened which fields, when and why: this export among them."),
            "packages": _objects("Which factory was sent what, and when."),
            "erasures": _list("Erasure", "What factories were asked to delete."),
        },
    )


def _erased() -> Schema:
    version = {"recipeSetId": _text("The recipe set."), "version": VERSION}
    gone = _object("A version that goes.", version)
    kept = _object("A version that stays.", version | {"why": _text("Why it stays.")})
    return _object(
        "One order: what goes and what stays.",
        {
            "purchaseOrderNumber": _text("The client's number."),
            "erased": {
                "type": "boolean",
                "description": "Whether its people were erased just now: not of a dry run, nor of an order "
                "whose people were erased before.",
            },
            "erasedAt": {**PERHAPS_INSTANT, "description": "When they were erased."},
            "fields": {**TEXTS, "description": "JSON Pointers to the personal values that go."},
            "artwork": {"type": "array", "items": gone, "description": "Artwork that goes, files and all."},
            "artworkKept": {"type": "array", "items": kept, "description": "Artwork that others need."},
            "uploads": {"type": "integer", "minimum": 0, "description": "Uploaded files that go."},
            "receiptsKept": {"type": "integer", "minimum": 0, "description": "Receipts, which stay valid."},
            "partnersTold": {**TEXTS, "description": "Factories that are asked to delete what they have."},
            "packagesHeld": {**PACKAGES, "description": "Packages that do not leave any more."},
        },
    )


def _erasure() -> dict[str, Schema]:
    return {
        "id": ERASURE_ID,
        "partner": _text("The factory's handle."),
        "purchaseOrderNumber": _text("The client's number for the order."),
        "packageIds": {**PACKAGES, "description": "What is to be deleted."},
        "state": {
            "enum": ["owed", "told", "confirmed"],
            "description": "The factory is still to be told; it was told; it says that all is deleted.",
        },
        "erasedAt": INSTANT,
        "confirmBy": {**INSTANT, "description": "Unconfirmed after this, it is an exception."},
        "toldAt": PERHAPS_INSTANT,
        "confirmedAt": PERHAPS_INSTANT,
        "confirmedBy": {"type": ["string", "null"], "description": "The token's id, or `cli`."},
    }


def _list(name: str, description: str) -> Schema:
    return {
        "type": "array",
        "items": {"$ref": f"#/components/schemas/{name}"},
        "description": description,
    }


def _objects(description: str) -> Schema:
    return {"type": "array", "items": {"type": "object"}, "description": description}


def _object(description: str, properties: dict[str, Any]) -> Schema:
    required = list(properties)
    return {"type": "object", "description": description, "properties": properties, "required": required}


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}
