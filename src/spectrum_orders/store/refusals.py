"""Which factories have said that they will not make a line: no rule leads it there again."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store import bulk
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.schema import line_moves

KIND = "refused"
"""The kind of the move in a line's history; ``before`` is the factory's handle."""


def of_orders(connection: Connection, wanted: Sequence[Mark]) -> dict[Mark, dict[int, frozenset[str]]]:
    """Of many orders, by position, the handles of the factories that refused the line."""
    source = bulk.values_of(connection, wanted, ("client_id", "order_id"))
    query = (
        sa.select(line_moves.c.client_id, line_moves.c.order_id, line_moves.c.position, line_moves.c.before)
        .join(
            source,
            (line_moves.c.client_id == source.c.client_id) & (line_moves.c.order_id == source.c.order_id),
        )
        .where(line_moves.c.kind == KIND)
    )
    found: dict[Mark, dict[int, frozenset[str]]] = {}
    for client_id, order_id, position, handle in connection.execute(query):
        lines = found.setdefault((client_id, order_id), {})
        lines[position] = lines.get(position, frozenset()) | {handle}
    return found
