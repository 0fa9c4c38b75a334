"""The outbox as a queue: claimed under a lease, settled under a fence, in lanes that never wait for another.

A row is one effect that is still owed. It is claimed in one short transaction and settled in a
second; nothing is open while the effect itself happens. A claim moves ``due_at`` to the end of its
lease, so what a killed worker held comes back by itself, and counts ``claims``: a worker whose lease
ran out settles nothing, because the number has moved on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store import bulk
from spectrum_orders.store.schema import outbox
from spectrum_orders.store.transaction import Transaction

ACKNOWLEDGED = "order.acknowledged"
COMPLETED = "order.completed"
MAKE = "package.make"
RENDER = "recipe.render"
DELIVER = "package.deliver"
DISCARD = "files.discard"
WEBHOOK = "webhook"
TELL = "endpoint.tell"

OURS = (ACKNOWLEDGED, COMPLETED, MAKE, RENDER)
"""What is ours to do for orders; the rest is between us and somebody's machine."""

PLAN, WORK, PARKED, BURIED, ASIDE = 0, 1, 2, 3, 4
"""Lanes of the house: orders to be planned, files to be made, what waits for somebody, what was given up, and
webhooks that were asked to go to another address than their endpoint's. Every destination and every endpoint
is a lane of its own, under its id, so that one that is dead delays no other."""

LEASE_US = 60_000_000
"""A claim is held for a minute: a killed worker's work is taken up by another within that time."""

URGENT, NORMAL, LAST = 0, 1, 2
"""The urgencies of orders with a higher priority, without one, and with a lower one."""


def about(subjects: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Rows whose ``subject`` fulfils a condition: said so that the index on subjects is used."""
    # As text: a column of booleans would be compared with 1 on SQLite, in words that no index has.
    return sa.and_(sa.text("outbox.subject <> 0"), subjects)


Job = Callable[[Transaction], Any]
"""What is done in one short transaction."""


class Claim(msgspec.Struct, frozen=True):
    """A row in our hands until its lease ends."""

    client_id: int
    id: int
    order_id: int
    kind: str
    attempts: int
    lane: int
    urgency: int
    order_instant: int
    claims: int
    subject: int
    reason: str


def row(
    client_id: int,
    number: int,
    order_id: int,
    kind: str,
    due_at: int,
    *,
    lane: int = PLAN,
    urgency: int = NORMAL,
    order_instant: int = 0,
    subject: int = 0,
) -> tuple[Any, ...]:
    """A new row, members in the table's order, for ``bulk.insert``."""
    return (client_id, number, order_id, kind, due_at, 0, lane, urgency, order_instant, 0, subject, "")


def due_lanes(connection: Connection, lanes: Iterable[int], now: int) -> list[int]:
    """Which of these lanes hold a row that is due, in the order in which they are given."""
    asked = list(lanes)
    if not asked:
        return []
    # One question for all: there may be an endpoint for every client, and this is asked ten times a second.
    given = bulk.values_of(connection, [[lane] for lane in asked], ("lane",))
    due = sa.exists().where(outbox.c.lane == given.c.lane, outbox.c.due_at <= now)
    found = set(connection.execute(sa.select(given.c.lane).where(due)).scalars())
    return [lane for lane in asked if lane in found]


def count_due(connection: Connection, lanes: Iterable[int], now: int, *, most: int) -> int:
    """How many rows of these lanes are due, counted up to ``most``."""
    found = 0
    # Lane by lane: of a list of lanes SQLite would read every row that there is.
    for lane in due_lanes(connection, lanes, now):
        due = sa.select(outbox.c.id).where(outbox.c.lane == lane, outbox.c.due_at <= now).limit(most - found)
        found += connection.execute(sa.select(sa.func.count()).select_from(due.subquery())).scalar_one()
        if found == most:
            break
    return found


def any_owed(connection: Connection) -> bool:
    """Whether a row is in a lane where it waits for nobody but a worker, other than orders to be planned."""
    ready = (outbox.c.lane == WORK) | (outbox.c.lane >= ASIDE)
    return connection.execute(sa.select(outbox.c.id).where(ready).limit(1)).first() is not None


def claim(tx: Transaction, lane: int, most: int, lease_us: int) -> list[Claim]:
    """Take up to ``most`` due rows of a lane for ``lease_us`` microseconds, the most urgent first.

    Workers that race take different rows: PostgreSQL skips what another has locked, and SQLite has
    one writer at a time.
    """
    picked = (
        sa.select(outbox.c.client_id, outbox.c.id)
        .where(outbox.c.lane == lane, outbox.c.due_at <= tx.now)
        .order_by(outbox.c.urgency, outbox.c.order_instant, outbox.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("picked")
        # Inlined, PostgreSQL may run it again and lock more than it updates.
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    taken = tx.connection.execute(
        sa.update(outbox)
        .where(outbox.c.client_id == picked.c.client_id, outbox.c.id == picked.c.id)
        .values(due_at=tx.now + lease_us, claims=outbox.c.claims + 1)
        .returning(*(outbox.columns[name] for name in Claim.__struct_fields__))
    )
    rows = [Claim(*values) for values in taken]
    return sorted(rows, key=lambda one: (one.urgency, one.order_instant, one.id))


def settle(tx: Transaction, claims: Sequence[Claim]) -> set[int]:
    """Take rows off the queue; the ids of those that were still ours."""
    if not claims:
        return set()
    values = [[one.client_id, one.id, one.claims] for one in claims]
    source = bulk.values_of(tx.connection, values, ("client_id", "id", "claims"))
    done = tx.connection.execute(
        sa.delete(outbox)
        .where(
            sa.tuple_(outbox.c.client_id, outbox.c.id, outbox.c.claims).in_(
                sa.select(source.c.client_id, source.c.id, source.c.claims)
            )
        )
        .returning(outbox.c.id)
    )
    return set(done.scalars())


def held(connection: Connection, claims: Sequence[Claim]) -> set[int]:
    """The ids of those rows that are still ours."""
    values = [[one.client_id, one.id, one.claims] for one in claims]
    source = bulk.values_of(connection, values, ("client_id", "id", "claims"))
    mine = sa.and_(*(outbox.c[name] == source.c[name] for name in ("client_id", "id", "claims")))
    return set(connection.execute(sa.select(outbox.c.id).join(source, mine)).scalars())


def postpone(
    tx: Transaction, one: Claim, due_at: int, reason: str, *, lane: int | None = None, attempted: bool = True
) -> bool:
    """Put a row back until ``due_at``, in another lane if named; whether it was still ours.

    ``reason`` is a code for the operator, never a sentence with data in it.
    """
    done = tx.connection.execute(
        sa.update(outbox)
        .where(outbox.c.client_id == one.client_id, outbox.c.id == one.id, outbox.c.claims == one.claims)
        .values(
            due_at=due_at,
            reason=reason,
            lane=one.lane if lane is None else lane,
            attempts=outbox.c.attempts + (1 if attempted else 0),
            # Nobody who held it may move its time any more, such as whoever lets go of everything at an end.
            claims=outbox.c.claims + 1,
        )
    )
    return done.rowcount == 1


def explain(tx: Transaction, one: Claim, reason: str) -> None:
    """Say of a row in our hands why it is still owed."""
    mine = (outbox.c.client_id == one.client_id, outbox.c.id == one.id, outbox.c.claims == one.claims)
    tx.connection.execute(sa.update(outbox).where(*mine).values(reason=reason))


def park(tx: Transaction, claims: Sequence[Claim], due_at: int, reason: str) -> set[int]:
    """Put rows aside for what somebody has to do first; the ids of those that were still ours."""
    if not claims:
        return set()
    source = bulk.values_of(
        tx.connection, [[one.client_id, one.id, one.claims] for one in claims], ("client_id", "id", "claims")
    )
    done = tx.connection.execute(
        sa.update(outbox)
        .where(
            sa.tuple_(outbox.c.client_id, outbox.c.id, outbox.c.claims).in_(
                sa.select(source.c.client_id, source.c.id, source.c.claims)
            )
        )
        .values(due_at=due_at, reason=reason, lane=PARKED, claims=outbox.c.claims + 1)
        .returning(outbox.c.id)
    )
    return set(done.scalars())


def extend(tx: Transaction, claims: Sequence[Claim], until: int) -> int:
    """Move the end of leases that are still ours; how many there were."""
    return bulk.update(
        tx.connection,
        outbox,
        [(one.client_id, one.id, one.claims, until) for one in claims],
        match=("client_id", "id", "claims"),
        give=("due_at",),
    )


def wake(tx: Transaction, condition: sa.ColumnElement[bool], lane: int) -> int:
    """Make parked or buried rows due now, in ``lane``; how many. A worker that still holds one loses it."""
    done = tx.connection.execute(
        sa.update(outbox)
        .where(outbox.c.lane.in_((PARKED, BURIED)), condition)
        .values(due_at=tx.now, lane=lane, attempts=0, reason="", claims=outbox.c.claims + 1)
    )
    return done.rowcount


def unpark(tx: Transaction) -> None:
    """Have what has been parked for long enough looked at again, where it came from."""
    for kind, lane in ((ACKNOWLEDGED, PLAN), (MAKE, WORK)):
        tx.connection.execute(
            sa.update(outbox)
            .where(outbox.c.lane == PARKED, outbox.c.kind == kind, outbox.c.due_at <= tx.now)
            .values(lane=lane, claims=outbox.c.claims + 1)
        )


def wake_order(tx: Transaction, client_id: int, order_id: int, kind: str, lane: int) -> int:
    """Make an order's parked row of this kind due now; how many."""
    mine = (outbox.c.client_id == client_id) & (outbox.c.order_id == order_id) & (outbox.c.kind == kind)
    return wake(tx, mine, lane)


def drop(tx: Transaction, client_id: int, numbers: Sequence[int]) -> None:
    """Take rows off the queue whose effect somebody else has seen to, whoever holds them."""
    mine = (outbox.c.client_id == client_id, outbox.c.id.in_(numbers))
    tx.connection.execute(sa.delete(outbox).where(*mine))


def add(tx: Transaction, rows: Sequence[tuple[Any, ...]]) -> None:
    """Put rows made by ``row`` on the queue."""
    bulk.insert(tx.connection, bulk.Rows(outbox, rows))
