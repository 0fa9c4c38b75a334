"""What somebody gave as a reason: words that may name a person, and that go with an order's people."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa

from spectrum_orders import ids
from spectrum_orders.store.schema import events, line_moves
from spectrum_orders.store.transaction import Transaction

REASON = "reason"
"""The member of an event's data."""

TOGETHER_US = 60 * 1_000_000
"""A move and its event are written by one transaction, which lasts milliseconds, and for which no statement
waits longer than half of this."""


def forget(tx: Transaction, client_id: int, order_id: int, *, besides: Collection[str]) -> None:
    """Forget the words of an order's moves and of its events. Who moved what and when stays.

    ``besides`` are kinds of moves whose notes are ours.
    """
    mine = (
        line_moves.c.client_id == client_id,
        line_moves.c.order_id == order_id,
        line_moves.c.note != "",
        line_moves.c.kind.not_in(besides),
    )
    moves = tx.connection.execute(sa.select(line_moves.c.id, line_moves.c.at).where(*mine)).all()
    if not moves:
        return
    tx.connection.execute(sa.update(line_moves).where(*mine).values(note=""))
    # No index of events knows orders. But the event of a move is of the same instant, and its id follows.
    first: dict[int, int] = {}
    for number, at in moves:
        first[at] = min(number, first.get(at, number))
    for at, number in sorted(first.items()):
        _forget_events(tx, client_id, order_id, at, number)


def _forget_events(tx: Transaction, client_id: int, order_id: int, at: int, after: int) -> None:
    until = ids.earliest_at(ids.made_at(after) + TOGETHER_US)
    query = sa.select(events.c.id, events.c.data).where(
        events.c.client_id == client_id,
        events.c.id > after,
        events.c.id < until,
        events.c.at == at,
        events.c.order_id == order_id,
    )
    for number, text in tx.connection.execute(query).all():
        data = msgspec.json.decode(text, type=dict[str, Any])
        if data.get(REASON):
            told = msgspec.json.encode(data | {REASON: ""}, order="sorted").decode()
            tx.connection.execute(
                sa.update(events)
                .where(events.c.client_id == client_id, events.c.id == number)
                .values(data=told)
            )
