"""The description of the list of exceptions."""

from __future__ import annotations

from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.exceptions import AWAITING_ARTWORK, LATE, Audience
from spectrum_orders.domain.times import Moved, Reached, line_times
from spectrum_orders.errors import Ambiguous, BadRequest, NotFound, Unavailable
from spectrum_orders.lifecycle.history import Step
from spectrum_orders.store.actors import Who
from spectrum_orders.web.exceptions import represent
from spectrum_orders.web.history import represent as represent_history
from spectrum_orders.web.openapi.operation import JSON, Answer, Body, Example, Operation
from spectrum_orders.web.times import represent as represent_times

EXCEPTIONS = "Exceptions"

_NOW = 1_643_900_000_000_000
_HOUR = 3_600_000_000
_LATE = Case(
    kind=LATE,
    since=_NOW - 5 * _HOUR,
    due=_NOW - 5 * _HOUR,
    client="my-shop",
    purchase_order_number="42015953",
    line=18,
    recipe_set_id="ABCD1234",
    partner="press",
)
_WAITING = Case(
    kind=AWAITING_ARTWORK,
    since=_NOW - 2 * _HOUR,
    waiting=True,
    client="my-shop",
    purchase_order_number="42015954",
    line=19,
    recipe_set_id="EFGH5678",
    package_id=288_000_000_000_000_000,
    partner="press",
)
LISTED = {"exceptions": [represent(case, Audience.SHOP, _NOW) for case in (_LATE, _WAITING)], "next": None}

_TIMES = line_times(
    _NOW - 9 * _HOUR,
    Reached(routed=_NOW - 9 * _HOUR + 1_000_000, ready=_NOW - 8 * _HOUR, delivered=_NOW - 2 * _HOUR),
    [Moved(_NOW - 2 * _HOUR, "not-started", "in-progress")],
    _NOW,
)
TIMES = {
    "clientHandle": "my-shop",
    "purchaseOrderNumber": "42015953",
    "lineItems": [represent_times(18, "ABCD1234", _TIMES)],
}

_STEPS = (
    Step(_NOW - 9 * _HOUR, "acknowledged", by=Who("shop", "my-shop")),
    Step(_NOW - 9 * _HOUR + 1_000_000, "routed", after="press", by=Who("worker")),
    Step(
        _NOW - 2 * _HOUR,
        "refused",
        before="press",
        by=Who("partner", "press"),
        reason="The White plate is missing, we need it.",
    ),
)
HISTORY = {
    "clientHandle": "my-shop",
    "purchaseOrderNumber": "42015953",
    "lineItems": [represent_history(18, "ABCD1234", _STEPS)],
}

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/api/exceptions"): Operation(
        id="listExceptions",
        tag=EXCEPTIONS,
        summary="Ask what does not move",
        description="Everything that is late, waits for somebody, or was given up, each with its cause and "
        "one next step. The most pressing kind comes first, and within a kind the oldest. Nothing is to be "
        "ticked off: what is mended is gone from the list. A partner sees what is about its own lines and "
        "packages.",
        parameters=("exceptionKind", "exceptionPartner", "exceptionLimit", "exceptionCursor"),
        answers=(
            Answer(
                200,
                "A page of them.",
                (Body(JSON, "ExceptionList", (Example("two", "A late line and a wait", LISTED),)),),
            ),
        ),
        errors=(BadRequest, Unavailable),
    ),
    ("GET", "/api/order/order-number/{purchaseOrderNumber}/times"): Operation(
        id="readOrderTimes",
        tag=EXCEPTIONS,
        summary="Ask how long an order has taken",
        description="How long each line has been in each stage of its making and in each workflow status. "
        "Stages follow each other without a gap, so that together they are the time since the "
        "acknowledgement; they end with the shipment or the cancellation. What is not reached is left out, "
        "such as `collected` where the partner never says so. A partner sees its own lines.",
        parameters=("purchaseOrderNumber", "client"),
        answers=(
            Answer(
                200,
                "Its times.",
                (Body(JSON, "OrderTimes", (Example("times", "Two hours at the factory", TIMES),)),),
            ),
        ),
        errors=(BadRequest, NotFound, Ambiguous, Unavailable),
    ),
    ("GET", "/api/order/order-number/{purchaseOrderNumber}/history"): Operation(
        id="readOrderHistory",
        tag=EXCEPTIONS,
        summary="Ask who moved the lines of an order, and why",
        description="Everything that became of each line, the oldest first: its acknowledgement, routing, "
        "artwork, packages and their deliveries, and every move that somebody made, with who, when and why. "
        "Reasons are empty once the order's people are erased; who and when stay. A partner reads what "
        "became of its own lines since they were led to it, and nothing that another partner did.",
        parameters=("purchaseOrderNumber", "client"),
        answers=(
            Answer(
                200,
                "Its history.",
                (Body(JSON, "OrderHistory", (Example("history", "A line that was refused", HISTORY),)),),
            ),
        ),
        errors=(BadRequest, NotFound, Ambiguous, Unavailable),
    ),
}
