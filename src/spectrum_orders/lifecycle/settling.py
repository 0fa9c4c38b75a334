"""Saying that it is settled what becomes of lines that were shipped although they were cancelled."""

from __future__ import annotations

from spectrum_orders.lifecycle.cancelling import Changed
from spectrum_orders.lifecycle.orders import Caller, Which, take
from spectrum_orders.store import lines
from spectrum_orders.store.lines import Move
from spectrum_orders.store.transaction import Transaction

KIND = "settled"


def settle(tx: Transaction, caller: Caller, which: Which, reason: str) -> Changed:
    """Let these lines be no exception any more; they stay cancelled. Of others nothing changes.

    Raises NotFound, UnknownLines and Ambiguous.
    """
    taken = take(tx, caller, which)
    astray = [line for line in taken.lines if line.astray_at is not None]
    if not astray:
        return Changed(taken.order, taken.lines)
    mark = taken.order.mark
    positions = [line.position for line in astray]
    lines.put_astray(tx, mark, positions, None)
    lines.note(tx, mark, [Move(place, KIND, "astray", "", reason) for place in positions], caller.actor)
    tx.record("lines.settled", caller.actor, {"positions": positions}, client_id=mark[0], order_id=mark[1])
    return Changed(taken.order, taken.lines)
