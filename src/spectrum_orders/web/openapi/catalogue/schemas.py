"""Schemas of what is sent and answered about products, recipe sets, assets and print files."""

from __future__ import annotations

import json
from typing import Any

from spectrum_orders.domain.catalogue.asset import AssetKind
from spectrum_orders.domain.catalogue.findings import KINDS
from spectrum_orders.domain.catalogue.product import Level
from spectrum_orders.domain.catalogue.schema import product_schema, recipe_set_schema

Schema = dict[str, Any]

INSTANT = {"type": "string", "format": "date-time"}
SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
VERSION = {"type": "string", "pattern": "^ver_[0-9a-hjkmnp-tv-z]{13}$"}
WARNINGS = {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}}
FOUND = {"type": "array", "items": {"$ref": "#/components/schemas/AreaFindings"}}


def schemas() -> dict[str, Schema]:
    """The components, the two documents with their parts before what is answered."""
    return {
        **_of_document(product_schema()),
        **_of_document(recipe_set_schema()),
        "Put": _put(),
        "ProductList": _object(
            "The products, by handle.",
            {"products": {"type": "array", "items": {"$ref": "#/components/schemas/ListedProduct"}}},
        ),
        "ListedProduct": _object(
            "A product, as far as is needed to choose one.",
            {
                "handle": _text("Its name in paths and recipes."),
                "name": _text("Its name for people."),
                "areas": {"type": "array", "items": {"type": "string"}, "description": "Its print areas."},
                "version": {**VERSION, "description": "The id of the stored version."},
                "lastModification": {**INSTANT, "description": "When this version was put."},
            },
        ),
        "Asset": _asset(),
        **_artwork(),
    }


def _of_document(schema: Schema) -> dict[str, Schema]:
    """A published schema as components: its parts stand beside it instead of in it."""
    whole = {name: part for name, part in schema.items() if name not in ("$schema", "title", "$defs")}
    text = json.dumps({schema["title"]: whole, **schema["$defs"]})
    found: dict[str, Schema] = json.loads(text.replace('"#/$defs/', '"#/components/schemas/'))
    return found


def _object(description: str, properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "description": description, "properties": properties, "required": required}


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _put() -> Schema:
    return _object(
        "What became of a document.",
        {
            "version": {
                "anyOf": [VERSION, {"type": "null"}],
                "description": "The id of the stored version; null of a dry run.",
            },
            "changed": {
                "type": "boolean",
                "description": "False when it says the same as what was stored, which then stays.",
            },
            "handle": _text("The product."),
            "readableId": _text("The recipe set."),
            "woken": _count(
                "Packages that had waited for this recipe set and are made now. Absent when none."
            ),
            "frozen": _object(
                "Lines that are still to be made and stay on an earlier version. Absent when there are none.",
                {
                    "lineItems": _count("How many, among the newest ten thousand."),
                    "purchaseOrderNumbers": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "Some of their orders, the newest first.",
                    },
                    "advice": _text("How a line takes this version."),
                },
            ),
            "dryRun": {"type": "boolean", "description": "True when nothing was stored."},
            "warnings": {**WARNINGS, "description": "What the sender should know although it was taken."},
        },
        optional=("handle", "readableId", "woken", "frozen", "dryRun", "warnings"),
    )


def _asset() -> Schema:
    return _object(
        "What is known about an uploaded file. Its bytes are not given out again.",
        {
            "sha256": {**SHA256, "description": "The SHA-256 of its bytes, by which recipes name it."},
            "mediaType": _text("What its bytes are, whatever the upload said."),
            "bytes": _count("Its size."),
            "kind": {"enum": [kind.value for kind in AssetKind], "description": "What it can be used as."},
            "facts": {"type": "object", "description": "What was found out about it; depends on its kind."},
            "createdAt": {**INSTANT, "description": "When it was first uploaded."},
        },
    )


def _artwork() -> dict[str, Schema]:
    error = {"$ref": "#/components/schemas/Error"}
    return {
        "PrintFile": _object(
            "One print file of the archive.",
            {
                "name": _text("Its name in the archive; it ends in the area and the format's suffix."),
                "product": _text("The product's handle."),
                "area": _text("The print area's handle."),
                "mediaType": _text("Its media type."),
                "bytes": _count("Its size."),
                "sha256": {**SHA256, "description": "The SHA-256 of its bytes."},
            },
        ),
        "PrintStatus": _object(
            "Print files that are there.",
            {
                "recipeSetReadableId": _text("The recipe set."),
                "state": {"const": "ready", "description": "Files that are not there are told by an error."},
                "version": {**VERSION, "description": "The version that they are made of."},
                "madeAt": {**INSTANT, "description": "When they were made."},
                "files": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/PrintFile"},
                    "minItems": 1,
                },
                "findings": {**FOUND, "description": "What preflight found."},
            },
        ),
        "PreflightFinding": _object(
            "One thing that preflight found in a print file. It repeats no text of the artwork.",
            {
                "code": {"enum": sorted(KINDS), "description": "What kind of thing."},
                "level": {
                    "enum": [level.value for level in Level],
                    "description": "What it does to the file.",
                },
                "found": _text("What is there."),
                "wanted": _text("What was wanted."),
                "mend": _text("What to do about it."),
                "page": _count("The page, from 1; 0 is the file as a whole."),
            },
        ),
        "AreaFindings": _object(
            "What was found in the file of one print area.",
            {
                "product": _text("The product's handle."),
                "area": _text("The print area's handle."),
                "findings": {"type": "array", "items": {"$ref": "#/components/schemas/PreflightFinding"}},
            },
        ),
        "Pending": _extended(
            "Files that are still being made; an error without these members is another reason to wait.",
            error,
            {
                "state": {"const": "pending"},
                "since": {**INSTANT, "description": "When they were first asked for."},
                "waitsFor": {
                    "enum": ["a worker", "rendering"],
                    "description": "Nobody has taken it up yet, or it is being made.",
                },
            },
        ),
        "Unprintable": _extended(
            "Artwork that cannot be printed.",
            error,
            {
                "state": {
                    "enum": ["rejected", "failed"],
                    "description": "Preflight refuses a file, or a file could not be made at all.",
                },
                "findings": {**FOUND, "description": "What was found in each area, and how to mend it."},
            },
        ),
    }


def _extended(description: str, base: Schema, properties: dict[str, Any]) -> Schema:
    return {"description": description, "allOf": [base, {"type": "object", "properties": properties}]}
