"""What became of an order's lines, step by step: who moved what, when, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.lifecycle import cancelling, redelivering, rerouting, settling, shipping, statuses
from spectrum_orders.store import actors, lines, packages, partners, refusals, renewals
from spectrum_orders.store.actors import PARTNER, SHOP, WORKER, Who
from spectrum_orders.store.lines import Past
from spectrum_orders.store.orders import StoredLine, StoredOrder
from spectrum_orders.store.packages import BURIED, DELIVERED, SENT, Delivery, Package
from spectrum_orders.store.progress import Come, Line
from spectrum_orders.store.recipes import ERASED
from spectrum_orders.store.seats import Seat

ACKNOWLEDGED, ROUTED, MADE, PLANNED = "acknowledged", "routed", "made", "planned"
ARRIVED, GIVEN_UP, ACCEPTED, COLLECTED = "delivered", "given-up", "accepted", "collected"
MOVES = (
    statuses.KIND,
    lines.HELD,
    lines.RELEASED,
    cancelling.KIND,
    rerouting.KIND,
    refusals.KIND,
    shipping.KIND,
    settling.KIND,
    redelivering.REDELIVERED,
    redelivering.REPRINTED,
    renewals.KIND,
)
WHAT = (ACKNOWLEDGED, ROUTED, MADE, PLANNED, ARRIVED, GIVEN_UP, ACCEPTED, COLLECTED, *MOVES)
"""Every kind of step: those of the making, and the moves that somebody made."""

OURS = (statuses.KIND, shipping.KIND)
"""Moves whose notes are our own words, which no erasure takes."""

_TOLD = (lines.HELD, cancelling.KIND, refusals.KIND)
"""Moves whose reason a partner is told, as in its events: of another it may be about somebody else."""

_HANDED_OVER = (rerouting.KIND, refusals.KIND)
"""With these a line leaves a partner; what was before is between that one and the shop."""


class Step(msgspec.Struct, frozen=True):
    """``what`` happened, at ``at`` in microseconds; ``before`` and ``after`` are equal where a call had no
    effect. ``reason`` are the words of whoever did it, gone with the order's people; ``note`` is ours."""

    at: int
    what: str
    before: str = ""
    after: str = ""
    by: Who | None = None
    reason: str = ""
    note: str = ""
    package_id: int | None = None


def of_order(connection: Connection, seat: Seat, come: Come) -> list[tuple[StoredLine, list[Step]]]:
    """The history of every line of an order that the seat sees, the oldest step first.

    A partner reads what became of its lines since they were led to it, and nothing that another one did.
    """
    order = come.order
    past = lines.history(connection, order.client_id, order.id)
    known = actors.who(connection, order.client_id, (one.actor for one in past))
    handles = {one.id: one.handle for one in partners.everybody(connection)}
    own = None if seat.partner_id is None else handles[seat.partner_id]
    seen = [one for one in come.progress.packages if seat.partner_id in (None, one.partner_id)]
    ways = packages.deliveries_of(connection, order.client_id, [one.id for one in seen])
    # One that is sent again without them held them all the same.
    taken_back = packages.taken_back(seen)
    found = []
    for line in come.progress.lines:
        if seat.partner_id not in (None, line.line.partner_id):
            continue
        position = line.line.position
        moves = [(one, known.get(one.actor)) for one in past if one.position == position]
        steps = [
            Step(order.acknowledged_at, ACKNOWLEDGED, by=Who(SHOP, come.client_handle)),
            *_made(order, line, handles),
            *(
                step
                for one in seen
                if position in one.positions or (one.id, position) in taken_back
                for step in _package(one, ways, handles)
            ),
            *(_moves(moves) if own is None else _own_moves(moves, own)),
        ]
        # A machine's clock may be behind another's: nothing is before the acknowledgement.
        steps.sort(key=lambda step: max(step.at, order.acknowledged_at))
        found.append((line.line, steps))
    return found


def _made(order: StoredOrder, line: Line, handles: Mapping[int, str]) -> Iterator[Step]:
    route, decision = line.route, line.decision
    # One that somebody chose is a move.
    if route is not None and route.partner_id is not None and (decision is None or decision.by is None):
        yield Step(route.decided_at, ROUTED, after=handles[route.partner_id], by=Who(WORKER))
    artwork = line.artwork
    # Made for an earlier order, it is no step of this one.
    if artwork is not None and artwork.state != ERASED and artwork.made_at >= order.acknowledged_at:
        yield Step(artwork.made_at, MADE, after=artwork.state, by=Who(WORKER))


def _package(package: Package, ways: Sequence[Delivery], handles: Mapping[int, str]) -> Iterator[Step]:
    number, kind = package.id, package.kind
    partner, worker = Who(PARTNER, handles[package.partner_id]), Who(WORKER)
    yield Step(package.created_at, PLANNED, after=kind, by=worker, package_id=number)
    mine = [one for one in ways if one.package_id == number and one.settled_at is not None]
    sent = [one.settled_at or 0 for one in mine if one.state == SENT]
    if package.state == DELIVERED and sent:
        yield Step(max(sent), ARRIVED, after=kind, by=worker, package_id=number)
    buried = [one.settled_at or 0 for one in mine if one.state == BURIED]
    if buried:
        yield Step(max(buried), GIVEN_UP, after=kind, by=worker, package_id=number)
    for what, at in ((ACCEPTED, package.accepted_at), (COLLECTED, package.collected_at)):
        if at is not None:
            yield Step(at, what, after=kind, by=partner, package_id=number)


def _moves(moves: Sequence[tuple[Past, Who | None]]) -> Iterator[Step]:
    for one, by in moves:
        ours = one.kind in OURS
        yield Step(
            one.at,
            one.kind,
            one.before,
            one.after,
            by,
            reason="" if ours else one.note,
            note=one.note if ours else "",
        )


def _own_moves(moves: Sequence[tuple[Past, Who | None]], own: str) -> Iterator[Step]:
    led = max((place for place, (one, _) in enumerate(moves) if one.kind in _HANDED_OVER), default=-1)
    for place, step in enumerate(_moves(moves)):
        mine = step.by == Who(PARTNER, own)
        here = place > led or (place == led and step.what == rerouting.KIND)
        if not mine and (not here or step.by is None or step.by.role == PARTNER):
            continue
        if step.what == rerouting.KIND and step.before != own:
            step = msgspec.structs.replace(step, before="")
        yield step if step.what in _TOLD else msgspec.structs.replace(step, reason="")
