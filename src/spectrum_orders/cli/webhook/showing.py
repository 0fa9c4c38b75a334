"""Webhooks as the command line shows them. No secret is ever part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spectrum_orders.cli import terminal

if TYPE_CHECKING:
    from spectrum_orders.store.endpoints import Endpoint, Owner
    from spectrum_orders.store.webhooks import Attempt


def plain(endpoint: Endpoint, owner: Owner, now: int) -> dict[str, Any]:
    """A webhook as JSON shows it."""
    health = endpoint.health
    return {
        "id": endpoint.readable_id,
        owner.kind: owner.handle,
        "url": endpoint.url,
        "types": list(endpoint.kinds),
        "contact": endpoint.contact,
        "note": endpoint.note,
        "state": health.state,
        "lastSequence": endpoint.sequence,
        "failures": health.failures,
        "failingSince": terminal.instant(health.failing_since),
        "pausedUntil": terminal.instant(health.paused_until) if health.paused_until > now else None,
        "lastError": health.last_error,
        "ownerToldAt": terminal.instant(health.told_at),
        "secondSecretUntil": (
            terminal.instant(endpoint.old_secret_until) if endpoint.old_secret_until > now else None
        ),
        "createdAt": terminal.instant(endpoint.created_at),
    }


def attempt(one: Attempt) -> dict[str, Any]:
    """One attempt as JSON shows it."""
    return {
        "at": terminal.instant(one.at),
        "url": one.url,
        "status": one.status,
        "milliseconds": one.milliseconds,
        "answer": one.answer,
        "error": one.error,
    }


def outcome(one: Attempt) -> str:
    """What came of an attempt, in some words."""
    said = f"the answer {one.status}" if one.status else f"no answer ({one.error})"
    return f"{said} after {one.milliseconds:,} ms"
