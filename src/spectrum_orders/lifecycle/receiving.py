"""What a factory says of a package: it has it, it will make it, or it will not."""

from __future__ import annotations

from spectrum_orders.domain import events as kinds
from spectrum_orders.domain import routing as rules
from spectrum_orders.domain.routing import Decision
from spectrum_orders.errors import Conflict, NotFound
from spectrum_orders.lifecycle.orders import Caller, Taken, event, take_by_id
from spectrum_orders.store import (
    departures,
    events,
    lines,
    orders,
    packages,
    partners,
    queue,
    refusals,
    routing,
)
from spectrum_orders.store.lines import Move
from spectrum_orders.store.modification import touch
from spectrum_orders.store.packages import Package
from spectrum_orders.store.transaction import Transaction


def receive(tx: Transaction, caller: Caller, package_id: int) -> Package:
    """The factory has the package. Repeating it changes nothing.

    Raises NotFound, and Conflict when it has not been delivered.
    """
    package = _own(tx, caller, package_id)
    if package.collected_at is not None:
        return package
    if package.state != packages.DELIVERED:
        raise Conflict(f"This package is {package.state}; nobody can have received it yet.")
    return _say(tx, caller, package, "package.collected", kinds.COLLECTED, "collected_at")


def accept(tx: Transaction, caller: Caller, package_id: int) -> Package:
    """The factory will make what is in the package. Repeating it changes nothing.

    Raises NotFound, and Conflict when the package was cancelled.
    """
    package = _own(tx, caller, package_id)
    if package.state == packages.CANCELLED:
        raise Conflict("This package was cancelled; there is nothing to be made.")
    if package.accepted_at is not None:
        return package
    return _say(tx, caller, package, "package.accepted", kinds.ACCEPTED, "accepted_at")


def reject(
    tx: Transaction,
    caller: Caller,
    package_id: int,
    reason: str,
    numbers: tuple[int, ...] = (),
    recipe_sets: tuple[str, ...] = (),
) -> Package:
    """The factory will not make a package, or those of its lines that are named.

    They go to the next factory that a rule names, or wait for somebody. Of a package that was cancelled, or
    rejected before, nothing is left to be rejected; a line that was taken back from it stays where it is now,
    even with the same factory in another package. Raises NotFound, UnknownLines, and Conflict when it is no
    package of print files, or a line was shipped.
    """
    package = _own(tx, caller, package_id)
    if package.kind not in packages.PRINTED:
        raise Conflict(f"This is a {package.kind}; only a package with print files can be rejected.")
    if package.state == packages.CANCELLED:
        return package
    taken = take_by_id(tx, caller, package.client_id, package.order_id, numbers, recipe_sets)
    meant = [line for line in taken.lines if line.position in package.positions]
    if not meant:
        raise NotFound("None of these lines is in this package.")
    there = packages.of_order(tx.connection, package.client_id, package.order_id)
    still = packages.remaining(there)[package.id]
    some = [line for line in meant if line.position in still]
    shipped = [str(line.number) for line in some if line.shipped_at is not None]
    if shipped:
        raise Conflict(f"Lines were shipped (ids: {', '.join(shipped)}); what was shipped was made.")
    positions = [line.position for line in some]
    departures.refuse(tx, package, positions, taken.rank)
    if not some:
        return _now(tx, package)
    _lead_on(tx, caller, taken, package, positions, reason)
    events.emit(
        tx,
        event(
            kinds.REJECTED, taken.order, some, partner=_handle(tx, package), reason=reason, by=caller.actor
        ),
    )
    return _now(tx, package)


def _lead_on(
    tx: Transaction, caller: Caller, taken: Taken, package: Package, positions: list[int], reason: str
) -> None:
    order = taken.order
    handle = _handle(tx, package)
    # Until the rules are tried again, without this factory.
    undecided = rules.encode(Decision(None, None, (), refused=(handle,)))
    routing.note(tx, [(*order.mark, position, None, undecided) for position in positions])
    lines.note(
        tx,
        order.mark,
        [Move(position, refusals.KIND, handle, "", reason) for position in positions],
        caller.actor,
    )
    if not queue.wake_order(tx, *order.mark, queue.ACKNOWLEDGED, queue.PLAN):
        rank = taken.rank
        queue.add(
            tx,
            [
                queue.row(
                    order.client_id,
                    tx.ids.take(),
                    order.id,
                    queue.ACKNOWLEDGED,
                    tx.now,
                    urgency=rank.urgency,
                    order_instant=rank.order_instant,
                )
            ],
        )
    tx.record(
        "package.rejected",
        caller.actor,
        {"package": str(package.id), "positions": positions},
        client_id=order.client_id,
        order_id=order.id,
    )


def _own(tx: Transaction, caller: Caller, package_id: int) -> Package:
    """The caller's package, held. Raises NotFound, also for somebody else's."""
    found = packages.find_of_partner(tx.connection, caller.seat, package_id)
    if found is None:
        raise NotFound("There is no package with this id.")
    # The order before its packages, and of those all that there are, as whoever plans or cancels it.
    orders.hold_many(tx, [(found.client_id, found.order_id)])
    held = packages.of_order(tx.connection, found.client_id, found.order_id, hold=True)
    return next(one for one in held if one.id == found.id)


def _say(tx: Transaction, caller: Caller, package: Package, recorded: str, told: str, column: str) -> Package:
    packages.put(tx, package, {column: tx.now})
    touch(tx, [(package.client_id, package.order_id)])
    tx.record(
        recorded,
        caller.actor,
        {"package": str(package.id)},
        client_id=package.client_id,
        order_id=package.order_id,
    )
    events.emit(tx, packages.about(package, told, by=caller.actor))
    return _now(tx, package)


def _now(tx: Transaction, package: Package) -> Package:
    found = packages.find(tx.connection, package.client_id, package.id)
    assert found is not None  # held since it was found
    return found


def _handle(tx: Transaction, package: Package) -> str:
    return partners.handle_of(tx.connection, package.partner_id)
