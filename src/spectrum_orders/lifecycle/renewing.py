"""Binding lines to the newest version of their recipe set, by explicit wish.

What was acknowledged stays frozen by itself: a reprint months later is the same. But a line that its factory
turned down for its artwork could never be made at all, if the corrected artwork could not reach it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from spectrum_orders.domain import events as kinds
from spectrum_orders.domain.workflow import NOT_STARTED, REVISION, UNBEGUN
from spectrum_orders.errors import Conflict
from spectrum_orders.lifecycle import statuses
from spectrum_orders.lifecycle.orders import Caller, Taken, Which, check_not_erased, event, gone
from spectrum_orders.store import events, lines, parties, recipes, renewals, seats
from spectrum_orders.store.lines import LineState, Move
from spectrum_orders.store.transaction import Transaction


def hold_catalogue(tx: Transaction, caller: Caller, which: Which) -> None:
    """Let nobody put or erase artwork of this order's client; before the order, as an erasure does it.

    Raises Ambiguous.
    """
    found = seats.find(tx.connection, caller.seat, which.purchase_order_number, which.client)
    if found is not None:
        parties.hold(tx, found.client_id)


def newest(tx: Transaction, taken: Taken) -> dict[int, int]:
    """The newest version of each line that is bound to another one, by position.

    Raises Conflict when one of them may be in production, when its recipe set is not there any more, or when
    the order's people were erased.
    """
    order = taken.order
    wanted = {(order.client_id, line.recipe_set_id) for line in taken.lines}
    current = recipes.current_versions(tx.connection, wanted)
    missing = [line for line in taken.lines if (order.client_id, line.recipe_set_id) not in current]
    if missing:
        raise Conflict(
            f"The recipe sets of lines are not there (ids: {_ids(missing)}), so there is no newest version. "
            "Nothing was changed; put them first."
        )
    versions = {line.position: current[order.client_id, line.recipe_set_id] for line in taken.lines}
    stale = [line for line in taken.lines if line.recipe_version != versions[line.position]]
    if stale:
        check_not_erased(order)
        _check_unbegun(tx, taken, stale)
    return {line.position: versions[line.position] for line in stale}


def is_turned_down(line: LineState) -> bool:
    """Whether nobody makes the line as it is: no factory has it, or its factory asks for another version."""
    return line.partner_id is None or line.workflow_status == REVISION


def renew(tx: Transaction, caller: Caller, taken: Taken, versions: dict[int, int], reason: str) -> None:
    """Bind lines to these versions. What was in revision is to be started again."""
    order = taken.order
    meant = [line for line in taken.lines if line.position in versions]
    renewals.bind(tx, order.mark, versions, caller.actor)
    revised = [line for line in meant if line.workflow_status == REVISION]
    lines.put_status(tx, order.mark, [(line.position, NOT_STARTED) for line in revised])
    moves = [
        Move(
            line.position,
            renewals.KIND,
            renewals.name(line.recipe_version),
            renewals.name(versions[line.position]),
            reason,
        )
        for line in meant
    ]
    moves += [Move(line.position, statuses.KIND, REVISION, NOT_STARTED) for line in revised]
    lines.note(tx, order.mark, moves, caller.actor)
    if revised:
        told = {"from": REVISION, "to": NOT_STARTED, "by": caller.actor}
        events.emit(tx, event(kinds.STATUS_CHANGED, order, revised, **told))


def _check_unbegun(tx: Transaction, taken: Taken, stale: Sequence[LineState]) -> None:
    left = gone(tx, taken)
    begun = [line for line in stale if not is_turned_down(line) and _is_begun(line, left)]
    if begun:
        raise Conflict(
            "Lines may be in production with the artwork that they were acknowledged with (ids: "
            f"{_ids(begun)}). Nothing was changed. Newer artwork reaches a line that its factory rejects or "
            "sets to revision, or whose package has not left."
        )


def _is_begun(line: LineState, left: Collection[int]) -> bool:
    return line.position in left or line.workflow_status not in UNBEGUN


def _ids(some: Sequence[LineState]) -> str:
    return ", ".join(str(line.number) for line in some)
