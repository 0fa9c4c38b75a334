"""Which version of a recipe set counts: the one that the newest order with it is bound to."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.workflow import CANCELLED, DELIVERED
from spectrum_orders.store import queue
from spectrum_orders.store.recipes import READY, find_artworks, key_of
from spectrum_orders.store.schema import clients, lines, orders, outbox, recipe_sets
from spectrum_orders.store.seats import Seat
from spectrum_orders.store.transaction import Transaction


class Meant(msgspec.Struct, frozen=True):
    """A version, and the line that is bound to it; without an order both ``None``."""

    version: int
    order_id: int | None
    position: int | None


class Owned(msgspec.Struct, frozen=True):
    """A version, and whose recipe set it is of."""

    client_id: int
    client_handle: str
    meant: Meant


def find_all(connection: Connection, seat: Seat, client: str | None, readable_id: str) -> list[Owned]:
    """What a recipe set's id stands for, for each client whose recipe sets the seat sees.

    A shop sees its own. A partner sees those of lines that are routed to it and may leave.
    """
    query = sa.select(clients.c.id, clients.c.handle).order_by(clients.c.handle)
    if seat.client_id is not None:
        query = query.where(clients.c.id == seat.client_id)
    if client is not None:
        query = query.where(clients.c.handle == client)
    found = []
    for client_id, handle in connection.execute(query).all():
        meant = find(connection, client_id, readable_id, partner_id=seat.partner_id)
        if meant is not None:
            found.append(Owned(client_id, handle, meant))
    return found


def find(
    connection: Connection, client_id: int, readable_id: str, *, partner_id: int | None = None
) -> Meant | None:
    """What this client's recipe set stands for now: as its newest order has it, else as it was put last.

    ``None`` when there is no such recipe set; for a partner, when no line with it may go there.
    """
    mine: sa.ColumnElement[bool] = sa.true()
    if partner_id is not None:
        mine = (lines.c.partner_id == partner_id) & lines.c.held_at.is_(None)
        mine &= lines.c.workflow_status != CANCELLED
    versions = connection.execute(
        sa.select(recipe_sets.c.id)
        .where(recipe_sets.c.client_id == client_id, recipe_sets.c.key == key_of(readable_id))
        .order_by(recipe_sets.c.superseded_at.is_(None).desc(), recipe_sets.c.id.desc())
    )
    newest: Meant | None = None
    current: int | None = None
    for version in versions.scalars().all():
        current = version if current is None else current
        row = connection.execute(
            sa.select(lines.c.order_id, lines.c.position)
            .where(lines.c.client_id == client_id, lines.c.recipe_version == version, mine)
            .order_by(lines.c.order_id.desc(), lines.c.position)
            .limit(1)
        ).first()
        # Ids are made in the order of time, so the largest is the newest order's.
        if row is not None and (newest is None or row.order_id > (newest.order_id or 0)):
            newest = Meant(version, row.order_id, row.position)
    if newest is None and current is not None and partner_id is None:
        return Meant(current, None, None)
    return newest


LOOKED_AT, VERSIONS = 10_000, 100
"""Lines, and versions of a recipe set, the newest first, among which those are looked for that stay on an
earlier version: a design that is sold from stock has a million lines, nearly all of them shipped."""

SHOWN = 10
"""Orders of them that are named."""


class Behind(msgspec.Struct, frozen=True):
    """Lines that are still to be made and stay on an earlier version; of their orders some numbers."""

    lines: int
    orders: tuple[str, ...]


def behind(connection: Connection, client_id: int, readable_id: str, current: int | None) -> Behind | None:
    """The open lines that a version does not reach by itself, ``current`` or one that is about to be put.

    Those that wait for artwork, or whose own cannot be printed, take it without being asked.
    """
    query = sa.select(recipe_sets.c.id).where(
        recipe_sets.c.client_id == client_id, recipe_sets.c.key == key_of(readable_id)
    )
    versions = connection.execute(query.order_by(recipe_sets.c.id.desc()).limit(VERSIONS)).scalars().all()
    made = find_artworks(connection, [(client_id, version) for version in versions])
    left = LOOKED_AT
    found: list[int] = []
    for version in versions:
        artwork = made.get((client_id, version))
        if version == current or (artwork is not None and artwork.state != READY):
            continue
        # Version by version, because each is a stretch of one index.
        rows = connection.execute(
            sa.select(lines.c.order_id, lines.c.workflow_status, lines.c.shipped_at)
            .where(lines.c.client_id == client_id, lines.c.recipe_version == version)
            .order_by(lines.c.order_id.desc())
            .limit(left)
        ).all()
        left -= len(rows)
        found += [
            row.order_id
            for row in rows
            if row.shipped_at is None and row.workflow_status not in (CANCELLED, DELIVERED)
        ]
    if not found:
        return None
    numbers = connection.execute(
        sa.select(orders.c.purchase_order_number)
        .where(orders.c.client_id == client_id, orders.c.id.in_(sorted({*found}, reverse=True)[:SHOWN]))
        .order_by(orders.c.id.desc())
    )
    return Behind(len(found), tuple(numbers.scalars().all()))


class Wanted(msgspec.Struct, frozen=True):
    """A version whose files are owed to whoever asks. ``begun``: somebody has taken it up."""

    id: int
    begun: bool


def want(tx: Transaction, client_id: int, version: int, urgency: int = queue.URGENT) -> Wanted:
    """Have the files of a version made, unless somebody has asked for them already, and as urgently."""
    mine = (outbox.c.client_id == client_id) & (outbox.c.kind == queue.RENDER) & (outbox.c.subject == version)
    # What was given up is tried anew: that somebody asks again is the reason.
    queue.wake(tx, mine, queue.WORK)
    row = tx.connection.execute(
        sa.select(outbox.c.id, outbox.c.claims).where(mine, outbox.c.lane == queue.WORK)
    ).first()
    if row is not None:
        sooner = mine & (outbox.c.urgency > urgency)
        tx.connection.execute(sa.update(outbox).where(sooner).values(urgency=urgency))
        return Wanted(row.id, row.claims > 0)
    number = tx.ids.take()
    fresh = queue.row(
        client_id, number, 0, queue.RENDER, tx.now, lane=queue.WORK, urgency=urgency, subject=version
    )
    queue.add(tx, [fresh])
    return Wanted(number, False)
