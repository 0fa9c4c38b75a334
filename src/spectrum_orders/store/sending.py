"""Packages on their way: owed to their destinations, arrived there, or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from spectrum_orders.domain.events import ARTWORK_READY
from spectrum_orders.domain.events import BURIED as BURIED_EVENT
from spectrum_orders.domain.events import DELIVERED as DELIVERED_EVENT
from spectrum_orders.store import bulk, events, queue
from spectrum_orders.store.packages import (
    BURIED,
    DELIVERED,
    PENDING,
    PRINTED,
    READY,
    SENDING,
    SENT,
    Package,
    about,
    deliveries_of_many,
    hold_many,
)
from spectrum_orders.store.schema import deliveries, lines, outbox, packages
from spectrum_orders.store.transaction import Transaction


class Ready(msgspec.Struct, frozen=True):
    """A package that may leave, to each of its destinations (id, name there); ``completed`` says whether
    addresses came with it that came after the acknowledgement."""

    package: Package
    ways: Sequence[tuple[int, str]]
    claim: queue.Claim
    completed: bool


def dispatch(tx: Transaction, several: Sequence[Ready]) -> None:
    """Packages are ready, which the caller has locked: owe them to their destinations."""
    if not several:
        return
    bulk.update(
        tx.connection,
        packages,
        [(one.package.client_id, one.package.id, READY, "", int(one.completed), tx.now) for one in several],
        match=("client_id", "id"),
        give=("state", "reason", "completed", "modified_at"),
    )
    bulk.insert(
        tx.connection,
        bulk.Rows(
            deliveries,
            [
                (one.package.client_id, one.package.id, destination, PENDING, name, 0, "", tx.now, None)
                for one in several
                for destination, name in one.ways
            ],
            keep_old=True,
        ),
        bulk.Rows(
            outbox,
            [
                queue.row(
                    one.package.client_id,
                    tx.ids.take(),
                    one.package.order_id,
                    queue.DELIVER,
                    tx.now,
                    lane=destination,
                    urgency=one.claim.urgency,
                    order_instant=one.claim.order_instant,
                    subject=one.package.id,
                )
                for one in several
                for destination, _ in one.ways
            ],
        ),
    )
    events.emit(tx, *(about(one.package, ARTWORK_READY) for one in several if one.package.kind in PRINTED))
    for one in several:
        tx.record(
            "package.ready",
            "worker",
            {
                "package": str(one.package.id),
                "destinations": [str(destination) for destination, _ in one.ways],
            },
            client_id=one.package.client_id,
            order_id=one.package.order_id,
        )


class Arrival(msgspec.Struct, frozen=True):
    """A package that a destination has, whole, with how that was checked; to be collected by then."""

    package: Package
    destination_id: int
    proof: dict[str, Any]
    collect_by: int | None = None


def note_sent(tx: Transaction, several: Sequence[Arrival]) -> None:
    """Destinations have packages; a package that all of its destinations have is delivered.

    One that was cancelled while it was on its way stays cancelled: its notice follows it.
    """
    marks = [(one.package.client_id, one.package.id) for one in several]
    _hold_lines(tx, several)
    # Held, or two destinations that are told at the same time each find the other's still open.
    now = hold_many(tx, marks)
    bulk.update(
        tx.connection,
        deliveries,
        [
            (
                one.package.client_id,
                one.package.id,
                one.destination_id,
                SENT,
                msgspec.json.encode(one.proof, order="sorted").decode(),
                tx.now,
            )
            for one in several
        ],
        match=("client_id", "package_id", "destination_id"),
        give=("state", "proof", "settled_at"),
        count="attempts",
    )
    for one in several:
        tx.record(
            "package.delivered",
            "worker",
            {
                "package": str(one.package.id),
                "destination": str(one.destination_id),
                "sha256": one.proof["sha256"],
            },
            client_id=one.package.client_id,
            order_id=one.package.order_id,
        )
    ways = deliveries_of_many(tx.connection, marks)
    # By its mark: two of its destinations may be among them, and it is delivered once.
    whole = {
        mark: one
        for mark, one in zip(marks, several, strict=True)
        if mark in now and now[mark].state == READY and all(way.state == SENT for way in ways[mark])
    }
    bulk.update(
        tx.connection,
        packages,
        [(*mark, DELIVERED, "", tx.now, one.collect_by) for mark, one in whole.items()],
        match=("client_id", "id"),
        give=("state", "reason", "modified_at", "collect_by"),
    )
    bulk.update(
        tx.connection,
        lines,
        [
            (one.package.client_id, one.package.order_id, position, tx.now)
            for mark, one in whole.items()
            if one.package.kind in PRINTED
            for position in now[mark].positions
        ],
        match=("client_id", "order_id", "position"),
        give=("delivered_at",),
    )
    events.emit(tx, *(about(one.package, DELIVERED_EVENT, kind=one.package.kind) for one in whole.values()))


def _hold_lines(tx: Transaction, several: Sequence[Arrival]) -> None:
    """Lines before their packages, as whoever moves or cancels them; in one order. SQLite has one writer."""
    if tx.connection.dialect.name == "sqlite":
        return
    mine = sorted({(one.package.client_id, one.package.order_id) for one in several})
    source = bulk.values_of(tx.connection, mine, ("client_id", "order_id"))
    tx.connection.execute(
        sa.select(lines.c.position)
        .join(source, (lines.c.client_id == source.c.client_id) & (lines.c.order_id == source.c.order_id))
        .order_by(lines.c.client_id, lines.c.order_id, lines.c.position)
        .with_for_update(of=lines)
    )


def note_not_begun(tx: Transaction, package: Package, destination_id: int) -> None:
    """A delivery has passed the gate and comes back to it, before anything of it has left."""
    tx.connection.execute(
        sa.update(deliveries)
        .where(*_one(package, destination_id), deliveries.c.state == SENDING)
        .values(state=PENDING)
    )


def note_failure(tx: Transaction, package: Package, destination_id: int, error: dict[str, Any]) -> None:
    """An attempt failed and another will follow."""
    _settle(tx, package, destination_id, PENDING, msgspec.json.encode(error, order="sorted").decode())


def note_buried(tx: Transaction, package: Package, destination_id: int, error: dict[str, Any]) -> None:
    """Given up until somebody says to try again."""
    _settle(tx, package, destination_id, BURIED, msgspec.json.encode(error, order="sorted").decode())
    events.emit(tx, about(package, BURIED_EVENT, code=error["code"]))
    tx.record(
        "delivery.buried",
        "worker",
        {"package": str(package.id), "destination": str(destination_id), "code": error["code"]},
        client_id=package.client_id,
        order_id=package.order_id,
    )


def _settle(tx: Transaction, package: Package, destination_id: int, state: str, proof: str) -> None:
    tx.connection.execute(
        sa.update(deliveries)
        .where(*_one(package, destination_id))
        .values(
            state=state,
            proof=proof,
            attempts=deliveries.c.attempts + 1,
            settled_at=None if state == PENDING else tx.now,
        )
    )


def _one(package: Package, destination_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        deliveries.c.client_id == package.client_id,
        deliveries.c.package_id == package.id,
        deliveries.c.destination_id == destination_id,
    )
