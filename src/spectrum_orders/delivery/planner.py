"""From acknowledged orders to packages: which factory makes each line, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from spectrum_orders.delivery import opening
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.domain import routing as rules
from spectrum_orders.domain.order import OrderContent
from spectrum_orders.domain.partner import Cut
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import orders, packages, queue, routing
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.packages import Package
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.transaction import Transaction

UNROUTED = "unrouted"
"""The reason of an order that no rule leads anywhere. It waits until the rules or its address change."""

AGAIN_US = 15 * 60 * 1_000_000
"""What waits for somebody is looked at this often all the same: a wake that was lost is no lost order."""

_decode = msgspec.json.Decoder(OrderContent).decode


class Plan(msgspec.Struct, frozen=True):
    """What is to be recorded for one order. ``order`` only where a person was ``opened``."""

    claim: Claim
    decided: dict[int, tuple[int | None, str]]
    """By position: the partner and the reason."""
    order: StoredOrder | None = None
    opened: tuple[str, ...] = ()

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
        queue.park(tx, ruleless, tx.now + AGAIN_US, UNROUTED)
        _record(tx, snapshot, found)
        for claim in completed:
            _complete(tx, claim)


def _plans(runtime: Runtime, snapshot: Snapshot, claims: Sequence[Claim]) -> tuple[list[Plan], list[Claim]]:
    """A plan for each order that is there, and the claims of those that are not."""
    wanted = [(one.client_id, one.order_id) for one in claims]
    if not wanted:
        return [], []
    with runtime.database.read() as connection:
        contents = orders.find_contents(connection, wanted)
        routed = routing.routed(connection, wanted)
    handles = {partner.handle: partner.id for partner in snapshot.partners.values()}
    found: list[Plan] = []
    gone: list[Claim] = []
    for claim in claims:
        mark = (claim.client_id, claim.order_id)
        content = contents.get(mark)
        if content is None:
            gone.append(claim)
        else:
            found.append(_decide(runtime, snapshot, handles, claim, content, routed.get(mark, frozenset())))
    return found, gone


def _decide(
    runtime: Runtime,
    snapshot: Snapshot,
    handles: dict[str, int],
    claim: Claim,
    content: bytes,
    kept: Collection[int],
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
    for position, line in enumerate(_decode(content).line_items):
        if position in kept:
            continue
        facts = rules.Facts(skus=tuple(pair.sku for pair in line.sku_quantities), country=country)
        decision = rules.decide(own, facts)
        partner = None if decision.partner is None else handles.get(decision.partner)
        decided[position] = (partner, rules.encode(decision))
    return Plan(claim, decided, order, opened)


def _record(tx: Transaction, snapshot: Snapshot, plans: Sequence[Plan]) -> None:
    parked = [one.claim for one in plans if one.unrouted]
    mine = queue.park(tx, parked, tx.now + AGAIN_US, UNROUTED)
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
    owed: list[tuple[Package, Claim]] = []
    for one in ours:
        if one.opened:
            assert one.order is not None
            opening.record(tx, one.order, one.opened, "routing by country")
        fresh = _packages(tx, snapshot, one)
        owed += ((package, one.claim) for package in fresh)
        if fresh:
            tx.record(
                "order.routed",
                opening.ACTOR,
                {"packages": [str(package.id) for package in fresh]},
                client_id=one.claim.client_id,
                order_id=one.claim.order_id,
            )
    _owe(tx, owed)


def _packages(tx: Transaction, snapshot: Snapshot, one: Plan) -> list[Package]:
    fresh: list[Package] = []
    for partner_id, positions in _by_partner(one.decided).items():
        cut = snapshot.partners[partner_id].settings.cut
        for together in [(place,) for place in positions] if cut is Cut.LINE else [tuple(positions)]:
            fresh.append(
                Package(
                    client_id=one.claim.client_id,
                    id=tx.ids.take(),
                    order_id=one.claim.order_id,
                    partner_id=partner_id,
                    positions=together,
                    kind=packages.PACKAGE,
                    state=packages.MAKING,
                    reason="",
                    completes=0,
                    completed=0,
                    created_at=tx.now,
                    modified_at=tx.now,
                )
            )
    return fresh


def _by_partner(decided: dict[int, tuple[int | None, str]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for position, (partner, _) in sorted(decided.items()):
        if partner is not None:
            found.setdefault(partner, []).append(position)
    return found


def _complete(tx: Transaction, claim: Claim) -> None:
    """Addresses have come: packages that are on their way already get their ticket after them."""
    if not queue.settle(tx, [claim]):
        return
    late = [
        package
        for package in packages.of_order(tx.connection, claim.client_id, claim.order_id, hold=True)
        if package.kind == packages.PACKAGE
        and package.state in (packages.READY, packages.DELIVERED)
        and not package.completed
    ]
    fresh = [
        msgspec.structs.replace(
            package,
            id=tx.ids.take(),
            kind=packages.COMPLETION,
            state=packages.MAKING,
            completes=package.id,
            created_at=tx.now,
            modified_at=tx.now,
        )
        for package in late
    ]
    _owe(tx, [(package, claim) for package in fresh])
    # Rules that name a country could not match before.
    queue.wake_order(tx, claim.client_id, claim.order_id, queue.ACKNOWLEDGED, queue.PLAN)


def _owe(tx: Transaction, fresh: Sequence[tuple[Package, Claim]]) -> None:
    if not fresh:
        return
    packages.add(tx, [package for package, _ in fresh])
    queue.add(
        tx,
        [
            queue.row(
                package.client_id,
                tx.ids.take(),
                package.order_id,
                queue.MAKE,
                tx.now,
                lane=queue.WORK,
                urgency=claim.urgency,
                order_instant=claim.order_instant,
                subject=package.id,
            )
            for package, claim in fresh
        ],
    )
