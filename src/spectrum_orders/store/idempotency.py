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


def release(tx: Transaction, client_id: int, key: str) -> None:
    """Give back a key that this transaction claimed: its answer is not one to be repeated."""
    tx.connection.execute(
        sa.delete(idempotency).where(idempotency.c.client_id == client_id, idempotency.c.key == key)
    )


def forget_before(tx: Transaction, instant: int, *, most: int) -> int:
    """Delete up to ``most`` keys older than ``instant``; how many were deleted.

    Waits for nobody: what another process is just deleting is left to it.
    """
    key = sa.tuple_(idempotency.c.client_id, idempotency.c.key)
    old = (
        sa.select(idempotency.c.client_id, idempotency.c.key)
        .where(idempotency.c.created_at < instant)
        .order_by(idempotency.c.created_at, idempotency.c.client_id, idempotency.c.key)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return tx.connection.execute(sa.delete(idempotency).where(key.in_(old))).rowcount
