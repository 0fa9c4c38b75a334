"""Deliveries as an operator sees them: which there are, and giving those that were given up a new start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.exceptions import NO_DESTINATION
from spectrum_orders.store import bulk, partners, queue, recipes
from spectrum_orders.store.packages import BURIED, PENDING
from spectrum_orders.store.schema import clients, deliveries, lines, orders, outbox, packages
from spectrum_orders.store.transaction import Transaction

REMOVED = "removed"
"""Why a delivery was given up whose destination is no longer there."""

OF_REMOVED = deliveries.c.proof.like(f'%"code":"{REMOVED}"%')
"""That was why."""


class Listed(msgspec.Struct, frozen=True):
    """One delivery with what names it to a person. ``proof`` is JSON: how it was checked, or why not."""

    client_id: int
    package_id: int
    destination_id: int
    order_id: int
    client: str
    purchase_order_number: str
    partner_id: int
    state: str
    name: str
    attempts: int
    proof: str
    created_at: int
    settled_at: int | None


def find_listed(
    connection: Connection,
    *,
    state: str | None = None,
    destination: int | None = None,
    package: int | None = None,
    since: int | None = None,
    until: int | None = None,
    after: tuple[int, int, int] = (0, 0, 0),
    most: int = 500,
) -> list[Listed]:
    """Deliveries by client, package and destination, those that come ``after`` these three.

    ``since`` and ``until`` (excluded) are about when a delivery was settled, or made while it is pending.
    """
    at = sa.func.coalesce(deliveries.c.settled_at, deliveries.c.created_at)
    key = (deliveries.c.client_id, deliveries.c.package_id, deliveries.c.destination_id)
    query = (
        sa.select(
            deliveries,
            packages.c.order_id,
            packages.c.partner_id,
            orders.c.purchase_order_number,
            clients.c.handle.label("client"),
        )
        .join(
            packages,
            (packages.c.client_id == deliveries.c.client_id) & (packages.c.id == deliveries.c.package_id),
        )
        .join(orders, (orders.c.client_id == packages.c.client_id) & (orders.c.id == packages.c.order_id))
        .join(clients, clients.c.id == deliveries.c.client_id)
        .where(sa.tuple_(*key) > sa.tuple_(*after))
        .order_by(*key)
        .limit(most)
    )
    if state is not None:
        query = query.where(deliveries.c.state == state)
    if destination is not None:
        query = query.where(deliveries.c.destination_id == destination)
    if package is not None:
        query = query.where(deliveries.c.package_id == package)
    if since is not None:
        query = query.where(at >= since)
    if until is not None:
        query = query.where(at < until)
    return [
        Listed(**{name: row._mapping[name] for name in Listed.__struct_fields__})
        for row in connection.execute(query)
    ]


def replay(tx: Transaction, given_up: Sequence[Listed], *, to: int | None = None) -> int:
    """Make deliveries that were given up due now, to their own destination or ``to`` another; how many.

    One that is no longer buried is left alone, so that two who replay the same replay it once. A pause of
    the destination ends with it.
    """
    rows = _buried_rows(tx, {one.package_id for one in given_up})
    done = 0
    lanes: set[int] = set()
    for one in given_up:
        mine = (
            deliveries.c.client_id == one.client_id,
            deliveries.c.package_id == one.package_id,
            deliveries.c.destination_id == one.destination_id,
        )
        if to is None or to == one.destination_id:
            there = sa.update(deliveries).where(*mine, deliveries.c.state == BURIED)
            moved = tx.connection.execute(there.values(state=PENDING, settled_at=None)).rowcount
        else:
            gone = sa.delete(deliveries).where(*mine, deliveries.c.state == BURIED)
            moved = tx.connection.execute(gone).rowcount
            fresh = (one.client_id, one.package_id, to, PENDING, one.name, 0, "", tx.now, None)
            if moved:
                bulk.insert(tx.connection, bulk.Rows(deliveries, [fresh], keep_old=True))
        if moved:
            # What lies in the lane of the buried has lost the lane it came from, and needs none of its
            # own: a package's rows differ in nothing else.
            lane = to or one.destination_id
            left = rows.get((one.client_id, one.package_id))
            if left:
                _revive(tx, left.pop(), lane)
            else:  # cannot be by our own doing, but whoever asks for a replay must get one
                number = tx.ids.take()
                kind, due = queue.DELIVER, tx.now
                args = (one.client_id, number, one.order_id, kind, due)
                queue.add(tx, [queue.row(*args, lane=lane, subject=one.package_id)])
            done += 1
            tx.record(
                "delivery.replayed",
                "cli",
                {"package": str(one.package_id), "destination": str(to or one.destination_id)},
                client_id=one.client_id,
                order_id=one.order_id,
            )
            lanes.add(lane)
    partners.end_pause(tx, lanes)
    return done


def _buried_rows(tx: Transaction, package_ids: set[int]) -> dict[tuple[int, int], list[sa.Row[Any]]]:
    found: dict[tuple[int, int], list[sa.Row[Any]]] = {}
    for row in tx.connection.execute(
        sa.select(outbox)
        .where(
            outbox.c.lane == queue.BURIED,
            outbox.c.kind == queue.DELIVER,
            outbox.c.subject.in_(sorted(package_ids)),
        )
        .with_for_update()
    ):
        found.setdefault((row.client_id, row.subject), []).append(row)
    return found


def _revive(tx: Transaction, row: sa.Row[Any], lane: int) -> None:
    tx.connection.execute(
        sa.update(outbox)
        .where(outbox.c.client_id == row.client_id, outbox.c.id == row.id)
        .values(lane=lane, due_at=tx.now, attempts=0, reason="", claims=outbox.c.claims + 1)
    )


def count_owed(connection: Connection) -> dict[int, int]:
    """How many deliveries each destination is still owed; those that are owed none are not named."""
    # By the queue and not by the deliveries, most of which were sent long ago.
    rows = connection.execute(
        sa.select(outbox.c.lane, sa.func.count().label("owed"))
        .where(outbox.c.lane > queue.BURIED)
        .group_by(outbox.c.lane)
    )
    return {row.lane: row.owed for row in rows}


def count_buried(connection: Connection, destination: int) -> int:
    """How many deliveries to a destination were given up and wait for somebody to replay them."""
    # By the queue and not by the deliveries, of which no index knows the destination.
    given_up = (
        sa.select(outbox.c.client_id, outbox.c.subject)
        .where(outbox.c.lane == queue.BURIED, outbox.c.kind == queue.DELIVER)
        .distinct()
        .subquery()
    )
    mine = sa.and_(
        deliveries.c.client_id == given_up.c.client_id,
        deliveries.c.package_id == given_up.c.subject,
        deliveries.c.destination_id == destination,
        deliveries.c.state == BURIED,
    )
    return connection.execute(
        sa.select(sa.func.count()).select_from(given_up.join(deliveries, mine))
    ).scalar_one()


def bury_lane(tx: Transaction, destination: int) -> int:
    """Give up what is still owed to a destination that is removed, where it can be seen; how many."""
    buried = tx.connection.execute(
        sa.update(outbox)
        .where(outbox.c.lane == destination)
        .values(lane=queue.BURIED, due_at=tx.now, reason=REMOVED, claims=outbox.c.claims + 1)
    ).rowcount
    told = {
        "code": REMOVED,
        "message": "The destination was removed.",
        "nextStep": "Replay it to another destination.",
    }
    tx.connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.destination_id == destination, deliveries.c.state == PENDING)
        .values(state=BURIED, settled_at=tx.now, proof=msgspec.json.encode(told).decode())
    )
    return buried


def wake_homeless(tx: Transaction, partner_id: int) -> int:
    """A partner has a destination at last: let the packages that had none be delivered; how many."""
    its = sa.select(packages.c.id).where(
        packages.c.client_id == outbox.c.client_id, packages.c.partner_id == partner_id
    )
    waits = (
        (outbox.c.kind == queue.MAKE)
        & (outbox.c.reason == NO_DESTINATION)
        & (outbox.c.subject.in_(its.correlate(outbox)))
    )
    return queue.wake(tx, waits, queue.WORK)


def hurry(tx: Transaction, destination: int, lease_us: int) -> int:
    """Make due now what waits for its next attempt at a destination; how many.

    What is due within a lease may be in a worker's hands, and comes soon enough by itself.
    """
    return tx.connection.execute(
        sa.update(outbox)
        .where(outbox.c.lane == destination, outbox.c.due_at > tx.now + lease_us)
        .values(due_at=tx.now, claims=outbox.c.claims + 1)
    ).rowcount


def retry_order(tx: Transaction, client_id: int, order_id: int) -> int:
    """Make due now what an order waits for, or was given up, before any delivery; how many rows.

    Artwork whose making failed is made again: the machine may have been at fault.
    """
    bound = sa.select(lines.c.recipe_version).where(
        lines.c.client_id == client_id, lines.c.order_id == order_id, lines.c.recipe_version.is_not(None)
    )
    recipes.forget_failed(tx, client_id, list(tx.connection.execute(bound).scalars()))
    mine = (outbox.c.client_id == client_id) & (outbox.c.order_id == order_id)
    woken = queue.wake(tx, mine & (outbox.c.kind == queue.ACKNOWLEDGED), queue.PLAN)
    woken += queue.wake(tx, mine & (outbox.c.kind == queue.COMPLETED), queue.PLAN)
    woken += queue.wake(tx, mine & (outbox.c.kind == queue.MAKE), queue.WORK)
    if woken:
        tx.record("order.retried", "cli", {}, client_id=client_id, order_id=order_id)
    return woken
