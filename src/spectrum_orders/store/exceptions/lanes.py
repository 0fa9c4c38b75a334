"""Lanes of the queue that nobody works on, and destinations that do not take what is sent.

A lane may hold a million rows. Of each no more than ``SAMPLE`` are looked at, in the order in which workers
take them: where the first ten thousand are in order, so is the lane.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.exceptions import BEHIND_US, FAILING, MISSING, NO_ROUTES, NOBODY_WORKS
from spectrum_orders.store import queue
from spectrum_orders.store.exceptions.look import Look, Placed, few
from spectrum_orders.store.schema import destinations, endpoints, outbox, partners, routes

SAMPLE = 10_000

LARGEST_HOUSE_LANE = 99
"""More than the house will ever have of its own; the lanes above are destinations and endpoints, whose ids
are larger by far."""


class Ailing(msgspec.Struct, frozen=True):
    """A destination that failed the last time it was tried; so many deliveries are owed to it (at most
    ``SAMPLE`` are counted), the first since ``oldest``."""

    destination_id: int
    partner: str
    failures: int
    last_error: str
    waiting: int
    oldest: int


class Lane(msgspec.Struct, frozen=True):
    """A lane with so many rows that are due since ``oldest``, in microseconds."""

    lane: int
    rows: int
    oldest: int


def find_ailing(connection: Connection, partner_id: int | None = None) -> list[Ailing]:
    """Destinations that failed the last time, of one partner or of all, with what is owed to them."""
    query = (
        sa.select(destinations, partners.c.handle)
        .join(partners, partners.c.id == destinations.c.partner_id)
        .where(destinations.c.removed_at.is_(None), destinations.c.failures > 0)
        .order_by(destinations.c.id)
    )
    if partner_id is not None:
        query = query.where(destinations.c.partner_id == partner_id)
    rows = connection.execute(query).all()
    found = []
    for row in rows:
        some = _sample(row.id, outbox.c.id)
        waiting, oldest = connection.execute(
            sa.select(sa.func.count(), sa.func.min(some.c.id)).select_from(some)
        ).one()
        since = 0 if oldest is None else ids.made_at(oldest)
        found.append(Ailing(row.id, row.handle, row.failures, row.last_error, waiting, since))
    return found


def find_behind(connection: Connection, now: int) -> list[Lane]:
    """Lanes with rows that are due for longer than ``BEHIND_US`` and that nobody takes.

    Not the parked and the buried, no destination or endpoint that is paused, and none that is gone.
    """
    awake = sa.select(destinations.c.id).where(
        destinations.c.removed_at.is_(None), destinations.c.paused_until <= now - BEHIND_US
    )
    taking = sa.select(endpoints.c.id).where(
        endpoints.c.removed_at.is_(None),
        endpoints.c.state.in_(("active", "draining")),
        endpoints.c.paused_until <= now - BEHIND_US,
    )
    lanes = [queue.PLAN, queue.WORK]
    lanes += connection.execute(sa.union_all(awake, taking)).scalars()
    late = [(lane, _due(connection, lane, now - BEHIND_US)) for lane in lanes]
    return [Lane(lane, *found) for lane, found in late if found is not None]


def find_homeless(connection: Connection, now: int) -> list[Lane]:
    """Lanes of destinations that are no longer there, with what is still owed to them."""
    there = sa.union_all(
        sa.select(destinations.c.id).where(destinations.c.removed_at.is_(None)), sa.select(endpoints.c.id)
    )
    known = set(connection.execute(there).scalars())
    found = ((lane, _due(connection, lane, now)) for lane in _lanes(connection) if lane not in known)
    return [Lane(lane, *rows) for lane, rows in found if rows is not None]


def _lanes(connection: Connection) -> Iterator[int]:
    """Every lane that is not the house's own and holds a row: by the index from one to the next, past all
    that lies between."""
    last = LARGEST_HOUSE_LANE
    query = sa.select(outbox.c.lane).order_by(outbox.c.lane).limit(1)
    while (lane := connection.execute(query.where(outbox.c.lane > last)).scalar()) is not None:
        yield lane
        last = lane


def _sample(lane: int, column: sa.ColumnElement[int]) -> sa.Subquery:
    taken = (outbox.c.urgency, outbox.c.order_instant, outbox.c.id)
    return sa.select(column).where(outbox.c.lane == lane).order_by(*taken).limit(SAMPLE).subquery()


def _due(connection: Connection, lane: int, before: int) -> tuple[int, int] | None:
    some = _sample(lane, outbox.c.due_at)
    rows, oldest = connection.execute(
        sa.select(sa.func.count(), sa.func.min(some.c.due_at)).where(some.c.due_at < before)
    ).one()
    return (rows, oldest) if rows else None


def _failing(connection: Connection, look: Look) -> Sequence[Placed]:
    return [
        (
            (one.destination_id,),
            Case(
                kind=FAILING,
                since=one.oldest or None,
                partner=one.partner,
                destination=one.destination_id,
                code=one.last_error,
                detail=f"{one.last_error}, {_count(one.failures, 'failure')} in a row, "
                f"{_count(one.waiting, 'delivery', 'deliveries')} owed",
            ),
        )
        for one in find_ailing(connection, look.partner_id)
    ]


def _behind(connection: Connection, look: Look, *, ruled: bool) -> Sequence[Placed]:
    # Without a single rule nobody can plan, however many workers there are.
    has_rules = connection.execute(sa.select(routes.c.id).limit(1)).first() is not None
    return [
        ((one.lane,), _lane(one, NOBODY_WORKS if ruled else NO_ROUTES))
        for one in find_behind(connection, look.now)
        if (one.lane != queue.PLAN or has_rules) is ruled
    ]


def _lane(one: Lane, kind: str) -> Case:
    nouns = {queue.PLAN: ("order to be routed", "orders to be routed")}.get(
        one.lane, ("package to be made", "packages to be made")
    )
    if one.lane > LARGEST_HOUSE_LANE:
        nouns = (f"delivery to {one.lane}", f"deliveries to {one.lane}")
    count = _count(one.rows, *nouns)
    destination = one.lane if one.lane > LARGEST_HOUSE_LANE else None
    return Case(kind=kind, since=one.oldest, count=count, destination=destination)


def _count(number: int, one: str, several: str = "") -> str:
    more = " or more" if number >= SAMPLE else ""
    return f"{number:,}{more} {one if number == 1 else several or one + 's'}"


def _missing(connection: Connection, look: Look) -> Sequence[Placed]:
    return [
        (
            (one.lane,),
            Case(
                kind=MISSING,
                since=one.oldest,
                destination=one.lane,
                count=_count(one.rows, "delivery is", "deliveries are"),
            ),
        )
        for one in find_homeless(connection, look.now)
    ]


def _no_routes(connection: Connection, look: Look) -> Sequence[Placed]:
    return _behind(connection, look, ruled=False)


def _nobody_works(connection: Connection, look: Look) -> Sequence[Placed]:
    return _behind(connection, look, ruled=True)


SOURCES = {
    MISSING: few((int,), _missing),
    FAILING: few((int,), _failing),
    NO_ROUTES: few((int,), _no_routes),
    NOBODY_WORKS: few((int,), _nobody_works),
}
