"""The parts that operations share: schemas, parameters, headers and ways to send a token."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.fields import PURCHASE_ORDER_NUMBER
from spectrum_orders.web.openapi import (
    catalogue,
    exceptions,
    lifecycle,
    privacy,
    replies,
    requests,
    webhooks,
)

TOKEN_SCHEMES = ("underscoreHeader", "dashHeader", "bearer")

SCHEMES: dict[str, dict[str, Any]] = {
    "underscoreHeader": {
        "type": "apiKey",
        "in": "header",
        "name": "SPECTRUM_API_TOKEN",
        "description": "The documented header.",
    },
    "dashHeader": {
        "type": "apiKey",
        "in": "header",
        "name": "Spectrum-Api-Token",
        "description": "For proxies that drop header names with underscores.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "For clients and proxies that know only this one.",
    },
    "metricsToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The deployment's own token for metrics, from the setting `SPECTRUM_METRICS_TOKEN`.",
    },
}

PARAMETERS: dict[str, dict[str, Any]] = {
    "dryRun": {
        "name": "dryRun",
        "in": "query",
        "description": "With `true` the answer is what would happen now, and nothing is stored.",
        "schema": {"type": "boolean", "default": False},
    },
    "idempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "1 to 255 visible ASCII characters, chosen anew for each request. A repeat of the "
        "request with its key is answered byte for byte as the first time. Not for NDJSON.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
        "example": "7c0f9a1e-order-42015953",
    },
    "purchaseOrderNumber": {
        "name": "purchaseOrderNumber",
        "in": "path",
        "required": True,
        "description": "The client's number for the order as one percent-encoded path segment. It may hold "
        "spaces, "
        "slashes (`%2F`), dots and any letter.",
        "schema": {"type": "string", "minLength": 1, "maxLength": PURCHASE_ORDER_NUMBER.most},
        "example": "42015953",
    },
    "receiptId": {
        "name": "receiptId",
        "in": "path",
        "required": True,
        "description": "The id from an acknowledgement's `receiptId`.",
        "schema": replies.RECEIPT_ID,
        "example": "rcp_03f9bd2c20600",
    },
}

EVERY_ANSWER = ("X-Request-Id", "Spectrum-Environment")
LIMITED_ANSWER = (
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "RateLimit-Policy",
    "RateLimit",
)


def _number(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "integer", "minimum": 0}}


def _text(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}}


HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": _text("Names this request in the log and in every error.", pattern="^req_[0-9a-f]+$"),
    "Spectrum-Environment": _text("Which environment answered, such as `production`."),
    "Retry-After": _number("Seconds to wait before trying again."),
    "WWW-Authenticate": _text("How to send a token."),
    "Location": _text("Where to go."),
    "Link": _text('Where the next page is: `<…>; rel="next"`. Absent on the last one.'),
    "Spectrum-Warnings": _text(
        "What the sender should know although it was answered: a list of strings (RFC 8941), each a JSON "
        "Pointer and a sentence, percent-encoded where not plain ASCII. At most 2 000 bytes, "
        "the last string then says that there are more; absent without any."
    ),
    "Idempotency-Replayed": _text("`true` when this is the first answer again.", const="true"),
    "X-Spectrum-Token-Header": _text(
        "Which header brought a token, if any: shows whether a proxy drops one.",
        enum=["underscore", "dash", "bearer", "none"],
    ),
    "RateLimit-Limit": _number("Requests allowed in one window. Sent when the operator has set a limit."),
    "RateLimit-Remaining": _number("Requests left in this window."),
    "RateLimit-Reset": _number("Seconds until the next window."),
    "RateLimit-Policy": _text("The same limit in the form of the IETF draft."),
    "RateLimit": _text("What is left of it in the form of the IETF draft."),
}


def components() -> dict[str, Any]:
    """The whole section."""
    return {
        "schemas": {
            **requests.schemas(),
            **replies.schemas(),
            **lifecycle.schemas(),
            **exceptions.schemas(),
            **catalogue.schemas(),
            **privacy.schemas(),
            **webhooks.schemas(),
        },
        "parameters": {
            **PARAMETERS,
            **lifecycle.PARAMETERS,
            **exceptions.PARAMETERS,
            **catalogue.PARAMETERS,
            **privacy.PARAMETERS,
            **webhooks.PARAMETERS,
        },
        "headers": {**HEADERS, **catalogue.HEADERS},
        "securitySchemes": SCHEMES,
    }
