"""Packages: what one factory gets for one order, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.domain.events import ARTWORK_READY
from spectrum_orders.domain.events import BURIED as BURIED_EVENT
from spectrum_orders.domain.events import DELIVERED as DELIVERED_EVENT
from spectrum_orders.store import bulk, events, queue
from spectrum_orders.store.recipes import key_of
from spectrum_orders.store.schema import deliveries, lines, orders, outbox, packages, waiting
from spectrum_orders.store.seats import Seat
from spectrum_orders.store.transaction import Transaction

MAKING, WAITING, REJECTED, READY, DELIVERED = "making", "waiting", "rejected", "ready", "delivered"
CANCELLED = "cancelled"
PENDING, SENDING, SENT, BURIED, WITHDRAWN = "pending", "sending", "sent", "buried", "withdrawn"

PACKAGE, COMPLETION, REPRINT, CANCELLATION = "package", "completion", "reprint", "cancellation"
ERASURE = "erasure"
PRINTED = (PACKAGE, REPRINT)
"""The kinds that hold print files; the others are a ticket alone."""

PERSONAL = (*PRINTED, COMPLETION)
"""The kinds that hold something of a person: of an erased order none of them leaves any more."""


class Package(msgspec.Struct, frozen=True):
    """``state`` is making, waiting (for artwork), rejected (by preflight), ready, delivered or cancelled."""

    client_id: int
    id: int
    order_id: int
    partner_id: int
    positions: tuple[int, ...]
    kind: str
    state: str
    reason: str
    completes: int
    completed: int
    created_at: int
    modified_at: int
    accepted_at: int | None = None
    collected_at: int | None = None
    collect_by: int | None = None


class Delivery(msgspec.Struct, frozen=True):
    """A package's way to one destination: pending, sending, sent (``proof`` says how it was checked), buried,
    or withdrawn before it left."""

    client_id: int
    package_id: int
    destination_id: int
    state: str
    name: str
    attempts: int
    proof: str
    created_at: int
    settled_at: int | None


def find(connection: Connection, client_id: int, number: int, *, hold: bool = False) -> Package | None:
    """One package; with ``hold`` nobody else changes it meanwhile."""
    query = sa.select(packages).where(packages.c.client_id == client_id, packages.c.id == number)
    row = connection.execute(query.with_for_update() if hold else query).first()
    return None if row is None else read_row(row)


def find_of_partner(connection: Connection, seat: Seat, number: int) -> Package | None:
    """The package with this id, held, if it is for the partner who asks, and of its client if it has one."""
    # By way of the index that begins with the partner: the id alone is in none.
    mine = (packages.c.partner_id == seat.partner_id) & (packages.c.id == number)
    if seat.client_id is not None:
        mine &= packages.c.client_id == seat.client_id
    row = connection.execute(sa.select(packages).where(mine).with_for_update()).first()
    return None if row is None else read_row(row)


def put(tx: Transaction, package: Package, values: dict[str, int | None]) -> None:
    """Give columns of a package other values."""
    tx.connection.execute(
        sa.update(packages)
        .where(packages.c.client_id == package.client_id, packages.c.id == package.id)
        .values(**values, modified_at=tx.now)
    )


def of_order(connection: Connection, client_id: int, order_id: int, *, hold: bool = False) -> list[Package]:
    """An order's packages in the order of their making; with ``hold`` nobody else changes them meanwhile."""
    query = (
        sa.select(packages)
        .where(packages.c.client_id == client_id, packages.c.order_id == order_id)
        .order_by(packages.c.id)
    )
    if hold:
        query = query.with_for_update()
    return [read_row(row) for row in connection.execute(query)]


def deliveries_of(connection: Connection, client_id: int, package_ids: Sequence[int]) -> list[Delivery]:
    """The deliveries of packages, by package and destination."""
    query = (
        sa.select(deliveries)
        .where(deliveries.c.client_id == client_id, deliveries.c.package_id.in_(package_ids))
        .order_by(deliveries.c.package_id, deliveries.c.destination_id)
    )
    return [Delivery(*row) for row in connection.execute(query)]


def add(tx: Transaction, rows: Sequence[Package]) -> None:
    """Record new packages."""
    values = [
        msgspec.structs.replace(row, positions=msgspec.json.encode(row.positions).decode()) for row in rows
    ]
    bulk.insert(tx.connection, bulk.Rows(packages, [msgspec.structs.astuple(row) for row in values]))


def move(tx: Transaction, package: Package, state: str, reason: str = "") -> None:
    """Give a package another state."""
    tx.connection.execute(
        sa.update(packages)
        .where(packages.c.client_id == package.client_id, packages.c.id == package.id)
        .values(state=state, reason=reason, modified_at=tx.now)
    )


def await_recipes(tx: Transaction, package: Package, readable_ids: Sequence[str]) -> None:
    """Have the package woken when one of these recipe sets is put."""
    bulk.insert(
        tx.connection,
        bulk.Rows(
            waiting,
            [(package.client_id, key, package.id) for key in sorted({key_of(one) for one in readable_ids})],
            keep_old=True,
        ),
    )


def wake(tx: Transaction, client_id: int, readable_id: str) -> int:
    """A recipe set has come: let the packages that wait for it be made; how many."""
    mine = (waiting.c.client_id == client_id, waiting.c.key == key_of(readable_id))
    woken = queue.wake(
        tx,
        (outbox.c.client_id == client_id)
        & (outbox.c.kind == queue.MAKE)
        & queue.about(outbox.c.subject.in_(sa.select(waiting.c.package_id).where(*mine))),
        queue.WORK,
    )
    tx.connection.execute(sa.delete(waiting).where(*mine))
    return woken


def pin(tx: Transaction, client_id: int, order_id: int, position: int, version: int) -> None:
    """Bind a line to a version of its recipe set, from now on for good."""
    tx.connection.execute(
        sa.update(lines)
        .where(lines.c.client_id == client_id, lines.c.order_id == order_id, lines.c.position == position)
        .values(recipe_version=version)
    )
    tx.record(
        "line.pinned",
        "worker",
        {"position": position, "version": str(version)},
        client_id=client_id,
        order_id=order_id,
    )


def dispatch(tx: Transaction, package: Package, ways: Sequence[tuple[int, str]], claim: queue.Claim) -> None:
    """The package is ready: owe it to each destination (id, name there)."""
    mine = (packages.c.client_id == package.client_id, packages.c.id == package.id)
    # Held before the order is read: a completion that comes at this moment either finds the package ready,
    # and its ticket follows, or is found here, and goes with it.
    tx.connection.execute(sa.select(packages.c.id).where(*mine).with_for_update())
    addressed = sa.select(orders.c.addressed_by).where(
        orders.c.client_id == package.client_id, orders.c.id == package.order_id
    )
    completed = tx.connection.execute(addressed).scalar() not in (None, package.order_id)
    tx.connection.execute(
        sa.update(packages)
        .where(*mine)
        .values(state=READY, reason="", completed=int(completed), modified_at=tx.now)
    )
    bulk.insert(
        tx.connection,
        bulk.Rows(
            deliveries,
            [
                (package.client_id, package.id, destination, PENDING, name, 0, "", tx.now, None)
                for destination, name in ways
            ],
            keep_old=True,
        ),
        bulk.Rows(
            outbox,
            [
                queue.row(
                    package.client_id,
                    tx.ids.take(),
                    package.order_id,
                    queue.DELIVER,
                    tx.now,
                    lane=destination,
                    urgency=claim.urgency,
                    order_instant=claim.order_instant,
                    subject=package.id,
                )
                for destination, _ in ways
            ],
        ),
    )
    if package.kind in PRINTED:
        events.emit(tx, about(package, ARTWORK_READY))
    tx.record(
        "package.ready",
        "worker",
        {"package": str(package.id), "destinations": [str(destination) for destination, _ in ways]},
        client_id=package.client_id,
        order_id=package.order_id,
    )


def note_sent(
    tx: Transaction,
    package: Package,
    destination_id: int,
    proof: dict[str, Any],
    collect_by: int | None = None,
) -> None:
    """A destination has the package, whole; when all have, it is delivered, and to be collected by then.

    One that was cancelled while it was on its way stays cancelled: its notice follows it.
    """
    text = msgspec.json.encode(proof, order="sorted").decode()
    _settle(tx, package, destination_id, SENT, text)
    tx.record(
        "package.delivered",
        "worker",
        {"package": str(package.id), "destination": str(destination_id), "sha256": proof["sha256"]},
        client_id=package.client_id,
        order_id=package.order_id,
    )
    open_ones = sa.select(deliveries.c.destination_id).where(
        deliveries.c.client_id == package.client_id,
        deliveries.c.package_id == package.id,
        deliveries.c.state != SENT,
    )
    if tx.connection.execute(open_ones.limit(1)).first() is not None:
        return
    done = tx.connection.execute(
        sa.update(packages)
        .where(
            packages.c.client_id == package.client_id,
            packages.c.id == package.id,
            packages.c.state == READY,
        )
        .values(state=DELIVERED, reason="", modified_at=tx.now, collect_by=collect_by)
    )
    if done.rowcount:
        events.emit(tx, about(package, DELIVERED_EVENT, kind=package.kind))


def about(package: Package, kind: str, /, **data: Any) -> events.Event:
    """An event about a package, which its partner may know too."""
    return events.Event(
        kind,
        package.client_id,
        package.order_id,
        {"packageId": ids.readable("pkg", package.id), **data},
        package.positions,
        (package.partner_id,),
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
        .where(
            deliveries.c.client_id == package.client_id,
            deliveries.c.package_id == package.id,
            deliveries.c.destination_id == destination_id,
        )
        .values(
            state=state,
            proof=proof,
            attempts=deliveries.c.attempts + 1,
            settled_at=None if state == PENDING else tx.now,
        )
    )


def read_row(row: Any) -> Package:
    """A package from a row that holds its columns, perhaps among others."""
    fields = {name: getattr(row, name) for name in Package.__struct_fields__}
    fields["positions"] = msgspec.json.decode(fields["positions"], type=tuple[int, ...])
    return Package(**fields)
