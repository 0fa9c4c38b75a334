"""Cancelling lines: what has not left never will, and what has is followed by a notice."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from spectrum_orders.domain import events as kinds
from spectrum_orders.domain.workflow import CANCELLED
from spectrum_orders.errors import Conflict
from spectrum_orders.lifecycle.orders import Caller, Taken, Which, check_window, event, take
from spectrum_orders.store import departures, events, lines, queue
from spectrum_orders.store.commissions import Rank
from spectrum_orders.store.lines import LineState, Move, OrderState
from spectrum_orders.store.packages import Package
from spectrum_orders.store.transaction import Transaction

KIND = "cancelled"


class Changed(msgspec.Struct, frozen=True):
    """What a change has touched: the lines, and the packages that it made necessary."""

    order: OrderState
    lines: tuple[LineState, ...]
    packages: tuple[Package, ...] = ()


def cancel(tx: Transaction, caller: Caller, which: Which, reason: str) -> Changed:
    """Cancel lines. Those that are cancelled already stay as they are.

    Raises NotFound, UnknownLines, Ambiguous, and Conflict when it is too late or a line was shipped.
    """
    taken = take(tx, caller, which)
    _check_not_shipped(taken)
    fresh = [line for line in taken.lines if not line.cancelled]
    if not fresh:
        return Changed(taken.order, taken.lines)
    check_window(tx, caller, taken.order)
    mark = taken.order.mark
    lines.put_status(tx, mark, [(line.position, CANCELLED) for line in fresh])
    moves = [Move(line.position, KIND, line.workflow_status, CANCELLED, reason) for line in fresh]
    lines.note(tx, mark, moves, caller.actor)
    made = cancel_lines(tx, taken.rank, taken.order, fresh, caller.actor, reason)
    return Changed(taken.order, taken.lines, tuple(made))


def cancel_lines(
    tx: Transaction, rank: Rank, order: OrderState, gone: Sequence[LineState], actor: str, reason: str
) -> list[Package]:
    """What follows from lines being cancelled; their status says so already."""
    positions = [line.position for line in gone]
    lines.put_held(tx, order.mark, positions, None)
    made = departures.recall(tx, order.mark, positions, rank)
    # An order that waits for a factory may not wait for one any more.
    queue.wake_order(tx, *order.mark, queue.ACKNOWLEDGED, queue.PLAN)
    tx.record(
        "lines.cancelled",
        actor,
        {"positions": positions, "packages": [str(one.id) for one in made]},
        client_id=order.client_id,
        order_id=order.id,
    )
    events.emit(tx, event(kinds.CANCELLED, order, gone, reason=reason, by=actor))
    if all(line.cancelled or line in gone for line in order.lines):
        events.emit(
            tx, msgspec.structs.replace(event(kinds.ORDER_CANCELLED, order, order.lines), positions=())
        )
    return made


def _check_not_shipped(taken: Taken) -> None:
    shipped = [str(line.number) for line in taken.lines if line.shipped_at is not None and not line.cancelled]
    if shipped:
        raise Conflict(
            f"Shipped lines cannot be cancelled (ids: {', '.join(shipped)}). Nothing was changed; name the "
            "others."
        )
