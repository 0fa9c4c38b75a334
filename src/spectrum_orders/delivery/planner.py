"""From acknowledged orders to packages: which factory makes each line, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec

from spectrum_orders import ids
from spectrum_orders.delivery import opening
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.domain import deadlines as promises
from spectrum_orders.domain import routing as rules
from spectrum_orders.domain.events import ACKNOWLEDGED, COMPLETED, ROUTED
from spectrum_orders.domain.order import OrderContent
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import (
    commissions,
    deadlines,
    events,
    orders,
    packages,
    partners,
    queue,
    refusals,
    routing,
)
from spectrum_orders.store.commissions import Rank
from spectrum_orders.store.events import Event
from spectrum_orders.store.modification import touch
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.packages import Package
from spectrum_orders.store.partners import Partner
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.routing import REFUSED, UNROUTED
from spectrum_orders.store.transaction import Transaction, now_us

AGAIN_US = 15 * 60 * 1_000_000
"""What waits for somebody is looked at this often all the same: a wake that was lost is no lost order."""

RULELESS_US = 24 * 3_600 * 1_000_000
"""The same for a client without a single rule: there may be a million, and its first rule wakes them."""

_decode = msgspec.json.Decoder(OrderContent).decode


class Plan(msgspec.Struct, frozen=True):
    """What is to be recorded for one order. ``order`` only where a person was ``opened``."""

    claim: Claim
    decided: dict[int, tuple[int | None, str]]
    """By position: the partner and the reason."""
    order: StoredOrder | None = None
    opened: tuple[str, ...] = ()
    refused: bool = False
    """Whether a factory has refused to make one of its lines."""
    ship_by: dict[int, int | None] = {}
    """The deadlines of those lines that have one, or may have had one at a factory that refused them."""

    @property
    def unrouted(self) -> bool:
        """Whether a line has no partner."""
        return any(partner is None for partner, _ in self.decided.values())


def plan(runtime: Runtime, snapshot: Snapshot, claims: Sequence[Claim]) -> None:
    """Plan acknowledged orders and settle their rows, in two short transactions.

    Called again after a crash in between, it decides and records the same once.
    """
    completed = [one for one in claims if one.kind == queue.COMPLETED]
    acknowledged = [one for one in claims if one.kind != queue.COMPLETED]
    ruled = [one for one in acknowledged if snapshot.rules.get(one.client_id)]
    # Of a client without a single rule nothing need be read to know that its orders wait for one.
    ruleless = [one for one in acknowledged if not snapshot.rules.get(one.client_id)]
    found, gone = _plans(runtime, snapshot, ruled)
    with runtime.ledger.write() as tx:
        queue.settle(tx, gone)
        # Orders, then packages, then the rules: who locks several locks them in this order.
        orders.hold_many(tx, [(one.client_id, one.order_id) for one in (*ruled, *completed)])
        wanted = _still_wanted(tx, found)
        followed = [claim for claim in completed if _complete(tx, claim)]
        # Whoever adds a rule wakes what is parked then, and what is parked afterwards for want of that very
        # rule would wait in vain. So nobody changes the rules while this holds itself against them.
        current = partners.generation(tx.connection, hold=True) == snapshot.generation
        _set_aside(tx, ruleless, tx.now + RULELESS_US, UNROUTED, current=current)
        events.emit(tx, *(_acknowledged(one) for one in acknowledged))
        _record(tx, snapshot, wanted, current=current)
        for claim in followed:
            # Rules that name a country could not match before.
            queue.wake_order(tx, claim.client_id, claim.order_id, queue.ACKNOWLEDGED, queue.PLAN)


def _plans(runtime: Runtime, snapshot: Snapshot, claims: Sequence[Claim]) -> tuple[list[Plan], list[Claim]]:
    """A plan for each order that is there, and the claims of those that are not."""
    wanted = [(one.client_id, one.order_id) for one in claims]
    if not wanted:
        return [], []
    with runtime.database.read() as connection:
        contents = orders.find_contents(connection, wanted)
        routed = routing.routed(connection, wanted)
        refused = refusals.of_orders(connection, wanted)
    handles = {partner.handle: partner.id for partner in snapshot.partners.values()}
    found: list[Plan] = []
    gone: list[Claim] = []
    for claim in claims:
        mark = (claim.client_id, claim.order_id)
        content = contents.get(mark)
        if content is None:
            gone.append(claim)
        else:
            kept, no = routed.get(mark, frozenset()), refused.get(mark, {})
            found.append(_decide(runtime, snapshot, handles, claim, content, kept, no))
    return found, gone


def _decide(
    runtime: Runtime,
    snapshot: Snapshot,
    handles: dict[str, int],
    claim: Claim,
    content: bytes,
    kept: Collection[int],
    refused: Mapping[int, Collection[str]],
) -> Plan:
    own = snapshot.rules[claim.client_id]
    country: str | None = None
    order: StoredOrder | None = None
    opened: tuple[str, ...] = ()
    if any(rule.country is not None for rule in own):
        with runtime.database.read() as connection:
            order = orders.find_order_by_id(connection, claim.client_id, claim.order_id)
        assert order is not None  # nothing removes orders, and it was there a moment ago
        address = opening.people(runtime.keys, order, ("/shippingAddress",))
        opened = tuple(address)
        for text in address.values():
            country = msgspec.json.decode(text, type=dict[str, str]).get("country")
    decided: dict[int, tuple[int | None, str]] = {}
    ship_by: dict[int, int | None] = {}
    agreed = _decode(content)
    # Not in the transaction that records it, in which no order can be written: a country's first
    # deadline reads its holidays.
    now, zone = now_us(), ZoneInfo(snapshot.clients[claim.client_id].timezone)
    for position, line in enumerate(agreed.line_items):
        if position in kept:
            continue
        facts = rules.Facts(skus=tuple(pair.sku for pair in line.sku_quantities), country=country)
        no = refused.get(position, ())
        decision = rules.decide((rule for rule in own if rule.partner not in no), facts)
        decision = msgspec.structs.replace(decision, refused=tuple(sorted(no)))
        partner = None if decision.partner is None else handles.get(decision.partner)
        decided[position] = (partner, rules.encode(decision))
        settings = None if partner is None else snapshot.partners[partner].settings
        due = promises.ship_by(agreed, position, settings, zone, now)
        if due is not None or no:
            ship_by[position] = due
    return Plan(claim, decided, order, opened, bool(refused), ship_by)


def _set_aside(
    tx: Transaction, claims: Sequence[Claim], until: int, reason: str, *, current: bool
) -> set[int]:
    """Park what no rule leads anywhere; the ids of what is parked. Of rules that are no longer ``current``
    nothing is said: what was planned by them is due again at once."""
    if current:
        return queue.park(tx, claims, until, reason)
    queue.extend(tx, claims, tx.now)
    return set()


def _record(tx: Transaction, snapshot: Snapshot, plans: Sequence[Plan], *, current: bool) -> None:
    mine: set[int] = set()
    for refused, reason in ((False, UNROUTED), (True, REFUSED)):
        parked = [one.claim for one in plans if one.unrouted and one.refused is refused]
        mine |= _set_aside(tx, parked, tx.now + AGAIN_US, reason, current=current)
    mine |= queue.settle(tx, [one.claim for one in plans if not one.unrouted])
    ours = [one for one in plans if one.claim.id in mine]
    routing.note(
        tx,
        [
            (one.claim.client_id, one.claim.order_id, position, partner, reason)
            for one in ours
            for position, (partner, reason) in one.decided.items()
        ],
    )
    deadlines.note(
        tx,
        [
            (one.claim.client_id, one.claim.order_id, position, due)
            for one in ours
            for position, due in one.ship_by.items()
            if position in one.decided
        ],
    )
    owed: list[tuple[Package, Rank]] = []
    told: list[Event] = []
    for one in ours:
        if one.opened:
            assert one.order is not None
            opening.record(tx, one.order, one.opened, "routing by country")
        fresh: list[Package] = []
        for partner_id, positions in _by_partner(one.decided).items():
            partner = snapshot.partners[partner_id]
            fresh += commissions.cut(tx, partner, one.claim.client_id, one.claim.order_id, positions)
            told.append(_routed(one.claim, partner, positions))
        owed += ((package, _rank(one.claim)) for package in fresh)
        if fresh:
            tx.record(
                "order.routed",
                opening.ACTOR,
                {"packages": [str(package.id) for package in fresh]},
                client_id=one.claim.client_id,
                order_id=one.claim.order_id,
            )
    # Lines that a factory sees from now on count as modified: it asks for what changed since it last asked.
    touch(tx, sorted({(package.client_id, package.order_id) for package, _ in owed}))
    events.emit(tx, *told)
    commissions.commission(tx, owed)


def _still_wanted(tx: Transaction, plans: Sequence[Plan]) -> list[Plan]:
    """The plans without the lines that were cancelled, or led somewhere by somebody, since they were read.

    The caller holds the orders, as whoever moves their lines does.
    """
    marks = [(one.claim.client_id, one.claim.order_id) for one in plans]
    settled = routing.routed(tx.connection, marks)
    return [
        msgspec.structs.replace(
            one,
            decided={
                position: what
                for position, what in one.decided.items()
                if position not in settled.get(mark, frozenset())
            },
        )
        for one, mark in zip(plans, marks, strict=True)
    ]


def _rank(claim: Claim) -> Rank:
    return Rank(claim.urgency, claim.order_instant)


def _routed(claim: Claim, partner: Partner, positions: Sequence[int]) -> Event:
    data = {"partner": partner.handle}
    return Event(ROUTED, claim.client_id, claim.order_id, data, positions, (partner.id,))


def _acknowledged(claim: Claim) -> Event:
    # Under the order's own id, and of its time: whenever an order is planned, it was acknowledged once, then.
    number = claim.order_id
    return Event(ACKNOWLEDGED, claim.client_id, number, number=number, at=ids.made_at(number))


def _by_partner(decided: dict[int, tuple[int | None, str]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for position, (partner, _) in sorted(decided.items()):
        if partner is not None:
            found.setdefault(partner, []).append(position)
    return found


def _complete(tx: Transaction, claim: Claim) -> bool:
    """Addresses have come: packages that are on their way already get their ticket after them, but for the
    lines that were taken back since.

    Whether the claim was still ours. The caller holds the order, so that nobody takes lines back meanwhile.
    """
    if not queue.settle(tx, [claim]):
        return False
    there = packages.of_order(tx.connection, claim.client_id, claim.order_id, hold=True)
    still = packages.remaining(there)
    fresh = [
        commissions.follow(tx, package, packages.COMPLETION, left)
        for package in there
        if package.kind in packages.PRINTED
        and package.state in (packages.READY, packages.DELIVERED)
        and not package.completed
        and (left := still[package.id])
    ]
    commissions.commission(tx, [(package, _rank(claim)) for package in fresh])
    theirs = sorted({package.partner_id for package in fresh})
    events.emit(tx, Event(COMPLETED, claim.client_id, claim.order_id, partners=theirs))
    return True
