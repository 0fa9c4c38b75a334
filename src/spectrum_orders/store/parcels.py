"""A partner's packages, listed."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.store import packages as stored
from spectrum_orders.store.lines import LineState, states
from spectrum_orders.store.packages import CANCELLED, DELIVERED, READY, Package
from spectrum_orders.store.schema import clients, deliveries, orders, packages
from spectrum_orders.store.seats import Seat


class Listed(msgspec.Struct, frozen=True):
    """A package with the order that it belongs to, and its lines."""

    package: Package
    client_handle: str
    purchase_order_number: str
    lines: tuple[LineState, ...]


def page(
    connection: Connection, seat: Seat, *, state: str | None, before: int | None, most: int
) -> list[Listed]:
    """The partner's packages, the newest first, below the id ``before``.

    ``state`` is ready, delivered, cancelled, collected, or uncollected (delivered, and nobody said that it
    was received); without it those that are still being made are left out, too.
    """
    query = (
        sa.select(packages, clients.c.handle, orders.c.purchase_order_number)
        .join(orders, (orders.c.client_id == packages.c.client_id) & (orders.c.id == packages.c.order_id))
        .join(clients, clients.c.id == packages.c.client_id)
        .where(packages.c.partner_id == seat.partner_id, _in(state))
        .order_by(packages.c.id.desc())
        .limit(most)
    )
    if seat.client_id is not None:
        query = query.where(packages.c.client_id == seat.client_id)
    if before is not None:
        query = query.where(packages.c.id < before)
    found = []
    for row in connection.execute(query).all():
        package = stored.read_row(row)
        lines = states(connection, package.client_id, package.order_id)
        mine = tuple(line for line in lines if line.position in package.positions)
        found.append(Listed(package, row.handle, row.purchase_order_number, mine))
    return found


class Folder(msgspec.Struct, frozen=True):
    """Where the packages of one client lie, at one destination of one partner."""

    partner_id: int
    client_id: int
    destination_id: int


def awaiting(connection: Connection, since: int) -> list[tuple[int, int]]:
    """Partner and client of every package with an id from ``since`` on that was delivered, and that nobody
    has said to have."""
    newest = (
        sa.select(packages.c.partner_id, packages.c.client_id, packages.c.id)
        .where(*_AWAITED)
        .order_by(packages.c.partner_id.desc(), packages.c.client_id.desc(), packages.c.id.desc())
        .limit(1)
    )
    partner, client = packages.c.partner_id, packages.c.client_id
    # One step through the index for each pair: DISTINCT would read every package of all that never say it.
    # Not by comparing both at once, for which SQLite walks through all that the partner has.
    same_partner = newest.where(partner == sa.bindparam("partner"), client < sa.bindparam("client"))
    next_partner = newest.where(partner < sa.bindparam("partner"))
    found = []
    row = connection.execute(next_partner, {"partner": ids.LARGEST}).first()
    while row is not None:
        at = {"partner": row.partner_id, "client": row.client_id}
        if row.id >= since:
            found.append((row.partner_id, row.client_id))
        row = (
            connection.execute(same_partner, at).first()
            or connection.execute(next_partner, {"partner": row.partner_id}).first()
        )
    return found


def awaited(connection: Connection, folder: Folder, *, since: int, below: int, most: int) -> dict[int, str]:
    """Packages in a folder that nobody has said to have, with their names there; those with an id from
    ``since`` on and below ``below``, the newest first."""
    rows = connection.execute(
        _there(folder)
        .where(packages.c.id >= since, packages.c.id < below)
        .order_by(packages.c.id.desc())
        .limit(most)
    )
    return {row.id: row.name for row in rows}


def awaited_of(connection: Connection, folder: Folder, numbers: Collection[int]) -> dict[int, str]:
    """Those of these packages that are in this folder, and that nobody has said to have, with their names."""
    rows = connection.execute(_there(folder).where(packages.c.id.in_(numbers)))
    return {row.id: row.name for row in rows}


def _there(folder: Folder) -> sa.Select[tuple[int, str]]:
    way = (deliveries.c.client_id == packages.c.client_id) & (deliveries.c.package_id == packages.c.id)
    return (
        sa.select(packages.c.id, deliveries.c.name)
        .join(deliveries, way & (deliveries.c.destination_id == folder.destination_id))
        .where(
            packages.c.partner_id == folder.partner_id, packages.c.client_id == folder.client_id, *_AWAITED
        )
    )


_AWAITED = (packages.c.collected_at.is_(None), packages.c.state == sa.literal_column(f"'{DELIVERED}'"))
"""``AWAITED`` with its table named, because deliveries have a state as well; and spelled out, because SQLite
uses the index of these packages for no value that comes as a parameter."""


def _in(state: str | None) -> sa.ColumnElement[bool]:
    if state == "collected":
        return packages.c.collected_at.is_not(None)
    if state == "uncollected":
        return (packages.c.state == DELIVERED) & packages.c.collected_at.is_(None)
    return packages.c.state.in_((READY, DELIVERED, CANCELLED) if state is None else (state,))
