"""The description of every route. A route without one, or one without its route, is an error."""

from __future__ import annotations

from spectrum_orders.errors import (
    AlreadySubmitted,
    Ambiguous,
    BadRequest,
    Forbidden,
    IdempotencyMismatch,
    Invalid,
    NotFound,
    NotJson,
    RequestTimeout,
    SealBroken,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from spectrum_orders.web.openapi import (
    catalogue,
    examples,
    exceptions,
    lifecycle,
    privacy,
    webhooks,
)
from spectrum_orders.web.openapi.operation import (
    HTML,
    JSON,
    NDJSON,
    OPENMETRICS,
    PROBLEM,
    TEXT,
    Answer,
    Body,
    Example,
    Operation,
)

ORDERS, READING, RUNNING, READING_ABOUT = "Sending orders", "Reading back", "Running", "Reference"

_WRITING = ("dryRun", "idempotencyKey")
_WRITING_ERRORS = (
    NotJson,
    BadRequest,
    RequestTimeout,
    AlreadySubmitted,
    TooLarge,
    UnsupportedMediaType,
    Invalid,
    IdempotencyMismatch,
    SealBroken,
    Unavailable,
)


def _taking_orders(
    id: str, path: str, summary: str, description: str, one: str, many: str, single: tuple[Example, ...]
) -> Operation:
    """The three routes that take orders differ in what one order must hold, and in nothing else."""
    return Operation(
        id=id,
        tag=ORDERS,
        summary=summary,
        description=description,
        parameters=_WRITING,
        request=(
            Body(
                JSON,
                {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in (one, many)]},
                (*single, *(examples.MANY if one == "Order" else ())),
            ),
            Body(
                NDJSON,
                {"type": "string", "description": f"One `{one}` a line, as many as you like."},
                (examples.LINES,),
            ),
        ),
        answers=(
            Answer(
                200,
                "Everything that was sent is on disk. The answer to one order, or the results of many; of "
                "a stream, one result a line and a last line with the counts, whatever became of each order.",
                (
                    Body(
                        JSON,
                        {
                            "anyOf": [
                                {"$ref": "#/components/schemas/Acknowledged"},
                                {"$ref": "#/components/schemas/BulkAnswer"},
                            ]
                        },
                        (
                            Example("acknowledged", "One order", examples.ACKNOWLEDGED),
                            Example("warned", "With a warning", examples.WARNED),
                            Example("dryRun", "Of a dry run, where nothing is known yet", examples.FORESEEN),
                            Example("foreseen", "Of a dry run, all known", examples.FORESEEN_WHOLE),
                            Example("bulk", "Two orders", examples.ALL_TAKEN),
                        ),
                    ),
                    Body(
                        NDJSON,
                        {"type": "string"},
                        (Example("stream", "Of a stream of two", examples.RESULT_LINES),),
                    ),
                ),
                headers=("Idempotency-Replayed",),
            ),
            Answer(
                207,
                "Many orders, of which at least one was not taken. Each result says what became of its "
                "order; those with 200 are on disk.",
                (
                    Body(
                        JSON,
                        "BulkAnswer",
                        (Example("bulk", "One taken, one a duplicate", examples.bulk(path)),),
                    ),
                ),
                headers=("Idempotency-Replayed",),
            ),
        ),
        errors=_WRITING_ERRORS,
        replies={
            409: Body(
                PROBLEM,
                "AlreadySubmitted",
                (Example("taken", "Known, with another quantity", examples.taken(path)),),
            ),
            422: Body(
                PROBLEM, "Rejected", (Example("invalid", "Two problems at once", examples.invalid(path)),)
            ),
        },
    )


OPERATIONS: dict[tuple[str, str], Operation] = {
    ("POST", "/api/order/acknowledgement"): _taking_orders(
        "acknowledgeOrder",
        "/api/order/acknowledgement",
        "Acknowledge one order or many",
        'Takes one order, an array of orders, `{"orders": […]}`, or a stream of orders as NDJSON.\n\n'
        "An order is all or nothing: with one invalid line nothing of it is stored. Of many orders each "
        "stands alone. Addresses may be sent and are then sealed; only `POST /api/order` requires them.",
        "Order",
        "ManyOrders",
        examples.ONE,
    ),
    ("POST", "/api/order/acknowledgements"): _taking_orders(
        "acknowledgeOrders",
        "/api/order/acknowledgements",
        "Acknowledge many orders",
        "The same as `POST /api/order/acknowledgement`, under a plural name. What is sent decides how it "
        "is answered: one order gets the single answer here too.",
        "Order",
        "ManyOrders",
        (),
    ),
    ("POST", "/api/order"): _taking_orders(
        "sendFullOrder",
        "/api/order",
        "Send a full order, with addresses",
        "As the acknowledgement, and both addresses are required. All personal members are sealed before "
        "they are stored.\n\n"
        "A full order for a purchase order that was acknowledged **without** addresses completes it, once: "
        "200 with `completed: true` when its lines are the same, after which it is a 409. With other lines "
        "it is a 409 at once.",
        "FullOrder",
        "ManyFullOrders",
        (Example("full", "With both addresses", examples.FULL),),
    ),
    ("GET", "/api/order/order-number/{purchaseOrderNumber}"): Operation(
        id="readOrder",
        tag=READING,
        summary="Read an order",
        description="The order as it was acknowledged, with its people opened, and how far each line has "
        "come: its partner and why, its artwork, its package, its shipments. A factory reads the lines "
        "that are "
        "routed to it, and those people that it may see. Each reading of people is recorded in the "
        "journal before it is answered. Quantities are numbers, whatever was sent.",
        parameters=("purchaseOrderNumber", "client"),
        answers=(
            Answer(
                200,
                "The order.",
                (Body(JSON, "StoredOrder", (Example("order", "A full order", examples.STORED),)),),
            ),
        ),
        errors=(BadRequest, NotFound, Ambiguous, SealBroken, Unavailable),
    ),
    ("GET", "/api/receipts/{receiptId}"): Operation(
        id="readReceipt",
        tag=READING,
        summary="Read a signed receipt",
        description="A statement of what was agreed, when, and between whom, signed with Ed25519. It holds "
        "no personal value, so it may be shown to anybody. `spectrum receipt verify FILE` checks it offline.",
        parameters=("receiptId",),
        answers=(
            Answer(
                200,
                "The receipt.",
                (Body(JSON, "Receipt", (Example("receipt", "An acknowledgement", examples.RECEIPT),)),),
            ),
        ),
        errors=(NotFound, Unavailable),
    ),
    **lifecycle.OPERATIONS,
    **exceptions.OPERATIONS,
    **catalogue.OPERATIONS,
    **privacy.OPERATIONS,
    **webhooks.OPERATIONS,
    ("GET", "/.well-known/spectrum-receipt-key"): Operation(
        id="readReceiptKey",
        tag=READING,
        summary="Read the public key of receipts",
        description="The key that verifies every receipt of this deployment. Keep a copy: a receipt is "
        "worth no more than the place from which its reader knows the key.",
        answers=(
            Answer(
                200,
                "The key, raw and as PEM.",
                (Body(JSON, "ReceiptKey", (Example("key", "A key", examples.RECEIPT_KEY),)),),
            ),
        ),
    ),
    ("GET", "/healthz"): Operation(
        id="readHealth",
        tag=RUNNING,
        summary="Is the process alive?",
        description="200 as long as it answers at all; says nothing about the database.",
        answers=(
            Answer(
                200,
                "It is.",
                (Body(JSON, "Alive", (Example("alive", "Alive", {"status": "ok"}),)),),
                headers=("X-Spectrum-Token-Header",),
            ),
        ),
    ),
    ("GET", "/readyz"): Operation(
        id="readReadiness",
        tag=RUNNING,
        summary="Could it take an order now?",
        description="200 when a transaction went through to the disk just now, 503 otherwise.",
        answers=(
            Answer(
                200,
                "It could.",
                (Body(JSON, "Ready", (Example("ready", "Ready", {"status": "ready", "waiting": 0}),)),),
            ),
        ),
        errors=(Unavailable,),
    ),
    ("GET", "/metrics"): Operation(
        id="readMetrics",
        tag=RUNNING,
        summary="Read the metrics",
        description="Counters, histograms and gauges as text, summed over the web processes of this "
        "server. Without the setting `SPECTRUM_METRICS_TOKEN` they are shown to callers on the same "
        "machine only.",
        answers=(
            Answer(
                200,
                "The metrics, in the format that `Accept` asks for.",
                (
                    Body(OPENMETRICS, {"type": "string"}),
                    Body(TEXT, {"type": "string"}),
                ),
            ),
        ),
        errors=(Unauthenticated, Forbidden),
        security=("metricsToken",),
    ),
    ("GET", "/openapi.json"): Operation(
        id="readOpenapi",
        tag=READING_ABOUT,
        summary="Read this description",
        description="The OpenAPI 3.1 document from which `/docs` is made.",
        answers=(Answer(200, "The document.", (Body(JSON, {"type": "object"}),)),),
    ),
    ("GET", "/docs"): Operation(
        id="readReference",
        tag=READING_ABOUT,
        summary="Read the reference",
        description="This reference as one page that needs nothing else and works offline.",
        answers=(Answer(200, "The page.", (Body(HTML, {"type": "string"}),)),),
    ),
    ("GET", "/"): Operation(
        id="readFront",
        tag=READING_ABOUT,
        summary="Be sent to the reference",
        description="Redirects to `/docs`.",
        answers=(Answer(302, "See `/docs`.", (Body(TEXT, {"type": "string"}),), headers=("Location",)),),
    ),
}
"""(method, path) -> what is said about it."""
