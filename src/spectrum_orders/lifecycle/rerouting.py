"""Leading lines to another factory, whatever the rules say."""

from __future__ import annotations

from collections.abc import Collection

from spectrum_orders.domain import events as kinds
from spectrum_orders.domain import routing as rules
from spectrum_orders.domain.routing import Decision
from spectrum_orders.errors import Conflict, Invalid, Problem
from spectrum_orders.lifecycle import renewing
from spectrum_orders.lifecycle.cancelling import Changed
from spectrum_orders.lifecycle.orders import Caller, Which, check_not_cancelled, check_window, event, take
from spectrum_orders.store import (
    commissions,
    deadlines,
    departures,
    events,
    lines,
    partners,
    prospects,
    queue,
    routing,
)
from spectrum_orders.store.lines import LineState, Move, OrderState
from spectrum_orders.store.partners import Partner
from spectrum_orders.store.transaction import Transaction

KIND = "rerouted"


def reroute(
    tx: Transaction,
    caller: Caller,
    which: Which,
    handle: str,
    reason: str,
    *,
    newest: bool = False,
    anywhere: bool = False,
) -> Changed:
    """Have another factory make these lines; what the earlier one has, or may have, is followed by a notice.

    With ``newest`` the lines are bound to their recipe sets as they stand now, also where the factory stays
    the same. Unless ``anywhere``, only to a factory that a rule of this client names: nobody sends addresses
    elsewhere. Raises NotFound, UnknownLines, Ambiguous, Invalid when the factory is not one of those, and
    Conflict when it is too late, a line is cancelled or shipped, or may not have another version (see
    ``renewing``).
    """
    if newest:
        renewing.hold_catalogue(tx, caller, which)
    taken = take(tx, caller, which)
    order = taken.order
    partner = _partner(tx, order, handle, anywhere)
    check_not_cancelled(taken.lines)
    _check_not_shipped(taken.lines)
    versions = renewing.newest(tx, taken) if newest else {}
    fresh = [line for line in taken.lines if line.partner_id != partner.id or line.position in versions]
    if not fresh:
        return Changed(order, taken.lines)
    # A factory may turn a line down after days; that its artwork is mended is then no change of mind.
    if not all(line.position in versions and renewing.is_turned_down(line) for line in fresh):
        check_window(tx, caller, order)
    positions = [line.position for line in fresh]
    made = departures.recall(tx, order.mark, positions, taken.rank)
    if versions:
        renewing.renew(tx, caller, taken, versions, reason)
    reason_text = rules.encode(Decision(partner.handle, None, (), by=caller.actor))
    routing.note(tx, [(*order.mark, position, partner.id, reason_text) for position in positions])
    deadlines.renew(tx, *order.mark, positions, partner)
    cut = commissions.cut(tx, partner, *order.mark, positions)
    commissions.commission(tx, [(package, taken.rank) for package in cut])
    names = {one.id: one.handle for one in partners.everybody(tx.connection)}
    moves = [
        Move(line.position, KIND, _name(names, line), partner.handle, reason)
        for line in fresh
        if line.partner_id != partner.id
    ]
    lines.note(tx, order.mark, moves, caller.actor)
    # The lines that no rule led anywhere may have been the last ones that the order waited for.
    queue.wake_order(tx, *order.mark, queue.ACKNOWLEDGED, queue.PLAN)
    tx.record(
        "lines.rerouted",
        caller.actor,
        {"positions": positions, "partner": partner.handle},
        client_id=order.client_id,
        order_id=order.id,
    )
    told = event(kinds.ROUTED, order, fresh, partner=partner.handle)
    partner_ids = sorted({*told.partners, partner.id})
    events.emit(tx, events.Event(told.kind, *order.mark, told.data, told.positions, partner_ids))
    return Changed(order, taken.lines, (*made, *cut))


def _name(names: dict[int, str], line: LineState) -> str:
    return "" if line.partner_id is None else names.get(line.partner_id, "")


def _partner(tx: Transaction, order: OrderState, handle: str, anywhere: bool) -> Partner:
    allowed: Collection[str] = {rule.partner for rule in prospects.rules_of(tx.connection, order.client_id)}
    partner = partners.find(tx.connection, handle)
    if partner is None or not (anywhere or handle in allowed):
        message = "No rule of this client names a factory with this handle"
        message += (
            f"; those that are named: {', '.join(sorted(allowed))}." if allowed else "; there is no rule."
        )
        raise Invalid(message, problems=(Problem("/partner", "unknown-value", message),))
    return partner


def _check_not_shipped(some: tuple[LineState, ...]) -> None:
    shipped = [str(line.number) for line in some if line.shipped_at is not None]
    if shipped:
        raise Conflict(
            f"Lines were shipped already (ids: {', '.join(shipped)}). Nothing was changed; name the others."
        )
