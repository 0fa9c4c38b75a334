"""Packages: what one factory gets for one order, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.store import bulk, events, queue, together
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.recipes import key_of
from spectrum_orders.store.schema import deliveries, lines, outbox, packages, waiting
from spectrum_orders.store.seats import Seat
from spectrum_orders.store.together import Part
from spectrum_orders.store.transaction import Transaction

_PART = Part(packages, ("client_id", "id"))
_DELIVERIES = Part(deliveries, ("client_id", "package_id"), ("destination_id",))

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


def find_many(connection: Connection, marks: Sequence[Mark]) -> dict[Mark, Package]:
    """Many packages, by client and id."""
    [found] = together.read(connection, marks, _PART)
    return {mark: read_row(row) for mark, [row] in found.items()}


def hold_many(tx: Transaction, marks: Sequence[Mark]) -> dict[Mark, Package]:
    """Many packages, by client and id, which nobody else changes before this transaction ends."""
    return {mark: read_row(row) for mark, row in together.hold(tx.connection, marks, _PART).items()}


def find_of_partner(connection: Connection, seat: Seat, number: int) -> Package | None:
    """The package with this id, if it is for the partner who asks, and of its client if it has one."""
    # By way of the index that begins with the partner: the id alone is in none.
    mine = (packages.c.partner_id == seat.partner_id) & (packages.c.id == number)
    if seat.client_id is not None:
        mine &= packages.c.client_id == seat.client_id
    row = connection.execute(sa.select(packages).where(mine)).first()
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


def taken_back(there: Sequence[Package]) -> set[tuple[int, int]]:
    """What factories were told, or are about to be told, to forget: a package's id, and a line's position."""
    return {
        (one.completes, position) for one in there if one.kind == CANCELLATION for position in one.positions
    }


def remaining(there: Sequence[Package]) -> dict[int, tuple[int, ...]]:
    """By the id of each of an order's packages with print files, which are all ``there``: the positions of
    the lines that its factory has by it, or will have. Nothing remains of one that was cancelled."""
    # All at once, because an order may be cut into a package for each of its thousands of lines.
    gone = taken_back(there)
    return {
        one.id: ()
        if one.state == CANCELLED
        else tuple(position for position in one.positions if (one.id, position) not in gone)
        for one in there
        if one.kind in PRINTED
    }


def deliveries_of_many(connection: Connection, marks: Sequence[Mark]) -> dict[Mark, list[Delivery]]:
    """The deliveries of many packages, by client and package."""
    [found] = together.read(connection, marks, _DELIVERIES)
    return {mark: [Delivery(*row) for row in rows] for mark, rows in found.items()}


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


def read_row(row: Any) -> Package:
    """A package from a row that holds its columns, perhaps among others."""
    fields = {name: getattr(row, name) for name in Package.__struct_fields__}
    fields["positions"] = msgspec.json.decode(fields["positions"], type=tuple[int, ...])
    return Package(**fields)
