"""The lines of one order, held while somebody moves them, and the history of their moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.workflow import CANCELLED
from spectrum_orders.store import bulk
from spectrum_orders.store.modification import Mark, touch
from spectrum_orders.store.schema import line_moves, lines, orders
from spectrum_orders.store.seats import Found
from spectrum_orders.store.transaction import Transaction

HELD, RELEASED = "held", "released"
"""Kinds of moves: a line was put on hold, and let go again."""


class LineState(msgspec.Struct, frozen=True):
    """Where a line stands. ``number`` is its id on the wire. ``astray_at`` is when it was shipped although it
    was cancelled, until that is settled."""

    position: int
    number: int
    recipe_set_id: str
    workflow_status: str
    recipe_version: int | None
    partner_id: int | None
    held_at: int | None
    shipped_at: int | None
    astray_at: int | None

    @property
    def cancelled(self) -> bool:
        """It is not to be made."""
        return self.workflow_status == CANCELLED


class OrderState(msgspec.Struct, frozen=True):
    """An order that nobody else moves before this transaction ends."""

    client_id: int
    client_handle: str
    id: int
    purchase_order_number: str
    order_instant: int
    acknowledged_at: int
    content: bytes
    lines: tuple[LineState, ...]
    erased_at: int | None = None

    @property
    def mark(self) -> Mark:
        """Whose it is, and its id."""
        return self.client_id, self.id


class Move(msgspec.Struct, frozen=True):
    """One entry of a line's history: ``before`` and ``after`` are equal where a call had no effect."""

    position: int
    kind: str
    before: str
    after: str
    note: str = ""


class Past(Move, frozen=True, kw_only=True):
    """A move that was made."""

    at: int
    actor: str


def hold(tx: Transaction, found: Found) -> OrderState:
    """The order with all of its lines; others who move it wait until this transaction ends."""
    row = tx.connection.execute(
        sa.select(orders)
        .where(orders.c.client_id == found.client_id, orders.c.id == found.order_id)
        .with_for_update()
    ).one()
    return OrderState(
        found.client_id,
        found.client_handle,
        found.order_id,
        row.purchase_order_number,
        row.order_instant,
        row.acknowledged_at,
        row.content.encode(),
        states(tx.connection, found.client_id, found.order_id),
        row.erased_at,
    )


def states(connection: Connection, client_id: int, order_id: int) -> tuple[LineState, ...]:
    """Where the lines of an order stand, in their order."""
    query = (
        sa.select(*(lines.columns[name] for name in LineState.__struct_fields__))
        .where(lines.c.client_id == client_id, lines.c.order_id == order_id)
        .order_by(lines.c.position)
    )
    return tuple(LineState(*row) for row in connection.execute(query))


def put_status(tx: Transaction, mark: Mark, changed: Sequence[tuple[int, str]]) -> None:
    """Give lines another workflow status: position and status."""
    _give(tx, mark, "workflow_status", changed)


def put_held(tx: Transaction, mark: Mark, positions: Iterable[int], at: int | None) -> None:
    """Say since when lines may not leave; ``None``: they may."""
    _give(tx, mark, "held_at", [(position, at) for position in positions])


def put_shipped(tx: Transaction, mark: Mark, positions: Iterable[int]) -> None:
    """Lines are shipped, now."""
    _give(tx, mark, "shipped_at", [(position, tx.now) for position in positions])


def put_astray(tx: Transaction, mark: Mark, positions: Iterable[int], at: int | None) -> None:
    """Say when lines were shipped although they were cancelled; ``None``: that is settled."""
    _give(tx, mark, "astray_at", [(position, at) for position in positions])


def note(tx: Transaction, mark: Mark, moves: Sequence[Move], actor: str) -> None:
    """Put moves in the history of their lines, and say that the order is modified if one had an effect."""
    if not moves:
        return
    bulk.insert(
        tx.connection,
        bulk.Rows(
            line_moves,
            [
                (*mark, one.position, tx.ids.take(), tx.now, one.kind, one.before, one.after, actor, one.note)
                for one in moves
            ],
        ),
    )
    if any(one.before != one.after for one in moves):
        touch(tx, [mark])


def history(connection: Connection, client_id: int, order_id: int) -> list[Past]:
    """Every move of an order's lines, the oldest first."""
    query = (
        sa.select(line_moves)
        .where(line_moves.c.client_id == client_id, line_moves.c.order_id == order_id)
        .order_by(line_moves.c.id)
    )
    return [
        Past(row.position, row.kind, row.before, row.after, row.note, at=row.at, actor=row.actor)
        for row in connection.execute(query)
    ]


def _give(tx: Transaction, mark: Mark, column: str, values: Sequence[tuple[int, object]]) -> None:
    bulk.update(
        tx.connection,
        lines,
        [(*mark, position, value) for position, value in values],
        match=("client_id", "order_id", "position"),
        give=(column,),
    )
