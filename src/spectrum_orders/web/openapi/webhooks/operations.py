"""The description of every route about events and webhooks."""

from __future__ import annotations

from typing import Any

from spectrum_orders.errors import (
    BadRequest,
    Conflict,
    Invalid,
    NotFound,
    NotJson,
    RequestTimeout,
    SealBroken,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from spectrum_orders.web.openapi.operation import JSON, PROBLEM, Answer, Body, Example, Operation
from spectrum_orders.web.openapi.webhooks import examples

EVENTS = "Events and webhooks"

_DOCUMENT = (NotJson, BadRequest, RequestTimeout, TooLarge, UnsupportedMediaType, Invalid, Unavailable)
_ONE = "/api/webhooks/{webhookId}"


def _ok(description: str, schema: str, *some: tuple[str, str, Any], status: int = 200) -> Answer:
    found = tuple(Example(*one) for one in some)
    headers = ("Location",) if status == 201 else ()
    return Answer(status, description, (Body(JSON, schema, found),), headers=headers)


def _refused(path: str) -> dict[int, Body]:
    shown = Example("refused", "The address is not public", examples.refused(path))
    return {422: Body(PROBLEM, "Error", (shown,))}


OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/api/events"): Operation(
        id="readEvents",
        tag=EVENTS,
        summary="Read the feed of events",
        description="Everything that happened to your orders, numbered without a hole, for as long as you "
        "like: start at 0, and send `next` as `after`. With `wait` the request waits for an event when there "
        "is none. It is the safety net below webhooks, and enough by itself for who would rather ask.\n\n"
        "A partner reads what is about the lines that are led to it; with a token that is limited to one "
        "client, of that client's orders.",
        parameters=("eventsAfter", "eventsLimit", "eventTypes", "eventsWait"),
        answers=(
            _ok(
                "A page.",
                "EventPage",
                ("events", "A shipment", examples.EVENTS),
                ("none", "Nothing new", examples.NO_EVENTS),
            ),
        ),
        errors=(BadRequest, Unavailable),
    ),
    ("GET", "/api/event-types"): Operation(
        id="listEventTypes",
        tag=EVENTS,
        summary="List the types of events",
        description="The closed list of what can be told, in the order of an order's life.",
        answers=(_ok("The list.", "EventTypes", ("types", "One of them", examples.TYPES)),),
    ),
    ("POST", "/api/webhooks"): Operation(
        id="addWebhook",
        tag=EVENTS,
        summary="Register a webhook",
        description="Has events posted to an address from now on, signed as Standard Webhooks 1.0.0 says. "
        "The answer holds the secret, this once. The address has to be public and reached by https; "
        "redirects are not followed. Try it with `POST /api/webhooks/{webhookId}/test`.",
        request=(Body(JSON, "NewWebhook", (Example("new", "Shipments only", examples.NEW),)),),
        answers=(
            _ok(
                "It is registered.",
                "RegisteredWebhook",
                ("new", "With its secret", examples.REGISTERED),
                status=201,
            ),
        ),
        errors=(*_DOCUMENT, Conflict),
        replies=_refused("/api/webhooks"),
    ),
    ("GET", "/api/webhooks"): Operation(
        id="listWebhooks",
        tag=EVENTS,
        summary="List your webhooks",
        description="Every webhook of the token's client or partner, and how each is.",
        answers=(_ok("The list.", "WebhookList", ("list", "One of them parked", examples.LISTED)),),
        errors=(Unavailable,),
    ),
    ("GET", _ONE): Operation(
        id="readWebhook",
        tag=EVENTS,
        summary="Read a webhook",
        description="How it is: whether it is parked, since when it fails and why.",
        parameters=("webhookId",),
        answers=(_ok("The webhook.", "Webhook", ("parked", "Parked", examples.PARKED)),),
        errors=(NotFound, Unavailable),
    ),
    ("PATCH", _ONE): Operation(
        id="changeWebhook",
        tag=EVENTS,
        summary="Change a webhook",
        description="What is not sent stays as it is. With `state: disabled` nothing is sent, and events of "
        "that time are in the feed alone; what was owed before waits. With `state: active` a webhook that "
        "was disabled or parked is sent what waits, in order, at once.",
        parameters=("webhookId",),
        request=(
            Body(
                JSON,
                "WebhookChange",
                (
                    Example("change", "All types, and a note", examples.CHANGE),
                    Example("back", "It works again", examples.BACK),
                ),
            ),
        ),
        answers=(_ok("As it is now.", "ChangedWebhook", ("changed", "Changed", examples.CHANGED)),),
        errors=(*_DOCUMENT, NotFound),
        replies=_refused(_ONE),
    ),
    ("DELETE", _ONE): Operation(
        id="removeWebhook",
        tag=EVENTS,
        summary="Remove a webhook",
        description="Nothing is sent there any more, not even what is owed, and its secret is destroyed. The "
        "feed keeps every event.",
        parameters=("webhookId",),
        answers=(_ok("It is gone.", "RemovedWebhook", ("removed", "Removed", examples.REMOVED)),),
        errors=(NotFound, Unavailable),
    ),
    ("POST", f"{_ONE}/secret"): Operation(
        id="rotateWebhookSecret",
        tag=EVENTS,
        summary="Take a new secret",
        description="For 24 hours every webhook has two signatures, by the new secret and by the one before, "
        "so that the receiver can change at leisure.",
        parameters=("webhookId",),
        answers=(_ok("The new secret, this once.", "WebhookSecret", ("new", "New", examples.SECRET)),),
        errors=(NotFound, Conflict, SealBroken, Unavailable),
        replies={
            409: Body(
                PROBLEM,
                "Error",
                (Example("rotating", "Two sign already", examples.rotating(f"{_ONE}/secret")),),
            )
        },
    ),
    ("POST", f"{_ONE}/test"): Operation(
        id="testWebhook",
        tag=EVENTS,
        summary="Send a test event now",
        description="Posts a `webhook.test` event and answers with what came back, whatever it was. It has "
        "the `sequence` 0 and is no part of the feed. It takes up to 20 seconds.",
        parameters=("webhookId",),
        answers=(
            _ok(
                "What came of it.",
                "WebhookTest",
                ("taken", "It arrived", examples.TAKEN),
                ("timeout", "Nobody answered", examples.UNREACHABLE),
            ),
        ),
        errors=(NotFound, SealBroken, Unavailable),
    ),
    ("GET", f"{_ONE}/deliveries"): Operation(
        id="listWebhookDeliveries",
        tag=EVENTS,
        summary="Read the delivery log",
        description="What the webhook is owed or was sent, by number, with every attempt of the last 30 "
        "days: when, where to, the status, how long it took, and the beginning of the answer.",
        parameters=("webhookId", "deliveryState", "deliveriesAfter", "deliveriesLimit"),
        answers=(
            _ok(
                "A page.",
                "WebhookDeliveryPage",
                ("page", "Taken at the second attempt", examples.DELIVERIES),
            ),
        ),
        errors=(BadRequest, NotFound, Unavailable),
    ),
    ("POST", f"{_ONE}/replay"): Operation(
        id="replayWebhook",
        tag=EVENTS,
        summary="Send events again",
        description="One event, what happened in a window, or all that was given up; up to 1 000 at once, "
        "with `next` to go on. The `webhook-id` and every byte are as before, so a receiver that remembers "
        "ids takes nothing twice. What is still owed is not doubled. With `url` they go to another address, "
        "and do not wait for a webhook that is parked.",
        parameters=("webhookId",),
        request=(Body(JSON, "Replay", tuple(Example(*one) for one in examples.REPLAYS)),),
        answers=(_ok("They are on their way.", "Replayed", ("replayed", "Three", examples.REPLAYED)),),
        errors=(*_DOCUMENT, NotFound),
        replies={
            422: Body(
                PROBLEM,
                "Error",
                (
                    Example(
                        "contradiction",
                        "It does not say what",
                        examples.contradiction(f"{_ONE}/replay"),
                    ),
                ),
            )
        },
    ),
}
