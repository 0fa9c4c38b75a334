"""What is really sent and answered about products, recipe sets, assets and print files."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.catalogue.findings import KINDS
from spectrum_orders.errors import Conflict, Invalid, Problem, Unavailable
from spectrum_orders.web import problems

REQUEST_ID = "req_5f0c2d9b1e0000002a"
VERSION = "ver_03f9bd2c20600"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

PRODUCT: dict[str, Any] = {
    "name": "Mug, 330 ml",
    "areas": [
        {
            "handle": "front",
            "width": 80,
            "height": 90,
            "spots": [{"name": "White", "alternate": {"type": "cmyk", "c": 0, "m": 0, "y": 0, "k": 0.1}}],
        }
    ],
}
PLAIN_PRODUCT: dict[str, Any] = {
    "name": "Poster, A3",
    "areas": [{"handle": "front", "width": 297, "height": 420, "output": "tiff", "dpi": 200}],
    "fileName": "{purchaseOrderNumber}_{line}",
    "preflight": {"image-ppi": "reject"},
}
TEXTS: dict[str, Any] = {
    "recipes": [
        {
            "product": "mug",
            "fillings": [
                {
                    "area": "front",
                    "layers": [
                        {"type": "fill", "colour": {"type": "cmyk", "c": 0.9, "m": 0.4, "y": 0, "k": 0}},
                        {
                            "type": "text",
                            "text": "Ana",
                            "box": {"x": 10, "y": 30, "width": 60, "height": 30},
                            "size": 48,
                        },
                    ],
                }
            ],
        }
    ]
}
PICTURES: dict[str, Any] = {
    "recipes": [
        {"product": "mug", "fillings": [{"area": "front", "layers": [{"type": "image", "asset": DIGEST}]}]}
    ]
}
FINISHED: dict[str, Any] = {"recipes": [{"product": "mug", "fillings": [{"area": "front", "file": DIGEST}]}]}

PUT_PRODUCT = {"version": VERSION, "changed": True, "handle": "mug"}
PUT_RECIPE_SET = {"version": VERSION, "changed": True, "readableId": "ABCD1234", "woken": 1}
SAME = {"version": VERSION, "changed": False, "handle": "mug"}
FORESEEN = {"version": None, "changed": True, "handle": "mug", "dryRun": True}
LISTED = {
    "products": [
        {
            "handle": "mug",
            "name": "Mug, 330 ml",
            "areas": ["front"],
            "version": VERSION,
            "lastModification": "2022-01-31T18:15:06.104388+00:00",
        }
    ]
}
ASSET = {
    "sha256": DIGEST,
    "mediaType": "image/png",
    "bytes": 48211,
    "kind": "png",
    "facts": {
        "bitsPerChannel": 8,
        "colourMode": "RGB",
        "heightPixels": 1200,
        "pages": 1,
        "transparent": False,
        "widthPixels": 1600,
    },
    "createdAt": "2022-01-31T18:15:06.104388+00:00",
}
STATUS = {
    "recipeSetReadableId": "ABCD1234",
    "state": "ready",
    "version": VERSION,
    "madeAt": "2022-01-31T18:15:07.001204+00:00",
    "files": [
        {
            "name": "ABCD1234_front.pdf",
            "product": "mug",
            "area": "front",
            "mediaType": "application/pdf",
            "bytes": 81344,
            "sha256": DIGEST,
        }
    ],
    "findings": [{"product": "mug", "area": "front", "findings": []}],
}


def invalid(path: str) -> dict[str, Any]:
    """The answer to a product with two problems."""
    found = (
        Problem("/name", "missing", "name is required."),
        Problem("/areas/0/width", "out-of-range", "The number is not in the range 0.1 to 20000."),
    )
    failure = Invalid(
        "It cannot be taken as it was sent; each entry of errors names one thing to correct.", problems=found
    )
    return _plain(failure, path)


def unknown_parts(path: str) -> dict[str, Any]:
    """The answer to a recipe set that names what is not there."""
    found = (Problem("/recipes/0/product", "unknown-product", "No product of this client has that handle."),)
    failure = Invalid(
        "It names what is not there; each entry of errors names one thing to correct.", problems=found
    )
    return _plain(failure, path)


def ambiguous(path: str) -> dict[str, Any]:
    """The answer to a file for an area that two products have."""
    told = "Several products of this recipe set have this area: cap, mug. Say which is meant."
    return _plain(Conflict(told), path)


def unprintable(path: str) -> dict[str, Any]:
    """The answer when preflight refuses a file."""
    kind = KINDS["rgb-in-cmyk"]
    finding = {
        "code": kind.code,
        "level": "reject",
        "found": "A picture in RGB.",
        "wanted": "CMYK.",
        "mend": kind.mend,
        "page": 1,
    }
    extra = {
        "state": "rejected",
        "findings": [{"product": "mug", "area": "front", "findings": [finding]}],
    }
    return _plain(Invalid("The artwork cannot be printed; each of findings says why.", extra=extra), path)


def pending(path: str) -> dict[str, Any]:
    """The answer while files are being made."""
    extra = {"state": "pending", "since": "2022-01-31T18:15:06.104388+00:00", "waitsFor": "rendering"}
    told = "The print files are not made yet; they are pending. Ask again."
    return _plain(Unavailable(told, extra=extra), path)


def _plain(error: Invalid | Conflict | Unavailable, path: str) -> dict[str, Any]:
    members = problems.members(error, f"{path}#{REQUEST_ID}")
    if error.problems:
        members["errors"] = [
            {"pointer": one.pointer, "code": one.code, "message": one.message} for one in error.problems
        ]
    return members
