"""What waits for somebody: read from the queue itself, so that nothing waits unseen."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.domain.endpoint import DISABLED, PARKED
from spectrum_orders.store import queue
from spectrum_orders.store.database import lift_time_limit
from spectrum_orders.store.packages import BURIED
from spectrum_orders.store.schema import (
    clients,
    deliveries,
    destinations,
    endpoints,
    orders,
    outbox,
    packages,
    partners,
)

BEHIND_US = 5 * 60 * 1_000_000
"""What is due and in nobody's hands for this long is not being worked on: a lease lasts a minute."""

LARGEST_HOUSE_LANE = queue.ASIDE
"""Lanes above it are destinations."""


class Stuck(msgspec.Struct, frozen=True):
    """An order or package that waits for somebody. ``since`` is when it came to wait, in microseconds."""

    kind: str
    buried: bool
    reason: str
    since: int
    client: str
    purchase_order_number: str
    package_id: int | None
    partner: str | None


class GivenUp(msgspec.Struct, frozen=True):
    """A delivery that was given up. ``proof`` is JSON with ``code``, ``message`` and ``nextStep``."""

    since: int
    client: str
    purchase_order_number: str
    package_id: int
    destination_id: int
    partner: str
    proof: str


class Ailing(msgspec.Struct, frozen=True):
    """A destination that failed the last time it was tried; ``waiting`` deliveries are owed to it."""

    destination_id: int
    partner: str
    failures: int
    paused_until: int
    last_error: str
    waiting: int
    oldest: int


class Lane(msgspec.Struct, frozen=True):
    """A lane with so many rows that are due since ``oldest``, in microseconds."""

    lane: int
    rows: int
    oldest: int


def count_stuck(connection: Connection) -> dict[tuple[str, bool, str], int]:
    """How many rows wait for somebody, by kind, whether they were given up, and reason."""
    lift_time_limit(connection)
    lane_kind_reason = (outbox.c.lane, outbox.c.kind, outbox.c.reason)
    rows = connection.execute(
        sa.select(*lane_kind_reason, sa.func.count())
        .where(outbox.c.lane.in_((queue.PARKED, queue.BURIED)))
        .group_by(*lane_kind_reason)
    )
    found: dict[tuple[str, bool, str], int] = {}
    for lane, kind, reason, count in rows:
        found[(kind, lane == queue.BURIED, reason)] = count
    return found


def find_stuck(connection: Connection, most: int) -> list[Stuck]:
    """Orders and packages that wait, the oldest first."""
    rows = connection.execute(
        sa.select(
            outbox.c.id,
            outbox.c.kind,
            outbox.c.lane,
            outbox.c.reason,
            orders.c.purchase_order_number,
            clients.c.handle.label("client"),
            packages.c.id.label("package_id"),
            partners.c.handle.label("partner"),
        )
        .join(orders, (orders.c.client_id == outbox.c.client_id) & (orders.c.id == outbox.c.order_id))
        .join(clients, clients.c.id == outbox.c.client_id)
        .outerjoin(
            packages, (packages.c.client_id == outbox.c.client_id) & (packages.c.id == outbox.c.subject)
        )
        .outerjoin(partners, partners.c.id == packages.c.partner_id)
        .where(outbox.c.lane.in_((queue.PARKED, queue.BURIED)), outbox.c.kind != queue.DELIVER)
        .order_by(outbox.c.id)
        .limit(most)
    )
    return [
        Stuck(
            row.kind,
            row.lane == queue.BURIED,
            row.reason,
            ids.made_at(row.id),
            row.client,
            row.purchase_order_number,
            row.package_id,
            row.partner,
        )
        for row in rows
    ]


def find_given_up(connection: Connection, most: int) -> list[GivenUp]:
    """Deliveries that were given up, the oldest package first."""
    # By way of the queue, which has an index on its lanes; most deliveries were sent long ago.
    buried = (
        sa.select(outbox.c.client_id, outbox.c.subject)
        .where(outbox.c.lane == queue.BURIED, outbox.c.kind == queue.DELIVER)
        .distinct()
        .subquery()
    )
    rows = connection.execute(
        sa.select(
            deliveries,
            orders.c.purchase_order_number,
            clients.c.handle.label("client"),
            partners.c.handle.label("partner"),
        )
        .join(
            buried,
            (buried.c.client_id == deliveries.c.client_id) & (buried.c.subject == deliveries.c.package_id),
        )
        .join(
            packages,
            (packages.c.client_id == deliveries.c.client_id) & (packages.c.id == deliveries.c.package_id),
        )
        .join(orders, (orders.c.client_id == packages.c.client_id) & (orders.c.id == packages.c.order_id))
        .join(clients, clients.c.id == deliveries.c.client_id)
        .join(partners, partners.c.id == packages.c.partner_id)
        .where(deliveries.c.state == BURIED)
        .order_by(deliveries.c.package_id, deliveries.c.destination_id)
        .limit(most)
    )
    return [
        GivenUp(
            row.created_at if row.settled_at is None else row.settled_at,
            row.client,
            row.purchase_order_number,
            row.package_id,
            row.destination_id,
            row.partner,
            row.proof,
        )
        for row in rows
    ]


def find_ailing(connection: Connection) -> list[Ailing]:
    """Destinations that failed the last time, with what is owed to them."""
    owed = (
        sa.select(sa.func.count(), sa.func.min(outbox.c.id))
        .where(outbox.c.lane == destinations.c.id)
        .correlate(destinations)
    )
    counted = owed.with_only_columns(sa.func.count()).scalar_subquery()
    oldest = owed.with_only_columns(sa.func.min(outbox.c.id)).scalar_subquery()
    rows = connection.execute(
        sa.select(destinations, partners.c.handle, counted.label("waiting"), oldest.label("oldest"))
        .join(partners, partners.c.id == destinations.c.partner_id)
        .where(destinations.c.removed_at.is_(None), destinations.c.failures > 0)
        .order_by(destinations.c.id)
    )
    return [
        Ailing(
            row.id,
            row.handle,
            row.failures,
            row.paused_until,
            row.last_error,
            row.waiting,
            0 if row.oldest is None else ids.made_at(row.oldest),
        )
        for row in rows
    ]


def find_behind(connection: Connection, now: int) -> list[Lane]:
    """Lanes with rows that are due for longer than ``BEHIND_US`` and that nobody takes.

    Not the parked and the buried, no destination that is paused, and no endpoint that rests.
    """
    lift_time_limit(connection)
    resting = sa.union_all(
        sa.select(destinations.c.id).where(
            destinations.c.removed_at.is_(None), destinations.c.paused_until > now - BEHIND_US
        ),
        sa.select(endpoints.c.id).where(
            (endpoints.c.state.in_((DISABLED, PARKED))) | (endpoints.c.paused_until > now - BEHIND_US)
        ),
    )
    rows = connection.execute(
        sa.select(outbox.c.lane, sa.func.count(), sa.func.min(outbox.c.due_at))
        .where(
            outbox.c.due_at < now - BEHIND_US,
            outbox.c.lane.not_in((queue.PARKED, queue.BURIED)),
            outbox.c.lane.not_in(resting),
        )
        .group_by(outbox.c.lane)
        .order_by(outbox.c.lane)
    )
    return [Lane(*row) for row in rows]


def find_homeless_lanes(connection: Connection) -> list[Lane]:
    """Lanes of destinations that are no longer there, with what is still owed to them."""
    lift_time_limit(connection)
    there = sa.union_all(
        sa.select(destinations.c.id).where(destinations.c.removed_at.is_(None)), sa.select(endpoints.c.id)
    )
    rows = connection.execute(
        sa.select(outbox.c.lane, sa.func.count(), sa.func.min(outbox.c.due_at))
        .where(outbox.c.lane > LARGEST_HOUSE_LANE, outbox.c.lane.not_in(there))
        .group_by(outbox.c.lane)
        .order_by(outbox.c.lane)
    )
    return [Lane(*row) for row in rows]
