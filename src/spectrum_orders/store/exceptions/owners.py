"""Clients that have fallen silent, and endpoints of clients and partners that do not take their events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.exceptions import HOUR_US, SILENT, WEBHOOK_BURIED, WEBHOOK_PARKED
from spectrum_orders.store import parties
from spectrum_orders.store.exceptions.look import Look, Placed, few
from spectrum_orders.store.schema import clients, endpoints, orders, partners, webhooks

MOST_COUNTED = 10_000
"""Of the events that an endpoint did not take: a larger number says no more."""


def _silent(connection: Connection, look: Look) -> Sequence[Placed]:
    found: list[Placed] = []
    for client in parties.list_clients(connection):
        hours = client.settings.silent_hours
        if hours is None or look.partner_id is not None or look.client_id not in (None, client.id):
            continue
        newest = sa.select(sa.func.max(orders.c.id)).where(orders.c.client_id == client.id)
        last = connection.execute(newest).scalar()
        since = client.created_at if last is None else ids.made_at(last)
        if since < look.now - round(hours * HOUR_US):
            found.append(((client.id,), Case(kind=SILENT, since=since, client=client.handle)))
    return found


def _endpoints(connection: Connection, look: Look, *wanted: sa.ColumnElement[bool]) -> Iterator[sa.Row[Any]]:
    """Endpoints with the handle of their owner, who alone sees them beside the operator."""
    query = (
        sa.select(endpoints, clients.c.handle.label("client"), partners.c.handle.label("partner"))
        .outerjoin(clients, clients.c.id == endpoints.c.owner_id)
        .outerjoin(partners, partners.c.id == endpoints.c.owner_id)
        .where(endpoints.c.removed_at.is_(None), *wanted)
    )
    owner = look.client_id if look.partner_id is None else look.partner_id
    if owner is not None:
        query = query.where(endpoints.c.owner_id == owner)
    yield from connection.execute(query)


def _parked(connection: Connection, look: Look) -> Sequence[Placed]:
    return [
        (
            (row.owner_id, row.id),
            Case(
                kind=WEBHOOK_PARKED,
                since=row.failing_since or row.created_at,
                client=row.client,
                partner=row.partner,
                endpoint=row.id,
                code=row.last_error or None,
                detail=row.last_error,
            ),
        )
        for row in _endpoints(connection, look, endpoints.c.state == "parked")
    ]


def _buried(connection: Connection, look: Look) -> Sequence[Placed]:
    found: list[Placed] = []
    for row in _endpoints(connection, look):
        some = (
            sa.select(webhooks.c.created_at)
            .where(
                # In the words of the index: most events were taken long ago.
                sa.text("webhooks.state <> 'sent'"),
                webhooks.c.endpoint_id == row.id,
                webhooks.c.state == "buried",
            )
            .order_by(webhooks.c.sequence)
            .limit(MOST_COUNTED)
            .subquery()
        )
        count, since = connection.execute(
            sa.select(sa.func.count(), sa.func.min(some.c.created_at)).select_from(some)
        ).one()
        if count:
            more = " or more" if count == MOST_COUNTED else ""
            said = f"{count:,}{more} {'event' if count == 1 else 'events'}"
            case = Case(
                kind=WEBHOOK_BURIED,
                since=since,
                client=row.client,
                partner=row.partner,
                endpoint=row.id,
                count=said,
            )
            found.append(((row.owner_id, row.id), case))
    return found


SOURCES = {
    SILENT: few((int,), _silent),
    WEBHOOK_PARKED: few((int, int), _parked),
    WEBHOOK_BURIED: few((int, int), _buried),
}
