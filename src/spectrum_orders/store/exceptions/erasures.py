"""Erasures that a partner has not confirmed in time."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.exceptions import ERASURE_US, UNCONFIRMED
from spectrum_orders.store.exceptions.look import Look, rows_of
from spectrum_orders.store.schema import clients, erasures, partners

_KEY = ("erased_at", "client_id", "order_id", "partner_id")


def _keys(look: Look) -> sa.Select[Any]:
    return sa.select(*(erasures.columns[name] for name in _KEY)).where(
        erasures.c.confirmed_at.is_(None),
        erasures.c.erased_at < look.now - ERASURE_US,
        *look.of(erasures.c.client_id, erasures.c.partner_id),
    )


def _details(picked: sa.Subquery) -> sa.Select[Any]:
    same = sa.and_(*(erasures.columns[name] == picked.columns[name] for name in _KEY[1:]))
    return (
        sa.select(
            picked,
            erasures.c.purchase_order_number,
            clients.c.handle.label("client"),
            partners.c.handle.label("partner"),
        )
        .join(erasures, same)
        .join(clients, clients.c.id == picked.c.client_id)
        .join(partners, partners.c.id == picked.c.partner_id)
    )


def _read(_: Look, row: sa.Row[Any]) -> Case:
    return Case(
        kind=UNCONFIRMED,
        since=row.erased_at,
        client=row.client,
        purchase_order_number=row.purchase_order_number,
        partner=row.partner,
    )


SOURCES = {UNCONFIRMED: rows_of((int,) * 4, _keys, _details, _read)}
