"""Endpoints and their deliveries as JSON shows them. No secret is ever part of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spectrum_orders.domain.instants import iso
from spectrum_orders.ids import readable
from spectrum_orders.store.endpoints import Endpoint
from spectrum_orders.store.webhooks import Attempt, Webhook
from spectrum_orders.webhooks.posting import Outcome


def endpoint(one: Endpoint, now: int) -> dict[str, Any]:
    """An endpoint and how it is."""
    health = one.health
    return {
        "id": one.readable_id,
        "url": one.url,
        "types": list(one.kinds),
        "contact": one.contact,
        "note": one.note,
        "state": health.state,
        "lastSequence": one.sequence,
        "failures": health.failures,
        "failingSince": _iso(health.failing_since),
        "pausedUntil": _iso(health.paused_until if health.paused_until > now else None),
        "lastError": health.last_error,
        "ownerToldAt": _iso(health.told_at),
        "secondSecretUntil": _iso(one.old_secret_until if one.old_secret_until > now else None),
        "createdAt": iso(one.created_at),
    }


def delivery(one: Webhook, kind: str, attempts: Sequence[Attempt]) -> dict[str, Any]:
    """What an endpoint is owed or was sent, with every attempt that is still in the log."""
    return {
        "sequence": one.sequence,
        "feedSequence": one.feed_sequence,
        "eventId": readable("evt", one.event_id),
        "type": kind,
        "state": one.state,
        "url": one.url or None,
        "attempts": one.attempts,
        "createdAt": iso(one.created_at),
        "settledAt": _iso(one.settled_at),
        "log": [attempt(each) for each in attempts],
    }


def attempt(one: Attempt) -> dict[str, Any]:
    """One attempt."""
    return {
        "at": iso(one.at),
        "url": one.url,
        "status": one.status,
        "milliseconds": one.milliseconds,
        "answer": one.answer,
        "error": one.error,
    }


def trial(outcome: Outcome) -> dict[str, Any]:
    """What came of a test."""
    return {"delivered": outcome.taken, **attempt(outcome.attempt)}


def _iso(instant: int | None) -> str | None:
    return None if instant is None else iso(instant)
