"""Webhooks: what an endpoint is owed or was sent, and the log of every attempt."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.endpoint import ACTIVE, DRAINING, Health
from spectrum_orders.domain.notice import Notice
from spectrum_orders.store import bulk, feed, listing, queue
from spectrum_orders.store.endpoints import Endpoint
from spectrum_orders.store.listing import PENDING
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.schema import endpoints, events, outbox, webhook_attempts, webhooks
from spectrum_orders.store.transaction import Transaction

SENT, BURIED = "sent", "buried"
STATES = (PENDING, SENT, BURIED)

ANSWER_BYTES = 1024
"""How much of an answer is kept: enough for a sentence or the head of a page of error."""

REPLAYED_TOGETHER = 1_000
"""Events that one request replays at most: whoever wants more asks again."""

_OPEN = sa.text("webhooks.state <> 'sent'")
"""Said so that the index of those alone is used."""


class Webhook(msgspec.Struct, frozen=True):
    """An event owed to an endpoint. ``feed_sequence`` is its number in the owner's feed, ``url`` another
    address that it was asked to go to."""

    endpoint_id: int
    sequence: int
    client_id: int
    event_id: int
    feed_sequence: int
    state: str
    url: str
    attempts: int
    created_at: int
    settled_at: int | None


class Attempt(msgspec.Struct, frozen=True):
    """What came of one attempt. ``status`` is 0 and ``error`` a code when nobody answered; ``answer`` is the
    beginning of what was answered."""

    at: int
    status: int
    milliseconds: int
    url: str
    answer: str
    error: str


def find(connection: Connection, endpoint_id: int, sequence: int) -> Webhook | None:
    """One of an endpoint's webhooks."""
    mine = (webhooks.c.endpoint_id == endpoint_id, webhooks.c.sequence == sequence)
    row = connection.execute(sa.select(webhooks).where(*mine)).first()
    return None if row is None else Webhook(*row)


def find_notice(connection: Connection, endpoint: Endpoint, webhook: Webhook) -> Notice | None:
    """What it says."""
    return feed.find(connection, endpoint.owner_id, webhook.feed_sequence)


def list_some(
    connection: Connection, endpoint_id: int, *, state: str | None = None, after: int = 0, most: int = 100
) -> list[tuple[Webhook, str]]:
    """An endpoint's webhooks after a number, each with its event's kind."""
    query = (
        sa.select(webhooks, events.c.kind)
        .join(events, (events.c.client_id == webhooks.c.client_id) & (events.c.id == webhooks.c.event_id))
        .where(webhooks.c.endpoint_id == endpoint_id, webhooks.c.sequence > after)
        .order_by(webhooks.c.sequence)
        .limit(most)
    )
    if state is not None:
        query = query.where(webhooks.c.state == state)
        if state != SENT:
            query = query.where(_OPEN)
    return [(Webhook(*row[:-1]), row.kind) for row in connection.execute(query)]


def attempts_of(
    connection: Connection, endpoint_id: int, sequences: Sequence[int]
) -> dict[int, list[Attempt]]:
    """The attempts at these webhooks that are still in the log, by number and then by time."""
    log = webhook_attempts.c
    rows = connection.execute(
        sa.select(log.sequence, log.at, log.status, log.milliseconds, log.url, log.answer, log.error)
        .where(log.endpoint_id == endpoint_id, log.sequence.in_(sequences))
        .order_by(log.sequence, log.id)
    )
    found: dict[int, list[Attempt]] = {}
    for sequence, *fields in rows:
        found.setdefault(sequence, []).append(Attempt(*fields))
    return found


def first_attempt(connection: Connection, endpoint_id: int, sequence: int) -> int | None:
    """When the first attempt was made that is still in the log."""
    log = webhook_attempts.c
    query = sa.select(log.at).where(log.endpoint_id == endpoint_id, log.sequence == sequence)
    return connection.execute(query.order_by(log.id).limit(1)).scalar()


def note_attempt(tx: Transaction, endpoint_id: int, sequence: int, attempt: Attempt) -> None:
    """Put an attempt in the log."""
    row = (endpoint_id, sequence, tx.ids.take(), *msgspec.structs.astuple(attempt))
    bulk.insert(tx.connection, bulk.Rows(webhook_attempts, [row]))
    if sequence:
        tx.connection.execute(_one(endpoint_id, sequence).values(attempts=webhooks.c.attempts + 1))


def note_sent(tx: Transaction, claim: Claim) -> None:
    """The endpoint has taken it, whoever holds the claim by now."""
    queue.settle(tx, [claim])
    tx.connection.execute(_one(claim.subject, claim.order_instant).values(state=SENT, settled_at=tx.now))


def bury(tx: Transaction, claim: Claim) -> None:
    """Give it up until somebody says to try again."""
    if queue.settle(tx, [claim]):
        tx.connection.execute(
            _one(claim.subject, claim.order_instant).values(state=BURIED, settled_at=tx.now)
        )


def waiting(connection: Connection, endpoint_id: int, up_to: int | None = None) -> bool:
    """Whether something is still owed to an endpoint: anything, or a number ``up_to`` this one."""
    # One lane has one urgency, so that the index leads to the lowest number.
    query = sa.select(outbox.c.id).where(outbox.c.lane == endpoint_id, outbox.c.urgency == 0)
    if up_to is not None:
        query = query.where(outbox.c.order_instant <= up_to)
    return connection.execute(query.limit(1)).first() is not None


def line_up(tx: Transaction, endpoint_id: int) -> None:
    """Let all that waits for an endpoint be due, with a whole timetable before it: it is taken in order.

    What is due within a lease may be in a worker's hands, and comes by itself.
    """
    mine = sa.update(outbox).where(outbox.c.lane == endpoint_id)
    tx.connection.execute(mine.values(attempts=0))
    late = mine.where(outbox.c.due_at > tx.now + queue.LEASE_US)
    tx.connection.execute(late.values(due_at=tx.now, claims=outbox.c.claims + 1))


def resumed(tx: Transaction, endpoint: Endpoint) -> Health:
    """The health of an endpoint whose owner says that it is back: what waits is sent now, one by one."""
    line_up(tx, endpoint.id)
    if not waiting(tx.connection, endpoint.id):
        return Health(ACTIVE)
    return Health(DRAINING, drains_to=endpoint.sequence)


def replay(
    tx: Transaction,
    endpoint: Endpoint,
    *,
    sequence: int | None = None,
    since: int | None = None,
    until: int | None = None,
    after: int = 0,
    url: str = "",
) -> tuple[int, int | None]:
    """Send again what was sent or given up: one number; what happened in a window (``until`` excluded); or,
    with neither, all that was buried. How many, and where to go on ``after`` if there may be more.

    What is still owed is not doubled. With ``url`` it goes to another address, and does not wait for the
    endpoint.
    """
    query = (
        sa.select(webhooks, events.c.order_id)
        .join(events, (events.c.client_id == webhooks.c.client_id) & (events.c.id == webhooks.c.event_id))
        .where(
            webhooks.c.endpoint_id == endpoint.id,
            webhooks.c.sequence > after,
            webhooks.c.state != PENDING,
        )
        .order_by(webhooks.c.sequence)
        .limit(REPLAYED_TOGETHER)
        .with_for_update(of=webhooks)
    )
    if sequence is not None:
        query = query.where(webhooks.c.sequence == sequence)
    elif since is not None or until is not None:
        query = query.where(events.c.at >= (since or 0), events.c.at < (until or 1 << 62))
    else:
        query = query.where(webhooks.c.state == BURIED, _OPEN)
    rows = tx.connection.execute(query).all()
    for row in rows:
        tx.connection.execute(_one(endpoint.id, row.sequence).values(state=PENDING, settled_at=None, url=url))
    lane = queue.ASIDE if url else endpoint.id
    queue.add(
        tx,
        [listing.row_of(tx, lane, endpoint.id, row.sequence, row.client_id, row.order_id) for row in rows],
    )
    full = len(rows) == REPLAYED_TOGETHER
    return len(rows), rows[-1].sequence if full else None


def log_begins(connection: Connection) -> int | None:
    """When the oldest attempt was made that is in the log; ``None`` when it is empty."""
    return connection.execute(sa.select(sa.func.min(webhook_attempts.c.at))).scalar()


def forget_before(tx: Transaction, instant: int, most: int) -> int:
    """Take attempts from before an instant off the log, up to ``most``; how many."""
    log = webhook_attempts.c
    key = (log.endpoint_id, log.sequence, log.id)
    old = sa.select(*key).where(log.at < instant).order_by(log.at).limit(most)
    return tx.connection.execute(sa.delete(webhook_attempts).where(sa.tuple_(*key).in_(old))).rowcount


def sent_before(connection: Connection, instant: int, most: int) -> dict[int, int]:
    """Endpoints with webhooks that were sent before an instant, each with the number of the last of the first
    ``most``. Of an endpoint that was removed it counts when they were owed, sent or not."""
    found: dict[int, int] = {}
    for number, removed_at in connection.execute(sa.select(endpoints.c.id, endpoints.c.removed_at)):
        query = sa.select(webhooks.c.sequence, webhooks.c.created_at)
        query = query.where(webhooks.c.endpoint_id == number).order_by(webhooks.c.sequence).limit(most)
        young = webhooks.c.created_at >= instant
        if removed_at is None:
            # What was replayed keeps an early number, and must not keep those behind it.
            query = query.where(webhooks.c.state == SENT, (webhooks.c.settled_at < instant) | young)
        for sequence, created_at in connection.execute(query):
            # Numbers are given as time goes by: what was first owed later ends the look.
            if created_at >= instant:
                break
            found[number] = sequence
    return found


def forget_sent(tx: Transaction, endpoint_id: int, up_to: int, instant: int) -> int:
    """Take webhooks up to a number off the log that were sent before an instant, or whose endpoint is no
    longer there; how many. One that is to be sent again meanwhile stays."""
    gone = sa.exists().where(endpoints.c.id == endpoint_id, endpoints.c.removed_at.is_not(None))
    old = (webhooks.c.state == SENT) & (webhooks.c.settled_at < instant)
    query = sa.delete(webhooks).where(
        webhooks.c.endpoint_id == endpoint_id, webhooks.c.sequence <= up_to, old | gone
    )
    return tx.connection.execute(query).rowcount


def _one(endpoint_id: int, sequence: int) -> sa.Update:
    return sa.update(webhooks).where(webhooks.c.endpoint_id == endpoint_id, webhooks.c.sequence == sequence)


__all__ = ["PENDING", "Attempt", "Webhook"]
