"""Who has opened a person, and why: read back from the journal."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store.schema import journal

KIND = "person.opened"


class Opening(msgspec.Struct, frozen=True):
    """One opening. ``at`` in microseconds; ``fields`` are JSON Pointers."""

    at: int
    actor: str
    why: str
    fields: tuple[str, ...]


def of_order(connection: Connection, client_id: int, order_id: int) -> list[Opening]:
    """Every opening of an order's people, the oldest first."""
    query = (
        sa.select(journal.c.at, journal.c.actor, journal.c.body)
        .where(
            # Said so that the index on openings is used.
            sa.literal_column(f"journal.kind = '{KIND}'", sa.Boolean()),
            journal.c.client_id == client_id,
            journal.c.order_id == order_id,
        )
        .order_by(journal.c.at, journal.c.chain, journal.c.sequence)
    )
    found = []
    for row in connection.execute(query):
        body = msgspec.json.decode(row.body, type=dict[str, Any])
        found.append(Opening(row.at, row.actor, body.get("why", ""), tuple(body.get("fields", ()))))
    return found
