"""Schemas of what is answered: from the values that are answered where there are such."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from spectrum_orders.crypto.signing import ALGORITHM
from spectrum_orders.domain import workflow
from spectrum_orders.domain.codes import CODES
from spectrum_orders.domain.fields import LINE, ORDER
from spectrum_orders.domain.receipts import FORMAT
from spectrum_orders.errors import Problem
from spectrum_orders.web.answers import Acknowledged, Counts
from spectrum_orders.web.openapi import standing
from spectrum_orders.web.openapi.explanations import ADDRESSES, NOTED, REFUSED, UPLOADS, explanations
from spectrum_orders.web.openapi.requests import DESCRIPTIONS, Schema
from spectrum_orders.web.problems import API_VERSION

INSTANT = {"type": "string", "format": "date-time"}
RECEIPT_ID = {"type": "string", "pattern": "^rcp_[0-9a-hjkmnp-tv-z]{13}$"}
DIGEST = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
FINDING_LIST = {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}}
STATUS_LIST = {"type": "array", "items": {"$ref": "#/components/schemas/LineStatus"}}

MEMBERS: dict[str, dict[str, str]] = {
    "Acknowledged": {
        "purchaseOrderNumber": "As it was sent.",
        "statuses": "One entry for each line item, in the request's order.",
        "allSuccessful": "Whether every line was taken. An order is all or nothing.",
        "receiptId": "Under this id the signed receipt is read. Absent in a dry run.",
        "completed": "True when this gave addresses to an order that was acknowledged without them.",
        "dryRun": "True when nothing was stored, because a dry run was asked for.",
        "foreseen": "Of a dry run: what would become of each line, in the request's order.",
        "warnings": "What the sender should know although the order stands.",
    },
    "LineStatus": {
        "recipeSetId": "The line's recipe set; null when it could not be read.",
        "success": "Whether the line was taken.",
        "message": "`Processed Successfully`, or what is wrong with the line.",
    },
    "ForeseenLine": {
        "recipeSetId": "The line's recipe set.",
        "routing": "Which partner would make it, and why.",
        "artwork": "What there is to make it of.",
        "files": "The print files that would be made; none while the recipe set is not known.",
    },
    "File": {
        "product": "The product's handle.",
        "area": "The print area's handle.",
        "mediaType": "Its media type.",
    },
    "Counts": {
        "acknowledged": "Orders that are now stored, or were completed.",
        "duplicates": "Orders whose purchase order number was taken.",
        "rejected": "Orders that could not be taken for any other reason.",
    },
    "Finding": {
        "pointer": "A JSON Pointer into the request; of a missing member, where it should stand.",
        "code": "What kind of thing was found; see the lists of problems and warnings.",
        "message": "One sentence. It never repeats a personal value.",
    },
}


def _of_values() -> dict[str, Schema]:
    """The schemas of our own answers, with a word about each member."""
    _, generated = msgspec.json.schema_components(
        (Acknowledged, Counts, Problem), ref_template="#/components/schemas/{name}"
    )
    text = json.dumps(generated).replace("#/components/schemas/Problem", "#/components/schemas/Finding")
    found: dict[str, Schema] = json.loads(text)
    found["Finding"] = found.pop("Problem")
    found["Finding"]["description"] = "One thing that was found in a request."
    found["Finding"]["properties"]["code"]["enum"] = sorted({*CODES, *REFUSED, *NOTED, *UPLOADS, *ADDRESSES})
    found["Counts"]["required"] = list(found["Counts"]["properties"])
    found["ForeseenLine"]["properties"] |= {"routing": _ref("Routing"), "artwork": _ref("LineArtwork")}
    for name, members in MEMBERS.items():
        properties = found[name]["properties"]
        if properties.keys() != members.keys():
            raise ValueError(f"Described and answered members of {name} differ.")
        for member, description in members.items():
            properties[member]["description"] = description
            properties[member].pop("default", None)
    return found


def _object(description: str, properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "description": description, "properties": properties, "required": required}


def _ref(name: str) -> Schema:
    """A component; beside it may stand a word about the member."""
    return {"$ref": f"#/components/schemas/{name}"}


def _text(description: str) -> Schema:
    return {"type": "string", "description": description}


def _error() -> Schema:
    return _object(
        "What went wrong, as RFC 9457 has it, with two members of older clients: `error` and `apiVersion`.",
        {
            "type": _text("Where this kind of error is explained, relative to the server."),
            "title": _text("The kind of error, the same for every occurrence."),
            "status": {"type": "integer", "description": "The HTTP status again."},
            "detail": _text("What happened this time, in a sentence or two."),
            "instance": _text("The path and the request's id, as it is in the log."),
            "error": _text("The same as `detail`."),
            "apiVersion": {"type": "string", "const": API_VERSION},
            "code": {"enum": [explanation.code for explanation in explanations()]},
            "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
            "errors": {**FINDING_LIST, "description": "Every problem that was found, all at once."},
        },
        optional=("errors",),
    )


def _extended(description: str, properties: dict[str, Any], required: list[str]) -> Schema:
    own = {"type": "object", "properties": properties, "required": required}
    return {"description": description, "allOf": [{"$ref": "#/components/schemas/Error"}, own]}


def _already_submitted() -> Schema:
    return _extended(
        "The purchase order number is taken. What is stored stays as it is.",
        {
            "lastModification": {**INSTANT, "description": "When the stored order last changed."},
            "purchaseOrderNumber": _text("As it was sent."),
            "identical": {"type": "boolean", "description": "Whether the stored order says the same."},
            "differences": {
                "type": "array",
                "items": {"type": "string"},
                "description": "JSON Pointers to what differs; values are never shown.",
            },
            "incomparable": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Of an order whose people were erased: JSON Pointers to what was sent again "
                "and cannot be compared any more.",
            },
            "erasedAt": {**INSTANT, "description": "When the people of the stored order were erased."},
            "receiptId": {**RECEIPT_ID, "description": "The stored order's receipt."},
            "warnings": FINDING_LIST,
        },
        # Of two orders with one number in a dry run, the second is compared with nothing stored.
        [],
    )


def _rejected() -> Schema:
    return _extended(
        "Nothing of the order was stored. Every problem is listed, and every line has its own status.",
        {
            "purchaseOrderNumber": _text("As far as it could be read."),
            "statuses": STATUS_LIST,
            "allSuccessful": {"type": "boolean"},
            "warnings": FINDING_LIST,
        },
        [],
    )


def _bulk() -> dict[str, Schema]:
    position = {
        "type": "object",
        "properties": {
            "index": {"type": "integer", "minimum": 0, "description": "The order's place in the request."},
            "httpStatus": {
                "type": "integer",
                "description": "The status that the order alone would have had.",
            },
        },
        "required": ["index", "httpStatus"],
    }
    kinds = [
        {"$ref": f"#/components/schemas/{name}"} for name in ("Acknowledged", "AlreadySubmitted", "Rejected")
    ]
    return {
        "BulkResult": {
            "description": "One order's own answer, with its place in the request.",
            "allOf": [position, {"anyOf": kinds}],
        },
        "BulkAnswer": _object(
            "One result for each order, in the request's order.",
            {
                "results": {"type": "array", "items": {"$ref": "#/components/schemas/BulkResult"}},
                "counts": {"$ref": "#/components/schemas/Counts"},
                "allSuccessful": {"type": "boolean", "description": "Whether every order was taken."},
                "warnings": FINDING_LIST,
            },
            optional=("warnings",),
        ),
    }


def _stored() -> dict[str, Schema]:
    """An order as it is read back."""
    own = {
        "id": {"type": "integer", "minimum": 1, "description": "A number of this line alone."},
        "recipeSetId": _text(DESCRIPTIONS["recipeSetId"]),
        "recipeSetReadableId": _text("The same again, under its other name."),
        "skuQuantities": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"sku": {"type": "string"}, "quantity": {"type": "integer", "minimum": 1}},
                "required": ["sku", "quantity"],
            },
        },
        "workflowStatus": {
            "enum": list(workflow.STATUSES),
            "description": "Where the line stands. Only callers move it.",
        },
        "routing": {**_ref("Routing"), "description": "Which partner makes it, and why."},
        "artwork": {**_ref("LineArtwork"), "description": "What it is made of."},
        "delivery": {**_ref("Delivery"), "description": "How far its package has come."},
    }
    texts: dict[str, Schema] = {field.name: _text(DESCRIPTIONS[field.name]) for field in (*ORDER, *LINE)}
    several = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    texts["shipmentTracking"] = {
        **several,
        "description": "One tracking number as a text, several as a list.",
    }
    contact = {"anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]}
    texts["customerServiceContact"] = {**contact, "description": DESCRIPTIONS["customerServiceContact"]}
    for name in ("customerAddress", "shippingAddress"):
        address = {"type": "object", "additionalProperties": {"type": "string"}}
        texts[name] = {**address, "description": DESCRIPTIONS[name]}
    line_extras: dict[str, Schema] = {field.name: texts[field.name] for field in LINE}
    parcels = "What its factory said of its parcels."
    line_extras["shipments"] = {"type": "array", "items": _ref("Shipment"), "description": parcels}
    line_extras["shippedAt"] = {**INSTANT, "description": "When the first of them was reported."}
    deadline = "Its deadline: the `estimatedDeliveryDate` that was sent, or its partner's promise."
    line_extras["shipBy"] = {**INSTANT, "description": deadline}
    line_extras["onHoldSince"] = {**INSTANT, "description": "Since when it does not leave."}
    order_extras = {field.name: texts[field.name] for field in ORDER}
    head = {
        "clientHandle": _text("Whose order it is."),
        "purchaseOrderNumber": _text(DESCRIPTIONS["purchaseOrderNumber"]),
        "userId": _text("The account number, else the purchase order number: never empty."),
        "orderDate": _text("As it was sent."),
        "acknowledgedAt": {**INSTANT, "description": "When the order was stored."},
        "lastModification": {**INSTANT, "description": "When it last changed."},
        "source": _text("How the order came in."),
        "erasedAt": {**INSTANT, "description": "When its people were erased, for good."},
        "receiptId": {**RECEIPT_ID, "description": "Its receipt."},
        "completionReceiptId": {**RECEIPT_ID, "description": "The receipt of addresses that came later."},
        "lineItems": {"type": "array", "items": _ref("StoredLine")},
        "progress": {**_ref("Progress"), "description": "How many of its lines have come how far."},
        "completions": {
            "type": "array",
            "items": _ref("Completion"),
            "description": "Tickets that followed packages, because addresses came after they had left.",
        },
    }
    head["followUps"] = {
        "type": "array",
        "items": _ref("FollowUp"),
        "description": "Packages that repeat earlier ones, or take them back.",
    }
    return {
        "StoredLine": _object(
            "One line, and where it stands.", {**own, **line_extras}, optional=tuple(line_extras)
        ),
        "StoredOrder": _object(
            "Everything that was sent, and where each line stands.",
            {**head, **order_extras},
            optional=("erasedAt", "completionReceiptId", "completions", "followUps", *order_extras),
        ),
    }


def _receipts() -> dict[str, Schema]:
    key_id = {"type": "string", "pattern": "^[0-9a-f]{16}$", "description": "Names the public key."}
    algorithm = {"type": "string", "const": ALGORITHM}
    return {
        "Receipt": _object(
            "A signed statement of what was agreed, when, and between whom.",
            {
                "format": {"type": "string", "const": FORMAT},
                "receiptId": RECEIPT_ID,
                "kind": {"enum": ["acknowledgement", "completion"]},
                "environment": _text("The deployment's environment."),
                "clientHandle": _text("Whose order it is."),
                "purchaseOrderNumber": _text("The client's number for the order."),
                "acknowledgedAt": INSTANT,
                "contentDigest": {**DIGEST, "description": "SHA-256 of the canonical JSON of `content`."},
                "personalDigest": {
                    **DIGEST,
                    "description": "SHA-256 of the canonical JSON of `commitments`.",
                },
                "algorithm": algorithm,
                "keyId": key_id,
                "publicKey": _text("32 bytes in base64."),
                "signature": _text("64 bytes in base64, over the canonical JSON of the first nine members."),
                "content": {"type": "object", "description": "The order without its personal values."},
                "commitments": {
                    "type": "object",
                    "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "description": "Of each personal value, by JSON Pointer, a salted digest that reveals "
                    "nothing.",
                },
            },
        ),
        "ReceiptKey": _object(
            "The public key that verifies this deployment's receipts.",
            {
                "keyId": key_id,
                "algorithm": algorithm,
                "publicKey": _text("32 bytes in base64."),
                "pem": _text("The same key as PEM."),
                "environment": _text("The deployment's environment."),
            },
        ),
    }


def schemas() -> dict[str, Schema]:
    """The components of every answer."""
    return {
        **_of_values(),
        "Error": _error(),
        "AlreadySubmitted": _already_submitted(),
        "Rejected": _rejected(),
        **_bulk(),
        **_stored(),
        **standing.schemas(),
        **_receipts(),
        "Alive": _object("The process answers.", {"status": {"type": "string", "const": "ok"}}),
        "Ready": _object(
            "An order could be stored now.",
            {
                "status": {"type": "string", "const": "ready"},
                "waiting": {
                    "type": "integer",
                    "minimum": 0,
                    "description": "Orders that wait for their commit.",
                },
            },
        ),
    }
