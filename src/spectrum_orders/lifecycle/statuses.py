"""The workflow status of lines, which only callers move."""

from __future__ import annotations

from collections.abc import Sequence

from spectrum_orders.domain import events as kinds
from spectrum_orders.domain.moves import Wish
from spectrum_orders.domain.workflow import CANCELLED, after
from spectrum_orders.lifecycle.cancelling import cancel_lines
from spectrum_orders.lifecycle.orders import Caller, Which, check_window, event, take
from spectrum_orders.store import events, lines
from spectrum_orders.store.lines import LineState, Move, OrderState
from spectrum_orders.store.transaction import Transaction

KIND = "status"


def set_statuses(
    tx: Transaction, caller: Caller, purchase_order_number: str, client: str | None, wishes: Sequence[Wish]
) -> None:
    """Move lines, all or none. A wish that comes again, or late, changes nothing and is no error.

    ``cancelled`` is a cancellation, with all that follows from it. Raises NotFound, UnknownLines, Ambiguous,
    and Conflict when a shop cancels too late.
    """
    named = tuple(wish.recipe_set_id for wish in wishes)
    taken = take(tx, caller, Which(purchase_order_number, client, recipe_sets=named))
    order = taken.order
    moves: list[Move] = []
    now = {line.position: line.workflow_status for line in taken.lines}
    for wish in wishes:
        for line in taken.lines:
            if line.recipe_set_id.casefold() == wish.recipe_set_id.casefold():
                before = now[line.position]
                now[line.position] = became = after(before, wish.status)
                if before != wish.status:
                    note = "" if became == wish.status else f"{wish.status} came too late"
                    moves.append(Move(line.position, KIND, before, became, note))
    tx.record(
        "order.status",
        caller.actor,
        {"lines": [[wish.recipe_set_id, wish.status] for wish in wishes]},
        client_id=order.client_id,
        order_id=order.id,
    )
    gone = [line for line in taken.lines if now[line.position] == CANCELLED and not line.cancelled]
    changed = [line for line in taken.lines if now[line.position] != line.workflow_status]
    lines.put_status(tx, order.mark, [(line.position, now[line.position]) for line in changed])
    lines.note(tx, order.mark, moves, caller.actor)
    if gone:
        check_window(tx, caller, order)
        cancel_lines(tx, taken.rank, order, gone, caller.actor, "")
    _tell(tx, order, [line for line in changed if line not in gone], now, caller.actor)


def _tell(
    tx: Transaction, order: OrderState, changed: Sequence[LineState], now: dict[int, str], actor: str
) -> None:
    together: dict[tuple[str, str], list[LineState]] = {}
    for line in changed:
        together.setdefault((line.workflow_status, now[line.position]), []).append(line)
    for (before, became), some in together.items():
        told = event(kinds.STATUS_CHANGED, order, some, **{"from": before, "to": became, "by": actor})
        events.emit(tx, told)
