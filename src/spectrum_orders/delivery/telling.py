"""Telling the owner of an endpoint that it is parked, by another channel than the one that does not work."""

from __future__ import annotations

import asyncio

import structlog

from spectrum_orders.delivery import mail
from spectrum_orders.domain.instants import iso
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import endpoints
from spectrum_orders.store.endpoints import Endpoint, Owner
from spectrum_orders.store.queue import Claim
from spectrum_orders.webhooks import registering

_log = structlog.get_logger()

_TEXT = """\
Events of {owner} cannot be delivered to the webhook {id} at {host}.

It has taken none since {since}; the last attempt ended with: {error}.

Nothing is lost. The webhook is parked: its events wait, and it is tried once an hour. As soon as it answers
with a success, everything that waited is sent to it, in order.

You need do nothing here once it works again. To have it tried at once, set it to active:
PATCH /api/webhooks/{id} with {{"state": "active"}}, or: spectrum webhook resume {id}
"""


async def tell(runtime: Runtime, claim: Claim) -> None:
    """Send the message that the claim owes, if it is still true. Raises MailFailed, to be tried again.

    Where no mail can be sent it is logged as an error; the list of exceptions has it as well.
    """
    found = await asyncio.to_thread(_find, runtime, claim.subject)
    if found is None:
        return
    endpoint, owner = found
    settings = runtime.settings
    if settings.smtp_url is None or not endpoint.contact:
        _log.error(
            "webhook parked, and its owner cannot be told by mail",
            endpoint=endpoint.readable_id,
            owner=owner.handle,
            why="no SPECTRUM_SMTP_URL" if settings.smtp_url is None else "no contact",
            host=registering.host_of(endpoint.url),
            code=endpoint.health.last_error,
        )
        return
    since = endpoint.health.failing_since or 0
    text = _TEXT.format(
        owner=f"the {owner.kind} {owner.handle}",
        id=endpoint.readable_id,
        host=registering.host_of(endpoint.url),
        since=iso(since),
        error=endpoint.health.last_error,
    )
    subject = f"Webhook {endpoint.readable_id} is parked: its events wait"
    # The same name whenever it is sent, in case that we die before we have noted it.
    name = f"{endpoint.readable_id}.{since}"
    await asyncio.to_thread(mail.send, settings, endpoint.contact, subject, text, name)
    await asyncio.to_thread(_note, runtime, endpoint)


def _find(runtime: Runtime, number: int) -> tuple[Endpoint, Owner] | None:
    with runtime.database.read() as connection:
        return endpoints.find_untold(connection, number)


def _note(runtime: Runtime, endpoint: Endpoint) -> None:
    with runtime.ledger.write() as tx:
        endpoints.note_told(tx, endpoint)
