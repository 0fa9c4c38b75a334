"""Sealed people: finding them without opening them, and giving their keys a new wrapping."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.crypto import KeyRing
from spectrum_orders.store.schema import order_keys, orders, person_index
from spectrum_orders.store.transaction import Ledger


def find(connection: Connection, client_id: int, digest: bytes) -> list[str]:
    """The purchase order numbers of this client's orders that hold the person of a blind index."""
    return list(
        connection.execute(
            sa.select(orders.c.purchase_order_number)
            .join(
                person_index,
                (person_index.c.client_id == orders.c.client_id) & (person_index.c.order_id == orders.c.id),
            )
            .where(person_index.c.client_id == client_id, person_index.c.digest == digest)
            .order_by(orders.c.id)
        ).scalars()
    )


def count_by_version(connection: Connection) -> dict[int, int]:
    """How many orders' keys are wrapped under each master key version."""
    rows = connection.execute(sa.select(order_keys.c.version, sa.func.count()).group_by(order_keys.c.version))
    return {row.version: row[1] for row in rows}


def rewrap(ledger: Ledger, keys: KeyRing, progress: Callable[[int], None], *, batch: int = 500) -> int:
    """Wrap every order's key under the active master key; how many were re-wrapped.

    Works in small transactions beside a running server. Killed at any moment, it is simply
    called again: a key is under the old version or under the new one, never in between.
    """
    done = 0
    after = (-1, -1)
    while True:
        with ledger.write() as tx:
            rows = tx.connection.execute(
                sa.select(order_keys)
                .where(sa.tuple_(order_keys.c.client_id, order_keys.c.order_id) > sa.tuple_(*after))
                .where(order_keys.c.version != keys.active)
                .order_by(order_keys.c.client_id, order_keys.c.order_id)
                .limit(batch)
            ).all()
            for row in rows:
                wrapped, version = keys.rewrap(row.client_id, row.order_id, bytes(row.wrapped), row.version)
                # The version in the condition: an erasure or another rotation may have come between.
                tx.connection.execute(
                    sa.update(order_keys)
                    .where(
                        order_keys.c.client_id == row.client_id,
                        order_keys.c.order_id == row.order_id,
                        order_keys.c.version == row.version,
                    )
                    .values(wrapped=wrapped, version=version)
                )
            if rows:
                tx.record("keys.rewrapped", "cli", {"count": len(rows), "version": keys.active})
        if not rows:
            return done
        done += len(rows)
        after = (rows[-1].client_id, rows[-1].order_id)
        progress(done)
