"""Factories that hold what was erased here: asked to delete it, and whether they have said that they did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.domain.package.facts import ERASURE
from spectrum_orders.store import bulk, commissions, packages
from spectrum_orders.store.commissions import Rank
from spectrum_orders.store.packages import Package
from spectrum_orders.store.schema import clients, erasures, partners
from spectrum_orders.store.seats import Seat
from spectrum_orders.store.transaction import Transaction

CONFIRM_US = 30 * 24 * 3_600 * 1_000_000
"""A factory has as long as the law gives whoever was asked: a month (GDPR, articles 12 and 19)."""

PREFIX = "ers"
"""Of a readable id: the order's number, which together with the factory names one erasure."""

_RANK = Rank(urgency=0, order_instant=0)
"""Before anything that is to be made."""


class Erasure(msgspec.Struct, frozen=True):
    """What one factory is asked to forget. ``packages`` are the ids of those that it was sent, or may have
    been. Instants in microseconds, UTC; ``confirmed_by`` is who said so."""

    client_id: int
    order_id: int
    partner_id: int
    purchase_order_number: str
    packages: tuple[int, ...]
    erased_at: int
    told_at: int | None
    confirmed_at: int | None
    confirmed_by: str

    @property
    def readable_id(self) -> str:
        """The id that is shown."""
        return ids.readable(PREFIX, self.order_id)

    @property
    def state(self) -> str:
        """``confirmed``, ``told`` or ``owed``."""
        if self.confirmed_at is not None:
            return "confirmed"
        return "owed" if self.told_at is None else "told"


class Listed(msgspec.Struct, frozen=True):
    """An erasure with what names it to a person."""

    erasure: Erasure
    client: str
    partner: str


def owe(
    tx: Transaction,
    client_id: int,
    order_id: int,
    purchase_order_number: str,
    held: Mapping[int, Sequence[Package]],
) -> None:
    """Have factories told what to delete: of each, by its id, the packages that it holds."""
    bulk.insert(
        tx.connection,
        bulk.Rows(
            erasures,
            [
                (
                    client_id,
                    order_id,
                    partner_id,
                    purchase_order_number,
                    msgspec.json.encode([package.id for package in some]).decode(),
                    tx.now,
                )
                for partner_id, some in held.items()
            ],
        ),
    )
    notices = []
    for partner_id, some in held.items():
        places = tuple(sorted({place for package in some for place in package.positions}))
        notices.append(commissions.fresh(tx, client_id, order_id, partner_id, places, kind=ERASURE))
    commissions.commission(tx, [(notice, _RANK) for notice in notices])


def note_told(tx: Transaction, notice: Package) -> None:
    """A notice has arrived: if it has everywhere, its factory was told."""
    now = packages.find(tx.connection, notice.client_id, notice.id)
    if now is not None and now.state == packages.DELIVERED:
        tx.connection.execute(
            sa.update(erasures)
            .where(*_mine(notice.client_id, notice.order_id, notice.partner_id), erasures.c.told_at.is_(None))
            .values(told_at=tx.now)
        )


def confirm(tx: Transaction, erasure: Erasure, actor: str) -> Erasure:
    """The factory says that it has deleted everything. Said again, the first time stands."""
    done = tx.connection.execute(
        sa.update(erasures)
        .where(
            *_mine(erasure.client_id, erasure.order_id, erasure.partner_id), erasures.c.confirmed_at.is_(None)
        )
        .values(confirmed_at=tx.now, confirmed_by=actor)
    )
    if done.rowcount:
        tx.record(
            "erasure.confirmed",
            actor,
            {"partner": str(erasure.partner_id)},
            client_id=erasure.client_id,
            order_id=erasure.order_id,
        )
    now = find(tx.connection, erasure.client_id, erasure.order_id, erasure.partner_id)
    assert now is not None  # nothing removes erasures
    return now


def find(connection: Connection, client_id: int, order_id: int, partner_id: int) -> Erasure | None:
    """What one factory is asked to forget of one order."""
    row = connection.execute(sa.select(erasures).where(*_mine(client_id, order_id, partner_id))).first()
    return None if row is None else _erasure(row)


def find_seen(connection: Connection, seat: Seat, order_id: int) -> Erasure | None:
    """As ``find``, for a partner that names the order alone."""
    query = sa.select(erasures).where(
        _seen(seat), erasures.c.order_id == order_id, erasures.c.partner_id == seat.partner_id
    )
    row = connection.execute(query).first()
    return None if row is None else _erasure(row)


def of_order(connection: Connection, client_id: int, order_id: int) -> list[Erasure]:
    """What factories were asked to forget of an order."""
    query = sa.select(erasures).where(erasures.c.client_id == client_id, erasures.c.order_id == order_id)
    return [_erasure(row) for row in connection.execute(query.order_by(erasures.c.partner_id))]


def find_listed(
    connection: Connection,
    seat: Seat | None,
    *,
    confirmed: bool | None = None,
    after: int = 0,
    most: int = 100,
) -> list[Listed]:
    """Erasures that a seat may see (``None``: the operator), by order, those of orders ``after`` this one.

    There may be more than ``most`` by the factories of the last order.
    """
    query = _listed().where(erasures.c.order_id > after)
    if seat is not None:
        query = query.where(_seen(seat))
    if seat is not None and seat.partner_id is not None:
        query = query.where(erasures.c.partner_id == seat.partner_id)
    if confirmed is not None:
        said = erasures.c.confirmed_at
        query = query.where(said.is_not(None) if confirmed else said.is_(None))
    last = (
        query.with_only_columns(erasures.c.order_id).order_by(erasures.c.order_id).offset(most - 1).limit(1)
    )
    until = connection.execute(last).scalar()
    if until is not None:
        query = query.where(erasures.c.order_id <= until)
    rows = connection.execute(query.order_by(erasures.c.order_id, erasures.c.partner_id))
    return [_of(row) for row in rows]


def find_unconfirmed(connection: Connection, now: int, most: int = 1_000) -> list[Listed]:
    """Erasures that no factory has confirmed in time, the longest overdue first."""
    query = _listed().where(erasures.c.confirmed_at.is_(None), erasures.c.erased_at < now - CONFIRM_US)
    rows = connection.execute(query.order_by(erasures.c.erased_at, erasures.c.order_id).limit(most))
    return [_of(row) for row in rows]


def _listed() -> sa.Select[Any]:
    return (
        sa.select(erasures, clients.c.handle.label("client"), partners.c.handle.label("partner"))
        .join(clients, clients.c.id == erasures.c.client_id)
        .join(partners, partners.c.id == erasures.c.partner_id)
    )


def _seen(seat: Seat) -> sa.ColumnElement[bool]:
    if seat.client_id is not None:
        return erasures.c.client_id == seat.client_id
    # So that the index, which begins with the client, is used.
    return erasures.c.client_id.in_(sa.select(clients.c.id))


def _mine(client_id: int, order_id: int, partner_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        erasures.c.client_id == client_id,
        erasures.c.order_id == order_id,
        erasures.c.partner_id == partner_id,
    )


def _erasure(row: sa.Row[Any]) -> Erasure:
    fields = {name: row._mapping[name] for name in Erasure.__struct_fields__}
    return Erasure(**fields | {"packages": msgspec.json.decode(fields["packages"], type=tuple[int, ...])})


def _of(row: sa.Row[Any]) -> Listed:
    return Listed(_erasure(row), row.client, row.partner)
