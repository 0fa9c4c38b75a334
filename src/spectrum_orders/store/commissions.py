"""New packages: what a factory is to get, and the work that it means for us."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from spectrum_orders.domain.partner import Cut
from spectrum_orders.store import packages, queue
from spectrum_orders.store.packages import Package
from spectrum_orders.store.partners import Partner
from spectrum_orders.store.transaction import Transaction


class Rank(msgspec.Struct, frozen=True):
    """When its order wants to be worked on: see ``store.queue``."""

    urgency: int
    order_instant: int


def cut(
    tx: Transaction, partner: Partner, client_id: int, order_id: int, positions: Sequence[int]
) -> list[Package]:
    """New packages for these lines, as the partner wants them cut; not stored yet."""
    alone = partner.settings.cut is Cut.LINE
    return [
        fresh(tx, client_id, order_id, partner.id, together)
        for together in ([(place,) for place in positions] if alone else [tuple(positions)])
    ]


def fresh(
    tx: Transaction,
    client_id: int,
    order_id: int,
    partner_id: int,
    positions: tuple[int, ...],
    *,
    kind: str = packages.PACKAGE,
    completes: int = 0,
) -> Package:
    """A new package, not stored yet."""
    return Package(
        client_id=client_id,
        id=tx.ids.take(),
        order_id=order_id,
        partner_id=partner_id,
        positions=positions,
        kind=kind,
        state=packages.MAKING,
        reason="",
        completes=completes,
        completed=0,
        created_at=tx.now,
        modified_at=tx.now,
    )


def follow(tx: Transaction, package: Package, kind: str, positions: tuple[int, ...] | None = None) -> Package:
    """A new package of another kind that follows an earlier one; not stored yet."""
    return fresh(
        tx,
        package.client_id,
        package.order_id,
        package.partner_id,
        package.positions if positions is None else positions,
        kind=kind,
        completes=package.id,
    )


def commission(tx: Transaction, several: Sequence[tuple[Package, Rank]]) -> None:
    """Record new packages and have them made."""
    if not several:
        return
    packages.add(tx, [package for package, _ in several])
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
                urgency=rank.urgency,
                order_instant=rank.order_instant,
                subject=package.id,
            )
            for package, rank in several
        ],
    )
