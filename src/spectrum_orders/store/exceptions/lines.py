"""Lines that are late, soon due, on hold, set aside or forgotten by their factory, or shipped in vain."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.exceptions import (
    ASTRAY,
    DAY_US,
    DUE_SOON,
    HOLD_US,
    LATE,
    ON_HOLD,
    SET_ASIDE,
    SOON_US,
    STUCK,
)
from spectrum_orders.store.exceptions.look import Look, Source, rows_of
from spectrum_orders.store.lines import HELD as HELD_MOVE
from spectrum_orders.store.schema import clients, line_moves, lines, orders, partners
from spectrum_orders.store.schema.orders import ASTRAY as STRAYED
from spectrum_orders.store.schema.orders import HELD, QUIET, SET_ASIDE_LINES, UNSHIPPED

_KEY = (lines.c.client_id, lines.c.order_id, lines.c.position)


def _due(*, since: bool) -> Source:
    def keys(look: Look) -> sa.Select[Any]:
        # In the words of the index: whatever is shipped, delivered or cancelled is not in it.
        query = sa.select(lines.c.ship_by, *_KEY).where(
            sa.text(UNSHIPPED), *look.of(lines.c.client_id, lines.c.partner_id)
        )
        if since:
            return query.where(lines.c.ship_by < look.now)
        return query.where(lines.c.ship_by >= look.now, lines.c.ship_by < look.now + SOON_US)

    def read(_: Look, row: sa.Row[Any]) -> Case:
        return _case(
            row,
            LATE if since else DUE_SOON,
            since=row.ship_by if since else row.ship_by - SOON_US,
            due=row.ship_by,
            waiting=not since,
        )

    source = rows_of((int,) * 4, keys, _details, read)
    # What is due soon is never an exception yet.
    return source if since else Source(source.shape, source.find, lambda *_: 0)


def _held() -> Source:
    def keys(look: Look) -> sa.Select[Any]:
        return sa.select(lines.c.held_at, *_KEY).where(
            sa.text(HELD), *look.of(lines.c.client_id, lines.c.partner_id)
        )

    def details(picked: sa.Subquery) -> sa.Select[Any]:
        reason = _last(picked, line_moves.c.note, line_moves.c.kind == HELD_MOVE)
        return _details(picked).add_columns(reason.label("reason"))

    def read(look: Look, row: sa.Row[Any]) -> Case:
        waiting = row.held_at > look.now - HOLD_US
        return _case(row, ON_HOLD, since=row.held_at, waiting=waiting, reason=row.reason or "")

    return rows_of((int,) * 4, keys, details, read, lambda look: lines.c.held_at > look.now - HOLD_US)


def is_quiet(now: int, stuck_us: int) -> sa.ColumnElement[bool]:
    """A factory has had the line for so long, and has said nothing of it; ``stuck_us`` 0: never."""
    if not stuck_us:
        return sa.false()
    return sa.and_(
        sa.text(QUIET),
        lines.c.modified_at < now - stuck_us,
        # Delivered late, a line of an old order has not been there for long.
        lines.c.delivered_at < now - stuck_us,
        # One that was refused since is with nobody, and has a kind of its own.
        lines.c.partner_id.is_not(None),
    )


def _quiet() -> Source:
    def keys(look: Look) -> sa.Select[Any]:
        return sa.select(lines.c.modified_at, *_KEY).where(
            is_quiet(look.now, look.stuck_us), *look.of(lines.c.client_id, lines.c.partner_id)
        )

    def details(picked: sa.Subquery) -> sa.Select[Any]:
        return _details(picked).add_columns(lines.c.delivered_at)

    def read(look: Look, row: sa.Row[Any]) -> Case:
        since = max(row.modified_at, row.delivered_at)
        days = (look.now - since) // DAY_US
        count = f"{days:,} day{'s' * (days != 1)}"
        return _case(row, STUCK, since=since, count=count)

    return rows_of((int,) * 4, keys, details, read)


def _set_aside() -> Source:
    def keys(look: Look) -> sa.Select[Any]:
        return sa.select(lines.c.modified_at, *_KEY).where(
            sa.text(SET_ASIDE_LINES), *look.of(lines.c.client_id, lines.c.partner_id)
        )

    def details(picked: sa.Subquery) -> sa.Select[Any]:
        moved = _last(picked, line_moves.c.at, line_moves.c.after == lines.c.workflow_status)
        return _details(picked).add_columns(lines.c.workflow_status, moved.label("moved"))

    def read(_: Look, row: sa.Row[Any]) -> Case:
        since = row.modified_at if row.moved is None else row.moved
        return _case(row, SET_ASIDE, since=since, status=row.workflow_status)

    return rows_of((int,) * 4, keys, details, read)


def _last(
    picked: sa.Subquery, column: sa.ColumnElement[Any], wanted: sa.ColumnElement[bool]
) -> sa.ScalarSelect[Any]:
    """A column of the last such move of a line."""
    return (
        sa.select(column)
        .where(
            line_moves.c.client_id == picked.c.client_id,
            line_moves.c.order_id == picked.c.order_id,
            line_moves.c.position == picked.c.position,
            line_moves.c.before != line_moves.c.after,
            wanted,
        )
        .order_by(line_moves.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _astray() -> Source:
    def keys(look: Look) -> sa.Select[Any]:
        return sa.select(lines.c.astray_at, *_KEY).where(
            sa.text(STRAYED), *look.of(lines.c.client_id, lines.c.partner_id)
        )

    def read(_: Look, row: sa.Row[Any]) -> Case:
        return _case(row, ASTRAY, since=row.astray_at)

    return rows_of((int,) * 4, keys, _details, read)


def _details(picked: sa.Subquery) -> sa.Select[Any]:
    return (
        sa.select(
            picked,
            lines.c.number,
            lines.c.recipe_set_id,
            orders.c.purchase_order_number,
            clients.c.handle.label("client"),
            partners.c.handle.label("partner"),
        )
        .join(
            lines,
            (lines.c.client_id == picked.c.client_id)
            & (lines.c.order_id == picked.c.order_id)
            & (lines.c.position == picked.c.position),
        )
        .join(orders, (orders.c.client_id == picked.c.client_id) & (orders.c.id == picked.c.order_id))
        .join(clients, clients.c.id == picked.c.client_id)
        .outerjoin(partners, partners.c.id == lines.c.partner_id)
    )


def _case(row: sa.Row[Any], kind: str, **more: Any) -> Case:
    return Case(
        kind=kind,
        client=row.client,
        purchase_order_number=row.purchase_order_number,
        line=row.number,
        recipe_set_id=row.recipe_set_id,
        partner=row.partner,
        **more,
    )


SOURCES = {
    LATE: _due(since=True),
    DUE_SOON: _due(since=False),
    ASTRAY: _astray(),
    ON_HOLD: _held(),
    STUCK: _quiet(),
    SET_ASIDE: _set_aside(),
}
