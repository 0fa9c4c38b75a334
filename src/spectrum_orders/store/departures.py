"""The last gate before a package leaves, and what may still be called back before it.

Both sides lock the package's row: whoever cancels either finds a package that has not begun to leave, and it
never will, or finds one that has, and a notice follows it.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from spectrum_orders.store import bulk, commissions, orders, packages, partners, queue, withholding
from spectrum_orders.store.commissions import Rank
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.packages import (
    BURIED,
    CANCELLATION,
    CANCELLED,
    COMPLETION,
    ERASURE,
    PENDING,
    PERSONAL,
    PRINTED,
    SENDING,
    WITHDRAWN,
    Package,
)
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.schema import deliveries, lines, outbox
from spectrum_orders.store.schema import packages as package_table
from spectrum_orders.store.transaction import Transaction

ON_HOLD = "on-hold"
"""Why a delivery waits whose lines somebody has put on hold."""


class Gate(enum.Enum):
    """What a sender finds: it may go, its lines are held, it changed since it was read, its order's people
    were erased, or it is gone."""

    OPEN = "open"
    HELD = "held"
    STALE = "stale"
    ERASED = "erased"
    GONE = "gone"


def begin(tx: Transaction, several: Sequence[tuple[Claim, Package]]) -> list[Gate]:
    """Let deliveries leave, from now on for good; for each whether it may."""
    now = packages.hold_many(tx, [(package.client_id, package.id) for _, package in several])
    ours = queue.held(tx.connection, [claim for claim, _ in several])
    marks = [(package.client_id, package.order_id) for _, package in several]
    origins = orders.origins(tx.connection, marks)
    kept = _kept(tx, marks)
    gates = []
    for claim, package in several:
        found = now.get((package.client_id, package.id))
        mark = (package.client_id, package.order_id)
        if found is None or found.state == CANCELLED or claim.id not in ours:
            gates.append(Gate.GONE)
        elif package.kind in PERSONAL and origins[mark].erased:
            gates.append(Gate.ERASED)
        elif found.positions != package.positions:
            gates.append(Gate.STALE)
        elif package.kind not in (CANCELLATION, ERASURE) and kept.get(mark, set()) & {*package.positions}:
            gates.append(Gate.HELD)
        else:
            gates.append(Gate.OPEN)
    bulk.update(
        tx.connection,
        deliveries,
        [
            (package.client_id, package.id, claim.lane, SENDING)
            for (claim, package), gate in zip(several, gates, strict=True)
            if gate is Gate.OPEN
        ],
        match=("client_id", "package_id", "destination_id"),
        give=("state",),
    )
    return gates


def recall(tx: Transaction, mark: Mark, positions: Sequence[int], rank: Rank) -> list[Package]:
    """Take lines out of all packages of an order that the caller holds; the packages that this makes
    necessary.

    What has not left loses the lines, or is cancelled when none remain. What has left whole is followed by a
    cancellation for them. What may be anywhere in between is taken back as a whole, and the other lines go
    in a package of their own. A completion is called after the package that it completes, whose notice is its
    own. Nobody is told a second time to forget a line of the same package.
    """
    # Nobody adds a notice between the look and the end: that needs the order, which the caller holds.
    there = packages.of_order(tx.connection, *mark, hold=True)
    still = packages.remaining(there)
    found: list[Package] = []
    for package in there:
        if package.kind == COMPLETION:
            found += _recall_completion(tx, package, positions, rank)
        elif package.kind in PRINTED:
            found += _recall_printed(tx, package, still[package.id], positions, rank)
    return found


def _recall_printed(
    tx: Transaction, package: Package, still: Sequence[int], positions: Sequence[int], rank: Rank
) -> list[Package]:
    """Take lines out of a package in which its factory ``still`` has these."""
    gone = tuple(place for place in still if place in positions)
    left = tuple(place for place in still if place not in positions)
    if not gone:
        return []
    found: list[Package] = []
    if package.state == packages.DELIVERED:
        found.append(commissions.follow(tx, package, CANCELLATION, gone))
    elif has_left(tx, package):
        _stop(tx, package)
        found.append(commissions.follow(tx, package, CANCELLATION, tuple(still)))
        if left:
            found.append(commissions.fresh(tx, package.client_id, package.order_id, package.partner_id, left))
    elif left:
        reduce(tx, package, left)
    else:
        _stop(tx, package)
    commissions.commission(tx, [(one, rank) for one in found])
    return found


def refuse(tx: Transaction, package: Package, positions: Sequence[int], rank: Rank) -> None:
    """Take lines out of a package whose factory will not make them, so that nobody need tell it.

    What was taken back from it before goes with them.
    """
    there = packages.of_order(tx.connection, package.client_id, package.order_id, hold=True)
    still = packages.remaining(there)[package.id]
    left = tuple(place for place in still if place not in positions)
    if left:
        reduce(tx, package, left)
    else:
        _stop(tx, package)
    for one in there:
        if one.kind == COMPLETION and one.completes == package.id:
            _recall_completion(tx, one, positions, rank)


def send_again(tx: Transaction, package: Package, rank: Rank) -> int:
    """Owe a package, which the caller has locked, to each of its destinations once more; to how many."""
    mine = _deliveries_of(package)
    ways = tx.connection.execute(
        sa.update(deliveries)
        .where(*mine, deliveries.c.state != WITHDRAWN)
        .values(
            state=PENDING,
            # What is just being sent has lost its claim and arrives all the same: whoever cancels it now has
            # to tell its factory.
            attempts=sa.case((deliveries.c.state == SENDING, 1), else_=0),
            settled_at=None,
        )
        .returning(deliveries.c.destination_id)
    )
    lanes = sorted(ways.scalars().all())
    if not lanes:
        return 0
    # What is still owed begins anew as well, and whoever is just sending loses its claim.
    tx.connection.execute(sa.delete(outbox).where(_owed_for(package), outbox.c.kind == queue.DELIVER))
    queue.add(
        tx,
        [
            queue.row(
                package.client_id,
                tx.ids.take(),
                package.order_id,
                queue.DELIVER,
                tx.now,
                lane=lane,
                urgency=rank.urgency,
                order_instant=rank.order_instant,
                subject=package.id,
            )
            for lane in lanes
        ],
    )
    tx.connection.execute(
        sa.update(package_table)
        .where(package_table.c.client_id == package.client_id, package_table.c.id == package.id)
        .values(state=packages.READY, collected_at=None, collect_by=None, modified_at=tx.now)
    )
    partners.end_pause(tx, lanes)
    return len(lanes)


def release(tx: Transaction, package: Package) -> None:
    """Have a package's deliveries that were held back looked at again."""
    tx.connection.execute(
        sa.update(outbox)
        .where(_owed_for(package), outbox.c.kind == queue.DELIVER, outbox.c.reason == ON_HOLD)
        .values(due_at=tx.now, reason="")
    )


def _recall_completion(
    tx: Transaction, package: Package, positions: Sequence[int], rank: Rank
) -> list[Package]:
    """No address leaves any more for lines that nobody is to make; there is no notice of its own."""
    if package.state in (CANCELLED, packages.DELIVERED):
        return []
    completed = packages.find(tx.connection, package.client_id, package.completes)
    assert completed is not None  # nothing removes packages
    left = tuple(place for place in package.positions if place not in positions)
    if completed.state == CANCELLED:
        left = ()  # taken back as a whole; what goes in its place brings the addresses itself
    found: list[Package] = []
    if left == package.positions:
        return found
    if left and not has_left(tx, package):
        reduce(tx, package, left)
        return found
    _stop(tx, package)
    if left:
        # A package of its own, because something else may lie there under this one's name.
        found.append(commissions.follow(tx, completed, COMPLETION, left))
    commissions.commission(tx, [(one, rank) for one in found])
    return found


def _kept(tx: Transaction, marks: Sequence[Mark]) -> dict[Mark, set[int]]:
    """The positions of lines that are on hold, by client and order."""
    given = bulk.values_of(tx.connection, sorted(set(marks)), ("client_id", "order_id"))
    query = (
        sa.select(lines.c.client_id, lines.c.order_id, lines.c.position)
        .join(given, (lines.c.client_id == given.c.client_id) & (lines.c.order_id == given.c.order_id))
        .where(lines.c.held_at.is_not(None))
    )
    found: dict[Mark, set[int]] = {}
    for row in tx.connection.execute(query):
        found.setdefault((row.client_id, row.order_id), set()).add(row.position)
    return found


def has_left(tx: Transaction, package: Package) -> bool:
    """Whether any of it may have arrived somewhere: an attempt that failed may have failed at its end."""
    return withholding.has_left(tx.connection, package)


def _stop(tx: Transaction, package: Package) -> None:
    packages.move(tx, package, CANCELLED)
    tx.connection.execute(
        sa.update(deliveries)
        .where(*_deliveries_of(package), deliveries.c.state.in_((PENDING, SENDING, BURIED)))
        .values(state=WITHDRAWN, settled_at=tx.now)
    )
    tx.connection.execute(
        sa.delete(outbox).where(_owed_for(package), outbox.c.kind.in_((queue.MAKE, queue.DELIVER)))
    )


def reduce(tx: Transaction, package: Package, left: tuple[int, ...]) -> None:
    """Leave a package, which the caller has locked, these lines alone; nobody is told."""
    tx.connection.execute(
        sa.update(package_table)
        .where(package_table.c.client_id == package.client_id, package_table.c.id == package.id)
        .values(positions=msgspec.json.encode(left).decode(), modified_at=tx.now)
    )
    # A package that waited for the artwork of a line that is gone, or for its release, now waits for nothing.
    queue.wake(tx, _owed_for(package) & (outbox.c.kind == queue.MAKE), queue.WORK)
    release(tx, package)


def _owed_for(package: Package) -> sa.ColumnElement[bool]:
    mine = (outbox.c.client_id == package.client_id) & (outbox.c.subject == package.id)
    return queue.about(mine)


def _deliveries_of(package: Package) -> tuple[sa.ColumnElement[bool], ...]:
    return (deliveries.c.client_id == package.client_id, deliveries.c.package_id == package.id)
