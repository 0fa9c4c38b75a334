"""Sealed people: finding them without opening them, and giving their keys a new wrapping."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.crypto import KeyRing
from spectrum_orders.store import bulk
from spectrum_orders.store.database import lift_time_limit
from spectrum_orders.store.schema import order_keys, orders, person_index
from spectrum_orders.store.transaction import Ledger

BATCH = 100
"""Keys wrapped anew by one transaction: a few milliseconds in which no order can be written."""

PAUSE = 0.02
"""Seconds, at least, between two of them, and never less than the last one took. SQLite has no queue: who
waits looks again after up to 0.1 s, and a writer that comes straight back is always there before it."""


class Held(msgspec.Struct, frozen=True):
    """An order that holds somebody."""

    order_id: int
    purchase_order_number: str


def find(
    connection: Connection, client_id: int, digest: bytes, *, after: int = 0, most: int | None = None
) -> list[Held]:
    """This client's orders after an id that hold the person of a blind index, the oldest first."""
    rows = connection.execute(
        sa.select(orders.c.id, orders.c.purchase_order_number)
        .join(
            person_index,
            (person_index.c.client_id == orders.c.client_id) & (person_index.c.order_id == orders.c.id),
        )
        .where(
            person_index.c.client_id == client_id,
            person_index.c.digest == digest,
            person_index.c.order_id > after,
        )
        .order_by(orders.c.id)
        .limit(most)
    )
    return [Held(*row) for row in rows]


def count_by_version(connection: Connection) -> dict[int, int]:
    """How many orders' keys are wrapped under each master key version."""
    lift_time_limit(connection)
    rows = connection.execute(sa.select(order_keys.c.version, sa.func.count()).group_by(order_keys.c.version))
    return {row.version: row[1] for row in rows}


def rewrap(ledger: Ledger, keys: KeyRing, progress: Callable[[int], None], *, batch: int = BATCH) -> int:
    """Wrap every order's key under the active master key; how many were re-wrapped.

    Works in small transactions beside a running server, and leaves the database to it in between.
    Killed at any moment, it is simply called again: a key is under the old version or under the
    new one, never in between.
    """
    done = 0
    after = (-1, -1)
    while True:
        # Found and wrapped before the transaction, which on SQLite keeps every order waiting. After an
        # interrupted rotation the first look passes over all that was done already.
        rows = _find_wrapped_otherwise(ledger, keys.active, after, batch)
        if not rows:
            return done
        fresh = []
        for row in rows:
            wrapped, version = keys.rewrap(row.client_id, row.order_id, bytes(row.wrapped), row.version)
            fresh.append((row.client_id, row.order_id, row.version, version, wrapped.hex()))
        began = time.monotonic()
        with ledger.write() as tx:
            # The version is matched, too: an erasure or another rotation may have come between.
            count = bulk.update(
                tx.connection,
                order_keys,
                fresh,
                match=("client_id", "order_id", "version"),
                give=("version", "wrapped"),
            )
            if count:
                tx.record("keys.rewrapped", "cli", {"count": count, "version": keys.active})
        done += count
        after = (rows[-1].client_id, rows[-1].order_id)
        progress(done)
        time.sleep(max(PAUSE, time.monotonic() - began))


def _find_wrapped_otherwise(
    ledger: Ledger, active: int, after: tuple[int, int], most: int
) -> Sequence[sa.Row[Any]]:
    with ledger.database.read() as connection:
        lift_time_limit(connection)
        return connection.execute(
            sa.select(order_keys)
            .where(sa.tuple_(order_keys.c.client_id, order_keys.c.order_id) > sa.tuple_(*after))
            .where(order_keys.c.version != active)
            .order_by(order_keys.c.client_id, order_keys.c.order_id)
            .limit(most)
        ).all()
