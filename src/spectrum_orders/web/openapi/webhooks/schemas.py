"""Schemas of what is sent and answered about events and webhooks."""

from __future__ import annotations

from typing import Any

from spectrum_orders.domain.endpoint import ACTIVE, DISABLED
from spectrum_orders.domain.endpoint import STATES as ENDPOINT_STATES
from spectrum_orders.domain.events import KINDS
from spectrum_orders.domain.wish import LONGEST_CONTACT, LONGEST_NOTE, SUBSCRIBED
from spectrum_orders.store.webhooks import STATES

Schema = dict[str, Any]

INSTANT = {"type": "string", "format": "date-time"}
WEBHOOK_ID = {"type": "string", "pattern": "^whk_[0-9a-hjkmnp-tv-z]{13}$"}
EVENT_ID = {"type": "string", "pattern": "^evt_[0-9a-hjkmnp-tv-z]{13}$"}
_SECRET = {"type": "string", "pattern": "^whsec_[A-Za-z0-9+/]+=*$"}
_WARNINGS = {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}}


def schemas() -> dict[str, Schema]:
    """The components."""
    return {
        "EventPage": _object(
            "A page of the feed, by number.",
            {
                "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
                "next": _count("What to send as `after` for the next page."),
                "more": {"type": "boolean", "description": "True when there is a next page already."},
            },
        ),
        "Event": _event(),
        "EventTypes": _object(
            "The closed list of events.",
            {"types": {"type": "array", "items": {"$ref": "#/components/schemas/EventType"}}},
        ),
        "EventType": _object(
            "A type of event.",
            {
                "type": {"enum": list(KINDS), "description": "Its name."},
                "when": _text("When it is told."),
                "data": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"member": {"type": "string"}, "meaning": {"type": "string"}},
                        "required": ["member", "meaning"],
                    },
                    "description": "What its `data` has beside the members that every event of an order has.",
                },
            },
        ),
        **_endpoints(),
        **_deliveries(),
    }


def _object(description: str, properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> Schema:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "description": description, "properties": properties, "required": required}


def _text(description: str, **more: Any) -> Schema:
    return {"type": "string", "description": description, **more}


def _count(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _or_null(schema: Schema, description: str) -> Schema:
    return {"anyOf": [schema, {"type": "null"}], "description": description}


def _event() -> Schema:
    return _object(
        "Something that happened to an order. As a webhook it has the webhook's own `sequence`, and its "
        "number in the feed as `feedSequence`. It holds nothing of a person.",
        {
            "type": {"enum": list(KINDS), "description": "What happened."},
            "timestamp": {**INSTANT, "description": "When it happened."},
            "id": {**EVENT_ID, "description": "The event's id, the same wherever it is told."},
            "sequence": _count("Its number, without a hole: in the feed, or of the webhook."),
            "feedSequence": _count("Of a webhook: its number in the feed."),
            "data": {
                "type": "object",
                "description": "What it is about; see the list of types for what each adds.",
                "properties": {
                    "clientHandle": _text("Whose order."),
                    "purchaseOrderNumber": _text("Which order."),
                    "lineItems": {
                        "type": "array",
                        "description": "Which lines, where it is about some of them. A partner is told of "
                        "its own alone.",
                        "items": {
                            "type": "object",
                            "properties": {
                                "id": _count("The line's id."),
                                "recipeSetReadableId": _text("Its recipe set."),
                            },
                            "required": ["id", "recipeSetReadableId"],
                        },
                    },
                },
            },
        },
        optional=("feedSequence",),
    )


def _wish(*, state: Schema) -> dict[str, Any]:
    return {
        "url": _text("Where events are posted to: a public address by https.", maxLength=2048),
        "types": {
            "type": "array",
            "items": {"enum": list(SUBSCRIBED)},
            "maxItems": len(KINDS),
            "description": "Which events are sent. Not sent or empty: all.",
        },
        "contact": _text(
            "The e-mail address that is told when the webhook is parked.", maxLength=LONGEST_CONTACT
        ),
        "note": _text("A name for people.", maxLength=LONGEST_NOTE),
        "state": state,
    }


def _endpoints() -> dict[str, Schema]:
    settable = {"enum": [ACTIVE, DISABLED], "description": "`disabled`: nothing is sent for now."}
    back = {
        "enum": [ACTIVE, DISABLED],
        "description": "`active` also says that a parked webhook is back: what waited is sent now.",
    }
    shown = {
        "id": {**WEBHOOK_ID, "description": "Its id."},
        **_wish(
            state={
                "enum": list(ENDPOINT_STATES),
                "description": "`parked`: it failed for five days; its events wait, and it is tried once an "
                "hour. `draining`: it is back, and gets what waited one by one. `disabled`: by its owner, or "
                "because it answered 410.",
            }
        ),
        "lastSequence": _count("The number of the last event that it is owed or was sent."),
        "failures": _count("Failed attempts since the last success."),
        "failingSince": _or_null(INSTANT, "The first of them."),
        "pausedUntil": _or_null(INSTANT, "It is not tried before."),
        "lastError": _text("The code of the last failure: `http-503`, `timeout`, …; empty when it is well."),
        "ownerToldAt": _or_null(INSTANT, "When the contact was told that it is parked."),
        "secondSecretUntil": _or_null(INSTANT, "Until then the secret that was replaced signs too."),
        "createdAt": {**INSTANT, "description": "Events from then on are sent."},
    }
    secret = {**_SECRET, "description": "What the receiver verifies signatures with. Shown this once."}
    warnings = {**_WARNINGS, "description": "What the sender should know although it was taken."}
    return {
        "NewWebhook": _object(
            "A webhook to be registered.",
            _wish(state=settable),
            optional=("types", "contact", "note", "state"),
        ),
        "WebhookChange": _object(
            "What is to change; what is not sent stays.", _wish(state=back), optional=("url", *_REST)
        ),
        "Webhook": _object("A webhook and how it is.", shown),
        "RegisteredWebhook": _object(
            "A webhook that was just registered.", {**shown, "secret": secret, "warnings": warnings}
        ),
        "ChangedWebhook": _object("A webhook as it is now.", {**shown, "warnings": warnings}),
        "WebhookList": _object(
            "The webhooks, in the order of their making.",
            {"webhooks": {"type": "array", "items": {"$ref": "#/components/schemas/Webhook"}}},
        ),
        "RemovedWebhook": _object(
            "A webhook that is gone.",
            {"id": WEBHOOK_ID, "removed": {"const": True, "description": "Nothing is sent there any more."}},
        ),
        "WebhookSecret": _object(
            "A new secret.",
            {
                "id": WEBHOOK_ID,
                "secret": secret,
                "secondSecretUntil": {**INSTANT, "description": "Until then the one before signs too."},
            },
        ),
    }


_REST = ("types", "contact", "note", "state")


def _deliveries() -> dict[str, Schema]:
    attempt = {
        "at": {**INSTANT, "description": "When it began."},
        "url": _text("Where to."),
        "status": _count("The status of the answer; 0 when there was none."),
        "milliseconds": _count("How long it took."),
        "answer": _text("The first KiB of the answer's body."),
        "error": _text("Why there was no answer, as a code; empty when there was one."),
    }
    return {
        "DeliveryAttempt": _object("One attempt.", attempt),
        "WebhookTest": _object(
            "What came of a test.",
            {"delivered": {"type": "boolean", "description": "True when the answer was a 2xx."}, **attempt},
        ),
        "WebhookDelivery": _object(
            "An event that a webhook is owed or was sent.",
            {
                "sequence": _count("Its number, without a hole."),
                "feedSequence": _count("Its number in the feed."),
                "eventId": {**EVENT_ID, "description": "The event, and the header `webhook-id`."},
                "type": {"enum": list(KINDS), "description": "What happened."},
                "state": {"enum": list(STATES), "description": "`buried`: given up, until it is replayed."},
                "url": _or_null({"type": "string"}, "Where a replay was asked to go instead."),
                "attempts": _count("How often it was tried."),
                "createdAt": {**INSTANT, "description": "Since when it is owed."},
                "settledAt": _or_null(INSTANT, "When it was taken or given up."),
                "log": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/DeliveryAttempt"},
                    "description": "Its attempts that are still in the log (90 days, unless set otherwise).",
                },
            },
        ),
        "WebhookDeliveryPage": _object(
            "A page of deliveries, by number.",
            {
                "deliveries": {"type": "array", "items": {"$ref": "#/components/schemas/WebhookDelivery"}},
                "next": _count("What to send as `after` for the next page."),
                "more": {"type": "boolean", "description": "True when there is a next page already."},
            },
        ),
        "Replay": _object(
            "What is to be sent again: `sequence`, or `since` and `until`, or `buried`.",
            {
                "sequence": {"type": "integer", "minimum": 1, "description": "One event, by its number."},
                "since": {**INSTANT, "description": "What happened from then on …"},
                "until": {**INSTANT, "description": "… and before then."},
                "buried": {"const": True, "description": "All that was given up."},
                "after": _count("Only what has a higher number: the `next` of the answer before."),
                "url": _text("Where to send it instead of the webhook's own address.", maxLength=2048),
            },
            optional=("sequence", "since", "until", "buried", "after", "url"),
        ),
        "Replayed": _object(
            "What will be sent again.",
            {
                "replayed": _count("How many events."),
                "more": {"type": "boolean", "description": "True when there may be more than these."},
                "next": _or_null({"type": "integer"}, "What to send as `after` then."),
            },
        ),
    }
