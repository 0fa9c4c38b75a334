"""Idempotency keys: one answer per key, written by the transaction that it speaks of."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store.schema import idempotency
from spectrum_orders.store.transaction import Transaction

PENDING = 0
"""The status of a key whose transaction has not ended; no other transaction ever sees it."""


class Remembered(msgspec.Struct, frozen=True):
    """The first answer given under a key, and the digest of the request it answered."""

    request_digest: bytes
    status: int
    answer: bytes


def find(connection: Connection, client_id: int, key: str) -> Remembered | None:
    """The remembered answer of this client's key."""
    row = connection.execute(
        sa.select(idempotency).where(idempotency.c.client_id == client_id, idempotency.c.key == key)
    ).first()
    return None if row is None else Remembered(bytes(row.request_digest), row.status, bytes(row.answer))


def claim(tx: Transaction, client_id: int, key: str, request_digest: bytes) -> bool:
    """Take the key for this transaction; ``False`` when it has been used before.

    The insert comes before the orders do: on PostgreSQL a second process with the same key
    waits here, on the unique index, until the first has committed.
    """
    values = {
        "client_id": client_id,
        "key": key,
        "request_digest": request_digest,
        "status": PENDING,
        "answer": b"",
        "created_at": tx.now,
    }
    statement = sa.text(
        "INSERT INTO idempotency (client_id, key, request_digest, status, answer, created_at) "
        "VALUES (:client_id, :key, :request_digest, :status, :answer, :created_at) ON CONFLICT DO NOTHING"
    )
    return tx.connection.execute(statement, values).rowcount == 1


def remember(tx: Transaction, client_id: int, key: str, status: int, answer: bytes) -> None:
    """Keep the answer under a key that this transaction claimed."""
    tx.connection.execute(
        sa.update(idempotency)
        .where(idempotency.c.client_id == client_id, idempotency.c.key == key)
        .values(status=status, answer=answer)
    )


def forget_before(tx: Transaction, instant: int, *, most: int = 1000) -> int:
    """Delete up to ``most`` keys older than ``instant``; how many were deleted."""
    old = (
        sa.select(idempotency.c.client_id, idempotency.c.key)
        .where(idempotency.c.created_at < instant)
        .limit(most)
    )
    done = 0
    for client_id, key in tx.connection.execute(old).all():
        tx.connection.execute(
            sa.delete(idempotency).where(idempotency.c.client_id == client_id, idempotency.c.key == key)
        )
        done += 1
    return done
