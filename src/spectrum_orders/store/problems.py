"""What may be wrong with an order that somebody looks for: in the words of the list of exceptions."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from spectrum_orders.domain import exceptions as kinds
from spectrum_orders.domain.workflow import CANCELLED
from spectrum_orders.store import packages as stored
from spectrum_orders.store import queue
from spectrum_orders.store.deliveries import OF_REMOVED
from spectrum_orders.store.exceptions.lines import is_quiet
from spectrum_orders.store.schema import deliveries, erasures, lines, orders, outbox, packages
from spectrum_orders.store.schema.fulfilment import UNCOLLECTED
from spectrum_orders.store.schema.orders import ASIDE, ASTRAY, SET_ASIDE_LINES, UNSHIPPED
from spectrum_orders.store.seats import Seat

Condition = sa.ColumnElement[bool]


class View(msgspec.Struct, frozen=True):
    """What a seat may ask about one client's orders: of an order's lines and packages a partner sees its own
    alone, so that no filter tells it anything of the others. ``stuck_us`` is how long a factory that has a
    line may say nothing (0: for ever)."""

    seat: Seat
    client_id: int
    stuck_us: int

    def line(self, condition: Condition) -> Condition:
        """The order has a line like that."""
        mine = (lines.c.client_id == orders.c.client_id) & (lines.c.order_id == orders.c.id)
        return sa.exists().where(mine, *self._own(lines.c.partner_id), condition)

    def package(self, condition: Condition) -> Condition:
        """The order has a package like that."""
        mine = (packages.c.client_id == orders.c.client_id) & (packages.c.order_id == orders.c.id)
        return sa.exists().where(mine, *self._own(packages.c.partner_id), condition)

    def delivery(self, condition: Condition) -> Condition:
        """A package of the order was given up on one of its ways, like that."""
        way = (deliveries.c.client_id == packages.c.client_id) & (deliveries.c.package_id == packages.c.id)
        return self.package(sa.exists().where(way, deliveries.c.state == stored.BURIED, condition))

    def aside(self, lane: int, condition: Condition) -> Condition:
        """Work for the order was put aside. Read as a whole, by the index that holds nothing else: an order
        that is in order has no row there to be looked for."""
        query = sa.select(outbox.c.order_id).where(
            sa.text(ASIDE), outbox.c.lane == lane, outbox.c.client_id == self.client_id, condition
        )
        if self.seat.partner_id is not None:
            its = (packages.c.client_id == outbox.c.client_id) & (packages.c.id == outbox.c.subject)
            query = query.where(sa.exists().where(its, *self._own(packages.c.partner_id)))
        return orders.c.id.in_(query)

    def erasure(self, condition: Condition) -> Condition:
        """A partner was asked to delete what it has of the order, like that."""
        mine = (erasures.c.client_id == orders.c.client_id) & (erasures.c.order_id == orders.c.id)
        return sa.exists().where(mine, *self._own(erasures.c.partner_id), condition)

    def _own(self, partner: sa.ColumnElement[int | None]) -> tuple[Condition, ...]:
        return () if self.seat.partner_id is None else (partner == self.seat.partner_id,)


Problem = Callable[[View, int], Condition]


def _parked(reason: str) -> Problem:
    return lambda view, _: view.aside(queue.PARKED, outbox.c.reason == reason)


def _due(view: View, when: Condition) -> Condition:
    return view.line(sa.and_(sa.text(UNSHIPPED), when))


_ALIVE = lines.c.workflow_status != CANCELLED

PROBLEMS: dict[str, Problem] = {
    kinds.LATE: lambda view, now: _due(view, lines.c.ship_by < now),
    kinds.DUE_SOON: lambda view, now: _due(view, lines.c.ship_by.between(now, now + kinds.SOON_US)),
    kinds.ASTRAY: lambda view, _: view.line(sa.and_(sa.text(ASTRAY))),
    kinds.REFUSED: _parked(kinds.REFUSED),
    kinds.SET_ASIDE: lambda view, _: view.line(sa.and_(sa.text(SET_ASIDE_LINES))),
    kinds.BURIED: lambda view, _: view.delivery(~OF_REMOVED),
    kinds.REMOVED: lambda view, _: view.delivery(OF_REMOVED),
    kinds.FAILED: lambda view, _: view.aside(queue.BURIED, outbox.c.kind.in_(queue.OURS)),
    kinds.PREFLIGHT_REJECTED: lambda view, _: view.package(packages.c.state == stored.REJECTED),
    kinds.PERSON_ERASED: _parked(kinds.PERSON_ERASED),
    kinds.ARTWORK_ERASED: _parked(kinds.ARTWORK_ERASED),
    kinds.AWAITING_ARTWORK: lambda view, _: view.package(packages.c.state == stored.WAITING),
    kinds.FILES_AWAY: _parked(kinds.FILES_AWAY),
    kinds.UNROUTED: lambda view, _: view.line(lines.c.partner_id.is_(None) & _ALIVE),
    kinds.NO_DESTINATION: _parked(kinds.NO_DESTINATION),
    kinds.STUCK: lambda view, now: view.line(is_quiet(now, view.stuck_us)),
    kinds.UNCOLLECTED: lambda view, now: view.package(
        sa.and_(sa.text(UNCOLLECTED), packages.c.collect_by < now, packages.c.state == stored.DELIVERED)
    ),
    kinds.ON_HOLD: lambda view, _: view.line(lines.c.held_at.is_not(None)),
    kinds.UNCONFIRMED: lambda view, now: view.erasure(
        erasures.c.confirmed_at.is_(None) & (erasures.c.erased_at < now - kinds.ERASURE_US)
    ),
    "undelivered": lambda view, _: view.package(packages.c.state == stored.READY),
}
"""Word -> the orders that it finds. Every kind of exception that is about an order, what is still waiting
among them, and ``undelivered``, which is on its way and no exception."""
