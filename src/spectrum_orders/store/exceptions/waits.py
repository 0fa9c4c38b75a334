"""Orders and packages that wait for somebody, and what was given up: read from the queue itself."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from spectrum_orders import ids
from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.exceptions import (
    ARTWORK_ERASED,
    AWAITING_ARTWORK,
    BURIED,
    FAILED,
    FILES_AWAY,
    NO_DESTINATION,
    PERSON_ERASED,
    PREFLIGHT_REJECTED,
    REFUSED,
    REMOVED,
    UNROUTED,
)
from spectrum_orders.store import queue
from spectrum_orders.store.deliveries import OF_REMOVED
from spectrum_orders.store.deliveries import REMOVED as DESTINATION_REMOVED
from spectrum_orders.store.exceptions import causes
from spectrum_orders.store.exceptions.look import Look, Source, Tell, rows_of
from spectrum_orders.store.packages import BURIED as BURIED_DELIVERY
from spectrum_orders.store.schema import clients, deliveries, orders, outbox, packages, partners
from spectrum_orders.store.schema.orders import ASIDE

_SHAPE = (str, int, int)
"""Reason, id and client."""


def _select(look: Look, lane: int, *wanted: sa.ColumnElement[bool]) -> sa.Select[Any]:
    query = sa.select(outbox.c.reason, outbox.c.id, outbox.c.client_id).where(
        sa.text(ASIDE), outbox.c.lane == lane, *wanted
    )
    if look.client_id is not None:
        query = query.where(outbox.c.client_id == look.client_id)
    if look.partner_id is not None:
        its = sa.exists().where(
            packages.c.client_id == outbox.c.client_id,
            packages.c.id == outbox.c.subject,
            packages.c.partner_id == look.partner_id,
        )
        query = query.where(its)
    return query


def _details(picked: sa.Subquery) -> sa.Select[Any]:
    row = (outbox.c.client_id == picked.c.client_id) & (outbox.c.id == picked.c.id)
    return (
        sa.select(
            picked,
            outbox.c.subject,
            outbox.c.order_id,
            orders.c.purchase_order_number,
            clients.c.handle.label("client"),
            packages.c.id.label("package_id"),
            packages.c.positions,
            partners.c.handle.label("partner"),
        )
        .join(outbox, row)
        .join(orders, (orders.c.client_id == outbox.c.client_id) & (orders.c.id == outbox.c.order_id))
        .join(clients, clients.c.id == outbox.c.client_id)
        .outerjoin(
            packages, (packages.c.client_id == outbox.c.client_id) & (packages.c.id == outbox.c.subject)
        )
        .outerjoin(partners, partners.c.id == packages.c.partner_id)
    )


def _case(row: sa.Row[Any], kind: str, **more: Any) -> Case:
    return Case(
        kind=kind,
        client=row.client,
        purchase_order_number=row.purchase_order_number,
        package_id=row.package_id,
        partner=row.partner,
        **{"since": ids.made_at(row.id)} | more,
    )


def _parked(reason: str, tell: Tell | None = None) -> Source:
    def keys(look: Look) -> sa.Select[Any]:
        return _select(look, queue.PARKED, outbox.c.reason == reason)

    return rows_of(_SHAPE, keys, _details, lambda _, row: _case(row, reason), tell=tell)


def _awaiting() -> Source:
    def keys(look: Look) -> sa.Select[Any]:
        return _select(look, queue.PARKED, outbox.c.reason == AWAITING_ARTWORK)

    def read(look: Look, row: sa.Row[Any]) -> Case:
        since = ids.made_at(row.id)
        return _case(row, AWAITING_ARTWORK, since=since, waiting=since > look.now - look.patience_us)

    # Ids are made in the order of time, so that the index of the queue holds the age as well.
    def waits(look: Look) -> sa.ColumnElement[bool]:
        return outbox.c.id > ids.earliest_at(look.now - look.patience_us)

    return rows_of(_SHAPE, keys, _details, read, waits, causes.tell_artwork)


def _failed() -> Source:
    def keys(look: Look) -> sa.Select[Any]:
        return _select(look, queue.BURIED, outbox.c.kind.in_(queue.OURS))

    def read(_: Look, row: sa.Row[Any]) -> Case:
        return _case(row, FAILED, code=row.reason, detail=row.reason)

    return rows_of(_SHAPE, keys, _details, read)


def _given_up(kind: str) -> Source:
    def mine(code: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        return code == DESTINATION_REMOVED if kind == REMOVED else code != DESTINATION_REMOVED

    # What lies among the buried has lost the lane that it came from, so that it may stand for any of its
    # package's deliveries: the first row of a package stands for all of them.
    other = outbox.alias("other")
    first = sa.exists().where(
        sa.text("other.subject <> 0"),
        other.c.subject == outbox.c.subject,
        other.c.client_id == outbox.c.client_id,
        other.c.lane == queue.BURIED,
        other.c.kind == queue.DELIVER,
        mine(other.c.reason),
        other.c.id < outbox.c.id,
    )
    its = (
        (deliveries.c.client_id == outbox.c.client_id)
        & (deliveries.c.package_id == outbox.c.subject)
        & (deliveries.c.state == BURIED_DELIVERY)
        & (OF_REMOVED if kind == REMOVED else ~OF_REMOVED)
    )

    def keys(look: Look) -> sa.Select[Any]:
        query = _select(look, queue.BURIED, outbox.c.kind == queue.DELIVER, mine(outbox.c.reason), ~first)
        destination = sa.func.coalesce(deliveries.c.destination_id, 0)
        return query.outerjoin_from(outbox, deliveries, its).add_columns(destination.label("destination_id"))

    def details(picked: sa.Subquery) -> sa.Select[Any]:
        its = (
            (deliveries.c.client_id == picked.c.client_id)
            & (deliveries.c.package_id == outbox.c.subject)
            & (deliveries.c.destination_id == picked.c.destination_id)
        )
        query = _details(picked).outerjoin(deliveries, its)
        return query.add_columns(deliveries.c.settled_at, deliveries.c.proof)

    def read(_: Look, row: sa.Row[Any]) -> Case:
        told = msgspec.json.decode(row.proof, type=dict[str, Any]) if row.proof else {}
        return _case(
            row,
            kind,
            since=ids.made_at(row.id) if row.settled_at is None else row.settled_at,
            destination=row.destination_id or None,
            code=told.get("code", row.reason),
            detail=told.get("message", row.reason),
            hint=told.get("nextStep", ""),
        )

    return rows_of((*_SHAPE, int), keys, details, read)


SOURCES = {
    REFUSED: _parked(REFUSED, causes.tell_refusals),
    BURIED: _given_up(BURIED),
    REMOVED: _given_up(REMOVED),
    FAILED: _failed(),
    PREFLIGHT_REJECTED: _parked(PREFLIGHT_REJECTED, causes.tell_artwork),
    PERSON_ERASED: _parked(PERSON_ERASED),
    ARTWORK_ERASED: _parked(ARTWORK_ERASED, causes.tell_artwork),
    AWAITING_ARTWORK: _awaiting(),
    FILES_AWAY: _parked(FILES_AWAY),
    UNROUTED: _parked(UNROUTED),
    NO_DESTINATION: _parked(NO_DESTINATION),
}
