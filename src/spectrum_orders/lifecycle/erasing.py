"""Erasing the people of one order: in one transaction, for good, and so that what proves the order stays.

A plan is made first, beside any transaction: it opens the people once more, to know under which blind indexes
they are found, and looks for artwork that others need. The transaction then does what was planned, if nothing
has changed meanwhile.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence
from functools import partial

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.crypto import KeyRing, blind_indexes
from spectrum_orders.domain.events import ERASED
from spectrum_orders.errors import NotFound, SealBroken, Unavailable
from spectrum_orders.files import Files, asset_name, version_folder
from spectrum_orders.lifecycle import shipping, statuses
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import (
    disposals,
    erasures,
    events,
    openings,
    orders,
    packages,
    parties,
    queue,
    reasons,
    withholding,
)
from spectrum_orders.store.disposals import Disposal
from spectrum_orders.store.events import Event
from spectrum_orders.store.modification import touch
from spectrum_orders.store.packages import Package
from spectrum_orders.store.schema import order_keys, person_index
from spectrum_orders.store.schema import orders as order_table
from spectrum_orders.store.schema import people as people_table
from spectrum_orders.store.transaction import Transaction

REQUESTED, RETENTION = "requested", "retention"
"""Why people are erased, as the journal has it."""

ATTEMPTS = 5
"""Each fails only if the order was completed, or its recipe set put, in the milliseconds after the look."""

CLEARINGS, CLEARING_SECONDS = 20, 0.1
"""How often, and how long apart, the log is tried to be emptied: a reader lasts milliseconds."""

LATER_US = 60_000_000
"""Whoever erased removes the files itself, at once; a worker does it when that was killed."""


class Plan(msgspec.Struct, frozen=True):
    """What erasing an order comes to. ``fields`` are JSON Pointers, never values. ``indexes`` is ``None``
    when somebody does not open any more, and the index has to be searched for the order."""

    client_id: int
    order_id: int
    purchase_order_number: str
    erased_at: int | None
    fields: tuple[str, ...]
    indexes: tuple[bytes, ...] | None
    disposal: Disposal
    receipts: int
    told: tuple[int, ...]
    """Partners that hold something of it, and will be asked to delete it."""
    held: tuple[Package, ...]
    """Packages that have not left, and will not."""

    def __repr__(self) -> str:
        return f"Plan({self.order_id})"


class Erased(msgspec.Struct, frozen=True):
    """What was done. ``discards`` are rows of the queue and the numbers of files that are still to be
    removed; ``already`` says that there was nothing to do."""

    plan: Plan
    at: int
    already: bool = False
    told: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    uploads: int = 0
    discards: tuple[tuple[int, int], ...] = ()


class Changed(Exception):
    """The order is not as it was planned; nothing was done. Plan again."""


def plan(
    connection: Connection, keys: KeyRing, client_id: int, order_id: int, also: Collection[int] = ()
) -> Plan:
    """What erasing this order would come to, if those ``also`` were erased with it. Raises NotFound."""
    order = orders.find_order_by_id(connection, client_id, order_id)
    if order is None:
        raise NotFound("There is no order with this id.")
    indexes: tuple[bytes, ...] | None = ()
    if order.key is not None:
        try:
            key = keys.open_order_key(client_id, order_id, order.key.wrapped, order.key.version)
            personal = {one.field: key.open(one.field, one.sealed) for one in order.people}
            indexes = blind_indexes(keys, client_id, personal)
        except SealBroken:
            indexes = None
    personal_packages = [
        one for one in packages.of_order(connection, client_id, order_id) if one.kind in packages.PERSONAL
    ]
    left = _left(connection, client_id, order_id, personal_packages)
    return Plan(
        client_id,
        order_id,
        order.purchase_order_number,
        order.erased_at,
        tuple(one.field for one in order.people),
        indexes,
        disposals.plan(connection, client_id, order_id, also),
        orders.count_receipts(connection, client_id, order_id),
        tuple(sorted({one.partner_id for one in left})),
        tuple(one for one in personal_packages if withholding.may_be_withheld(connection, one)),
    )


def erase(tx: Transaction, plan: Plan, *, actor: str, why: str = REQUESTED) -> Erased:
    """Erase the people of the planned order, and its artwork. An order that is erased already stays as it is.

    Raises Changed when the order is not as it was planned.
    """
    client_id, order_id = plan.client_id, plan.order_id
    # The client first: nobody puts a recipe set of it now. Then the order: no package of it begins to leave.
    parties.hold(tx, client_id)
    claimed = tx.connection.execute(
        sa.update(order_table)
        .where(
            order_table.c.client_id == client_id,
            order_table.c.id == order_id,
            order_table.c.erased_at.is_(None),
        )
        .values(erased_at=tx.now)
    )
    if claimed.rowcount != 1:
        return Erased(plan, plan.erased_at or tx.now, already=True)
    order = orders.find_order_by_id(tx.connection, client_id, order_id)
    assert order is not None  # it was just claimed
    fields = tuple(one.field for one in order.people)
    gone, _ = disposals.versions(tx.connection, client_id, order_id)
    if fields != plan.fields or gone != plan.disposal.gone:
        raise Changed
    _destroy_people(tx, plan)
    # The notes of these two are our own words; of the others they are somebody's.
    reasons.forget(tx, client_id, order_id, besides=(statuses.KIND, shipping.KIND))
    uploads = disposals.carry_out(tx, client_id, plan.disposal)
    told, held = _stop(tx, plan)
    discards = tuple((tx.ids.take(), one.id) for some in (plan.disposal.gone, uploads) for one in some)
    queue.add(
        tx,
        [
            queue.row(
                client_id,
                row,
                order_id,
                queue.DISCARD,
                tx.now + LATER_US,
                lane=queue.WORK,
                urgency=2,
                subject=number,
            )
            for row, number in discards
        ],
    )
    touch(tx, [(client_id, order_id)])
    events.emit(tx, Event(ERASED, client_id, order_id, partners=told))
    tx.record(
        "person.erased",
        actor,
        {
            "why": why,
            "fields": list(fields),
            "versions": [str(one.id) for one in gone],
            "assets": [str(one.id) for one in uploads],
            "partners": [str(one) for one in told],
        },
        client_id=client_id,
        order_id=order_id,
    )
    return Erased(plan, tx.now, False, told, held, len(uploads), discards)


def carry_out(runtime: Runtime, client_id: int, order_id: int, *, actor: str, why: str = REQUESTED) -> Erased:
    """Plan and erase one order, files and all, in a transaction of its own. Raises NotFound, Unavailable."""
    for _ in range(ATTEMPTS):
        with runtime.database.read() as connection:
            planned = plan(connection, runtime.keys, client_id, order_id)
        try:
            done = runtime.ledger.run(partial(erase, plan=planned, actor=actor, why=why))
        except Changed:
            continue
        discard_all(runtime, done)
        return done
    raise busy()


def busy() -> Unavailable:
    """The order changed whenever it was to be erased."""
    return Unavailable("The order is just being changed; nothing was erased. Ask again.", retry_after=5)


def clear_log(runtime: Runtime) -> bool:
    """Have SQLite's write-ahead log forget what was erased; whether that could be done in a second or two."""
    for _ in range(CLEARINGS):
        if runtime.database.truncate_log():
            return True
        time.sleep(CLEARING_SECONDS)
    return False


def discard_all(runtime: Runtime, done: Erased) -> None:
    """Remove the files of what was erased, and what the queue says of them."""
    client_id = done.plan.client_id
    for _, number in done.discards:
        discard(runtime.files, client_id, number)
    if done.discards:
        with runtime.ledger.write() as tx:
            queue.drop(tx, client_id, [row for row, _ in done.discards])


def discard(files: Files, client_id: int, number: int) -> None:
    """Remove the files of a recipe set version or an upload. Their key is gone: nobody could read them."""
    files.delete_folder(version_folder(client_id, number))
    files.delete(asset_name(client_id, number))


def _destroy_people(tx: Transaction, plan: Plan) -> None:
    mine = (order_keys.c.client_id == plan.client_id, order_keys.c.order_id == plan.order_id)
    tx.connection.execute(sa.delete(order_keys).where(*mine))
    # The commitments stay: receipts are signed over them. The salt that they could be guessed with was
    # derived from the key.
    tx.connection.execute(
        sa.update(people_table)
        .where(people_table.c.client_id == plan.client_id, people_table.c.order_id == plan.order_id)
        .values(sealed=b"")
    )
    found = sa.delete(person_index).where(
        person_index.c.client_id == plan.client_id, person_index.c.order_id == plan.order_id
    )
    if plan.indexes is not None:  # the index begins with the digests; without them all of it is read
        found = found.where(person_index.c.digest.in_(plan.indexes))
    tx.connection.execute(found)


def _stop(tx: Transaction, plan: Plan) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Keep back what has not left, and have factories told about what has: partners, packages."""
    mine = (plan.client_id, plan.order_id)
    packages.of_order(tx.connection, *mine, hold=True)
    # Once more, now that they are locked: a ticket may have been added by whoever had to be waited for.
    some = [
        one for one in packages.of_order(tx.connection, *mine, hold=True) if one.kind in packages.PERSONAL
    ]
    holders: dict[int, list[Package]] = {}
    for package in _left(tx.connection, *mine, some):
        holders.setdefault(package.partner_id, []).append(package)
    held = [one for one in some if withholding.may_be_withheld(tx.connection, one)]
    for package in held:
        withholding.withhold(tx, package)
    erasures.owe(tx, *mine, plan.purchase_order_number, holders)
    return tuple(sorted(holders)), tuple(one.id for one in held)


def _left(connection: Connection, client_id: int, order_id: int, some: Sequence[Package]) -> list[Package]:
    """Those of an order's packages that a factory may hold, by their deliveries or by what was opened for
    them: a delivery that was replayed to another destination tells nothing of the first any more. Each that
    came back to the gate accounts for one opening."""
    opened = Counter(
        word for one in openings.of_order(connection, client_id, order_id) for word in one.why.split()
    )
    return [
        one
        for one in some
        if withholding.has_left(connection, one)
        or opened[ids.readable("pkg", one.id)] > withholding.came_back(connection, one)
    ]
