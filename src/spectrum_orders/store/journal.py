"""The append-only journal: what happened, chained by hashes so that a changed byte is found.

Each writing process has a chain of its own, so no writer ever waits for another. A chain's
first entry names the heads of the chains before it, so that cutting off the end of one is
found as well. Entries hold digests and identifiers, never a person: an erasure keeps the
journal valid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store import bulk
from spectrum_orders.store.schema import chains, journal

ANCHORS = 100
"""How many of the latest chains a new chain vouches for."""

OPENED = "chain.opened"
"""The kind of a chain's first entry."""

_encode = msgspec.json.Encoder(order="sorted").encode


class Entry(msgspec.Struct, frozen=True):
    """One fact. ``actor`` is who did it (``tok_…``, ``cli``, ``server``); ``body`` is JSON text."""

    kind: str
    actor: str
    client_id: int | None
    order_id: int | None
    body: str


class Chain(msgspec.Struct, frozen=True):
    """Where a chain stands: the next sequence number and the digest of the entry before it."""

    number: int
    sequence: int
    digest: bytes


def digest(before: bytes, row: Sequence[Any]) -> bytes:
    """SHA-256 over the digest before and the entry as compact JSON
    ``[chain, sequence, at, client_id, order_id, kind, actor, body]``."""
    return hashlib.sha256(before + _encode(row)).digest()


def append(connection: Connection, chain: Chain, at: int, entries: Sequence[Entry]) -> Chain:
    """Write ``entries`` at the end of ``chain``; the chain as it stands if the transaction commits."""
    number, sequence, head = chain.number, chain.sequence, chain.digest
    rows = []
    for entry in entries:
        row = (number, sequence, at, entry.client_id, entry.order_id, entry.kind, entry.actor, entry.body)
        head = digest(head, row)
        rows.append((*row, head.hex()))
        sequence += 1
    bulk.insert(connection, bulk.Rows(journal, rows))
    return Chain(number, sequence, head)


def open_chain(connection: Connection, at: int) -> Chain:
    """Begin a chain for this process, in the caller's transaction."""
    if connection.dialect.name == "postgresql":
        # Two processes that start at once would both see the same highest number.
        connection.execute(sa.text("LOCK TABLE chains IN SHARE ROW EXCLUSIVE MODE"))
    number = connection.execute(sa.select(sa.func.coalesce(sa.func.max(chains.c.number), 0) + 1)).scalar_one()
    connection.execute(chains.insert().values(number=number, opened_at=at))
    heads = [[chain.number, chain.sequence - 1, chain.digest.hex()] for chain in _heads(connection)]
    opening = Entry(OPENED, "server", None, None, _encode({"heads": heads}).decode())
    return append(connection, Chain(number, 0, b""), at, [opening])


def _heads(connection: Connection) -> Iterator[Chain]:
    latest = sa.select(chains.c.number).order_by(chains.c.number.desc()).limit(ANCHORS).subquery("latest")
    # By a look at the end of each chain, and not at all of them: there may be millions of entries.
    own = journal.alias("own")
    last = (
        sa.select(own.c.sequence)
        .where(own.c.chain == latest.c.number)
        .order_by(own.c.sequence.desc())
        .limit(1)
        .correlate(latest)
        .scalar_subquery()
    )
    query = (
        sa.select(journal.c.chain, journal.c.sequence, journal.c.digest)
        .join_from(latest, journal, (journal.c.chain == latest.c.number) & (journal.c.sequence == last))
        .order_by(journal.c.chain.desc())
    )
    for row in connection.execute(query):
        yield Chain(row.chain, row.sequence + 1, bytes(row.digest))
