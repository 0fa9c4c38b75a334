"""Holding lines back, and letting them go."""

from __future__ import annotations

from spectrum_orders.domain import events as kinds
from spectrum_orders.errors import Conflict
from spectrum_orders.lifecycle.cancelling import Changed
from spectrum_orders.lifecycle.orders import (
    Caller,
    Which,
    check_not_cancelled,
    check_window,
    event,
    gone,
    packages_with,
    take,
)
from spectrum_orders.store import departures, events, lines, packages
from spectrum_orders.store.lines import HELD, RELEASED, Move
from spectrum_orders.store.transaction import Transaction


def hold(tx: Transaction, caller: Caller, which: Which, reason: str) -> Changed:
    """Let lines not leave before they are released; their files may be made. Repeating it changes nothing.

    The other lines of their packages wait with them. Raises NotFound, UnknownLines, Ambiguous, and Conflict
    when it is too late, a line is cancelled, or its package has left.
    """
    taken = take(tx, caller, which)
    check_not_cancelled(taken.lines)
    fresh = [line for line in taken.lines if line.held_at is None]
    if not fresh:
        return Changed(taken.order, taken.lines)
    check_window(tx, caller, taken.order)
    left = gone(tx, taken)
    late = [str(line.number) for line in fresh if line.position in left]
    if late:
        raise Conflict(
            f"The package with these lines has left for the factory (ids: {', '.join(late)}); it cannot be "
            "held back any more. Cancel them, and the factory is told. Nothing was changed."
        )
    mark = taken.order.mark
    lines.put_held(tx, mark, [line.position for line in fresh], tx.now)
    lines.note(tx, mark, [Move(line.position, HELD, "", HELD, reason) for line in fresh], caller.actor)
    tx.record(
        "lines.held",
        caller.actor,
        {"positions": [line.position for line in fresh]},
        client_id=mark[0],
        order_id=mark[1],
    )
    events.emit(tx, event(kinds.HELD, taken.order, fresh, reason=reason, by=caller.actor))
    return Changed(taken.order, taken.lines)


def release(tx: Transaction, caller: Caller, which: Which, reason: str) -> Changed:
    """Let lines leave again. Repeating it changes nothing. Raises NotFound, UnknownLines and Ambiguous."""
    taken = take(tx, caller, which)
    held = [line for line in taken.lines if line.held_at is not None]
    if not held:
        return Changed(taken.order, taken.lines)
    mark = taken.order.mark
    lines.put_held(tx, mark, [line.position for line in held], None)
    lines.note(tx, mark, [Move(line.position, RELEASED, HELD, "", reason) for line in held], caller.actor)
    for package in packages_with(tx, taken, packages.PERSONAL):
        departures.release(tx, package)
    tx.record(
        "lines.released",
        caller.actor,
        {"positions": [line.position for line in held]},
        client_id=mark[0],
        order_id=mark[1],
    )
    events.emit(tx, event(kinds.RELEASED, taken.order, held, by=caller.actor))
    return Changed(taken.order, taken.lines)
