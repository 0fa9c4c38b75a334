"""Packages that a partner should have said to have."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.exceptions import UNCOLLECTED
from spectrum_orders.store.exceptions.look import Look, rows_of
from spectrum_orders.store.packages import DELIVERED
from spectrum_orders.store.schema import clients, orders, packages, partners
from spectrum_orders.store.schema.fulfilment import UNCOLLECTED as IN_INDEX


def _keys(look: Look) -> sa.Select[Any]:
    return sa.select(packages.c.collect_by, packages.c.id, packages.c.client_id).where(
        sa.text(IN_INDEX),
        packages.c.collect_by < look.now,
        packages.c.state == DELIVERED,
        *look.of(packages.c.client_id, packages.c.partner_id),
    )


def _details(picked: sa.Subquery) -> sa.Select[Any]:
    return (
        sa.select(
            picked,
            orders.c.purchase_order_number,
            clients.c.handle.label("client"),
            partners.c.handle.label("partner"),
        )
        .join(packages, (packages.c.client_id == picked.c.client_id) & (packages.c.id == picked.c.id))
        .join(orders, (orders.c.client_id == packages.c.client_id) & (orders.c.id == packages.c.order_id))
        .join(clients, clients.c.id == packages.c.client_id)
        .join(partners, partners.c.id == packages.c.partner_id)
    )


def _read(_: Look, row: sa.Row[Any]) -> Case:
    return Case(
        kind=UNCOLLECTED,
        since=row.collect_by,
        due=row.collect_by,
        client=row.client,
        purchase_order_number=row.purchase_order_number,
        package_id=row.id,
        partner=row.partner,
    )


SOURCES = {UNCOLLECTED: rows_of((int,) * 3, _keys, _details, _read)}
