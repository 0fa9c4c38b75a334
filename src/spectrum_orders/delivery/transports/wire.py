"""From failures of the guarded client and answers of receivers to failures of deliveries."""

from __future__ import annotations

import time

from spectrum_orders.delivery.transports.contract import DeliveryFailed
from spectrum_orders.outbound import Answer, OutboundError

_NEXT = {
    "refused": "Then replay the delivery.",
    "unresolved": "Check the host's name, and this machine's name server.",
    "unreachable": "Check that the receiver runs, and firewalls on the way.",
    "timeout": "Ask the receiver whether it is overloaded.",
    "certificate": "Ask the receiver to renew its certificate, or trust its authority with the option ca.",
}

_AGAIN = frozenset({404, 408, 409, 425, 429})
"""The 4xx that speak of this moment and not of the request: not there (a receiver in the middle of being
replaced), timeout, conflict, too early, too many."""


def failed(error: OutboundError) -> DeliveryFailed:
    """The delivery's failure when no answer came."""
    return DeliveryFailed(
        error.code,
        error.message,
        permanent=not error.retryable,
        next_step=_NEXT.get(error.code, "See the log of this server."),
    )


def unsuccessful(answer: Answer, host: str) -> DeliveryFailed:
    """The delivery's failure when the answer is no success. What the receiver wrote is not repeated."""
    status = answer.status
    retry_after = answer.retry_after(time.time())
    said = f"{host} answered {status}."
    if status == 410:
        return DeliveryFailed(
            "gone",
            f"{said} It wants no more deliveries.",
            permanent=True,
            next_step="Ask the receiver for its new address.",
        )
    if status in (401, 403):
        return DeliveryFailed(
            "auth",
            f"{said} It does not take us for who we are.",
            permanent=True,
            next_step="Check the secret of the destination and the clocks of both machines, then replay.",
        )
    if 300 <= status < 400:
        return DeliveryFailed(
            "receiver",
            f"{said} A redirect is not followed.",
            permanent=False,
            next_step="Give the destination the address it leads to, if that is meant.",
            retry_after=retry_after,
        )
    if status == 507:
        return DeliveryFailed(
            "no-space",
            f"{said} It has no space left.",
            permanent=False,
            next_step="Ask the receiver to make room.",
            retry_after=retry_after,
        )
    if 400 <= status < 500 and status not in _AGAIN:
        return DeliveryFailed(
            "rejected",
            f"{said} It will not take this delivery.",
            permanent=True,
            next_step="Ask the receiver why, then replay.",
        )
    return DeliveryFailed(
        "receiver",
        said,
        permanent=False,
        next_step="Nothing now: it is tried again. If it lasts, ask the receiver.",
        retry_after=retry_after,
    )
