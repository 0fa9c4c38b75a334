"""One event to one endpoint: signed, posted, and settled by what came of it."""

from __future__ import annotations

import asyncio
import functools
import random
import ssl
from collections import Counter

import msgspec
import structlog

from spectrum_orders.delivery.gathering import Settling
from spectrum_orders.domain import endpoint as standing
from spectrum_orders.domain import schedule
from spectrum_orders.domain.endpoint import DRAINING, PARKED, Verdict
from spectrum_orders.errors import NotFound
from spectrum_orders.outbound import Outbound, tls_context
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import endpoints, queue, webhooks
from spectrum_orders.store.endpoints import Endpoint
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.transaction import Transaction, now_us
from spectrum_orders.store.webhooks import PENDING, Webhook
from spectrum_orders.webhooks import posting, registering, vault
from spectrum_orders.webhooks.posting import Message, Outcome

_log = structlog.get_logger()

MOST_KEPT = 200
"""Endpoints whose connections are kept: a handshake saved is worth less than a file descriptor."""


class Owed(msgspec.Struct, frozen=True):
    """What a claim owes, made ready."""

    endpoint: Endpoint
    webhook: Webhook
    message: Message
    keys: tuple[bytes, ...]

    @property
    def url(self) -> str:
        """Where it goes."""
        return self.webhook.url or self.endpoint.url


class WebhookSender:
    """Posts events. Keeps connections for each endpoint, so that one that is slow uses up nobody else's."""

    def __init__(self, runtime: Runtime, settling: Settling) -> None:
        self._runtime = runtime
        self._settling = settling
        self._tls: ssl.SSLContext | None = None
        self._outbounds: dict[int, Outbound] = {}
        self._using: Counter[int] = Counter()

    async def close(self) -> None:
        """Close every connection."""
        outbounds, self._outbounds = list(self._outbounds.values()), {}
        for outbound in outbounds:
            await outbound.close()

    async def send(self, claim: Claim) -> None:
        """Post what the claim owes, and settle it: sent, postponed or buried."""
        try:
            owed = await asyncio.to_thread(self._find, claim)
        except NotFound:  # its endpoint was removed in this moment, with all that it was owed
            owed = None
        if owed is None:
            await self._settling.write(lambda tx: queue.settle(tx, [claim]))
            return
        outcome = await self._post(owed)
        settle = functools.partial(_settle, claim=claim, owed=owed, outcome=outcome)
        await self._settling.write(settle)
        if not outcome.taken:
            _log.warning(
                "webhook failed",
                endpoint=owed.endpoint.readable_id,
                sequence=owed.webhook.sequence,
                host=registering.host_of(owed.url),
                code=outcome.error,
                attempt=claim.attempts + 1,
            )

    async def _post(self, owed: Owed) -> Outcome:
        number = owed.endpoint.id
        outbound = await self._open(number)
        self._using[number] += 1
        try:
            return await posting.post(outbound, owed.url, owed.keys, owed.message)
        finally:
            self._using[number] -= 1

    async def _open(self, number: int) -> Outbound:
        if self._tls is None:
            self._tls = await asyncio.to_thread(tls_context)
        while len(self._outbounds) >= MOST_KEPT and number not in self._outbounds:
            idle = next((one for one in self._outbounds if not self._using[one]), None)
            if idle is None:
                break
            await self._outbounds.pop(idle).close()
        if number not in self._outbounds:
            allowed = self._runtime.settings.outbound_networks or ()
            self._outbounds[number] = Outbound(allowed, tls=self._tls)
        return self._outbounds[number]

    def _find(self, claim: Claim) -> Owed | None:
        with self._runtime.database.read() as connection:
            webhook = webhooks.find(connection, claim.subject, claim.order_instant)
            endpoint = endpoints.find_by_id(connection, claim.subject)
            if webhook is None or endpoint is None or webhook.state != PENDING:
                return None
            notice = webhooks.find_notice(connection, endpoint, webhook)
            if notice is None:
                return None
            keys = vault.open_secrets(connection, self._runtime.keys, endpoint, now_us())
        message = posting.message(notice, sequence=webhook.sequence, feed_sequence=webhook.feed_sequence)
        return Owed(endpoint, webhook, message, keys)


def _settle(tx: Transaction, claim: Claim, owed: Owed, outcome: Outcome) -> None:
    webhooks.note_attempt(tx, owed.endpoint.id, owed.webhook.sequence, outcome.attempt)
    endpoint = endpoints.find(tx.connection, owed.endpoint.owner_id, owed.endpoint.id, hold=True)
    if outcome.taken:
        webhooks.note_sent(tx, claim)
    if endpoint is None:
        return
    if owed.webhook.url:
        # Another address than the endpoint's own says nothing about the endpoint.
        if not outcome.taken:
            _put_off(tx, claim, outcome)
        return
    if outcome.taken:
        _succeeded(tx, endpoint)
    else:
        _failed(tx, claim, endpoint, outcome)


def _succeeded(tx: Transaction, endpoint: Endpoint) -> None:
    health = endpoint.health
    waits = False
    if health.state in (PARKED, DRAINING):
        up_to = None if health.state == PARKED else health.drains_to
        waits = webhooks.waiting(tx.connection, endpoint.id, up_to)
    after = standing.succeed(health, tx.now, endpoint.sequence, waits=waits)
    if after is not None:
        endpoints.note_health(tx, endpoint, after)


def _failed(tx: Transaction, claim: Claim, endpoint: Endpoint, outcome: Outcome) -> None:
    first = webhooks.first_attempt(tx.connection, endpoint.id, claim.order_instant)
    attempt = standing.Attempt(
        claim.attempts + 1,
        outcome.attempt.at if first is None else first,
        outcome.error,
        outcome.gone,
        outcome.retry_after,
    )
    verdict = standing.fail(endpoint.health, attempt, tx.now, _jitter())
    endpoints.note_health(tx, endpoint, verdict.health)
    if verdict.due_at is None:
        webhooks.bury(tx, claim)
    else:
        queue.postpone(tx, claim, verdict.due_at, outcome.error, attempted=verdict.counts)
    if verdict.parks:
        _park(tx, claim, endpoint, verdict)


def _park(tx: Transaction, claim: Claim, endpoint: Endpoint, verdict: Verdict) -> None:
    webhooks.line_up(tx, endpoint.id)
    queue.add(
        tx,
        [
            queue.row(
                claim.client_id, tx.ids.take(), 0, queue.TELL, tx.now, lane=queue.WORK, subject=endpoint.id
            )
        ],
    )
    tx.record(
        "endpoint.parked", "worker", {"endpoint": endpoint.readable_id, "code": verdict.health.last_error}
    )


def _put_off(tx: Transaction, claim: Claim, outcome: Outcome) -> None:
    due = schedule.next_attempt(
        claim.attempts + 1,
        permanent=outcome.gone,
        retry_after=outcome.retry_after,
        now_us=tx.now,
        jitter=_jitter(),
    )
    if due is None:
        webhooks.bury(tx, claim)
    else:
        queue.postpone(tx, claim, due, outcome.error)


def _jitter() -> float:
    return random.random()  # noqa: S311  jitter protects nothing
