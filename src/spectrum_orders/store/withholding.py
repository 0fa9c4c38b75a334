"""Packages of an order whose people were erased: none leaves any more, and none disappears unseen.

Whoever erases and whoever sends lock the package's row: one that is found there by an erasure either has
begun to leave, and its factory is asked to delete it, or meets a closed gate. A package that comes to be
later finds the order erased.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store import packages, queue
from spectrum_orders.store.packages import (
    BURIED,
    CANCELLED,
    DELIVERED,
    PENDING,
    PERSONAL,
    PRINTED,
    SENDING,
    SENT,
    WAITING,
    WITHDRAWN,
    Package,
)
from spectrum_orders.store.schema import deliveries, outbox
from spectrum_orders.store.transaction import Transaction

PERSON_ERASED = "person-erased"
"""Why a package does not leave any more: nobody knows where it is to be shipped. It waits for somebody to
cancel its lines."""

FILES_LOST = "files-lost"
"""Why a delivery that had passed the gate came back to it, before anything of it left."""

AGAIN_US = 24 * 3_600 * 1_000_000
"""How often such a package is looked at all the same."""


def has_left(connection: Connection, package: Package) -> bool:
    """Whether any of it may have arrived somewhere: an attempt that failed may have failed at its end."""
    query = sa.select(deliveries.c.destination_id).where(
        *_deliveries_of(package),
        deliveries.c.state.in_((SENDING, SENT))
        | (deliveries.c.attempts > 0)
        # What is to be delivered once more begins to count anew, and keeps what came of it before.
        | (deliveries.c.proof != ""),
    )
    return connection.execute(query.limit(1)).first() is not None


def came_back(connection: Connection, package: Package) -> int:
    """How many of its deliveries have passed the gate and are before it again, as if they never had."""
    owed = queue.about((outbox.c.client_id == package.client_id) & (outbox.c.subject == package.id))
    query = sa.select(sa.func.count()).where(
        owed, outbox.c.kind == queue.DELIVER, outbox.c.reason == FILES_LOST
    )
    return connection.execute(query).scalar_one()


def may_be_withheld(connection: Connection, package: Package) -> bool:
    """Whether a package is still here, or partly, and no sender may have it in its hands at this moment.

    What is being sent is not cut off: it arrives, or comes back to the gate.
    """
    if package.kind not in PERSONAL or package.state in (CANCELLED, DELIVERED):
        return False
    query = sa.select(deliveries.c.destination_id).where(
        *_deliveries_of(package), deliveries.c.state == SENDING
    )
    return connection.execute(query.limit(1)).first() is None


def withhold(tx: Transaction, package: Package, *, lane: int | None = None) -> None:
    """Keep back a package of an erased order, which the caller has locked, unless it has arrived everywhere.

    It is seen among the exceptions until its lines are cancelled; a ticket alone is simply cancelled.
    ``lane`` is the destination whose sender was turned back: what it says of having begun is of an attempt
    that is over.
    """
    if package.kind not in PERSONAL or package.state in (CANCELLED, DELIVERED):
        return
    mine = _deliveries_of(package)
    stopped: sa.ColumnElement[bool] = deliveries.c.state.in_((PENDING, BURIED))
    if lane is not None:
        stopped |= (deliveries.c.destination_id == lane) & (deliveries.c.state == SENDING)
    tx.connection.execute(
        sa.update(deliveries).where(*mine, stopped).values(state=WITHDRAWN, settled_at=tx.now)
    )
    going = sa.select(deliveries.c.destination_id).where(*mine, deliveries.c.state == SENDING)
    owed = queue.about((outbox.c.client_id == package.client_id) & (outbox.c.subject == package.id))
    tx.connection.execute(
        sa.delete(outbox).where(
            owed,
            (outbox.c.kind == queue.MAKE) | ((outbox.c.kind == queue.DELIVER) & outbox.c.lane.not_in(going)),
        )
    )
    if package.kind not in PRINTED:
        packages.move(tx, package, CANCELLED, PERSON_ERASED)
        return
    packages.move(tx, package, WAITING, PERSON_ERASED)
    row = queue.row(
        package.client_id,
        tx.ids.take(),
        package.order_id,
        queue.MAKE,
        tx.now + AGAIN_US,
        lane=queue.PARKED,
        subject=package.id,
    )
    queue.add(tx, [(*row[:-1], PERSON_ERASED)])  # the last member is the reason


def _deliveries_of(package: Package) -> tuple[sa.ColumnElement[bool], ...]:
    return (deliveries.c.client_id == package.client_id, deliveries.c.package_id == package.id)
