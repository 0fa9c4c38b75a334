"""Parameters and headers of the routes about products, recipe sets, assets and print files."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.catalogue.reading.checks import HANDLE
from spectrum_orders.web.making import DEFAULT_WAIT, LONGEST_WAIT

RECIPE_SET_ID: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 64}
_HANDLE: dict[str, Any] = {"type": "string", "pattern": HANDLE.pattern}


def _in_path(name: str, description: str, schema: dict[str, Any], example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
        "example": example,
    }


PARAMETERS: dict[str, dict[str, Any]] = {
    "handle": _in_path(
        "handle", "The product's name: lower-case letters, digits and hyphens.", _HANDLE, "mug"
    ),
    "readableId": _in_path(
        "readableId",
        "The recipe set's id, usually 8 upper-case letters and digits. Compared without case.",
        RECIPE_SET_ID,
        "ABCD1234",
    ),
    "recipeSetReadableId": _in_path(
        "recipeSetReadableId", "The recipe set's id, as an order names it.", RECIPE_SET_ID, "ABCD1234"
    ),
    "area": _in_path("area", "The handle of the print area.", _HANDLE, "front"),
    "sha256": _in_path(
        "sha256",
        "The SHA-256 of the asset's bytes, in hexadecimal.",
        {"type": "string", "pattern": "^[0-9a-fA-F]{64}$"},
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ),
    "clientHandle": _in_path(
        "clientHandle",
        "The handle of the token's own client, as an order's `clientHandle` has it.",
        {"type": "string", "minLength": 1, "maxLength": 64},
        "acme",
    ),
    "product": {
        "name": "product",
        "in": "query",
        "description": "Which product's area is meant, where several recipes have one of this name.",
        "schema": _HANDLE,
    },
    "wait": {
        "name": "wait",
        "in": "query",
        "description": "Seconds that the request may wait for files that are still being made. Not sent: "
        f"{DEFAULT_WAIT:.0f}, and 0 where only the status is asked for.",
        "schema": {
            "type": "integer",
            "minimum": 0,
            "maximum": int(LONGEST_WAIT),
            "default": int(DEFAULT_WAIT),
        },
    },
    "ifNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of an earlier answer. When nothing has changed since, this one is a 304.",
        "schema": {"type": "string", "pattern": "^[ -~]{0,255}$"},
    },
}

HEADERS: dict[str, dict[str, Any]] = {
    "ETag": {
        "description": "Names what is answered; the same again has the same.",
        "schema": {"type": "string", "pattern": '^"[^"]+"$'},
    },
    "Spectrum-Version": {
        "description": "The id of the stored version.",
        "schema": {"type": "string", "pattern": "^ver_"},
    },
    "Content-Disposition": {
        "description": "A name for the file.",
        "schema": {"type": "string"},
    },
}
