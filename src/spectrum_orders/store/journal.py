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
from spectrum_orders.store.schema import chains, journal, receipts

ANCHORS = 100
"""How many of the latest chains a new chain vouches for."""

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
    opening = Entry("chain.opened", "server", None, None, _encode({"heads": heads}).decode())
    return append(connection, Chain(number, 0, b""), at, [opening])


def _heads(connection: Connection) -> Iterator[Chain]:
    latest = sa.select(chains.c.number).order_by(chains.c.number.desc()).limit(ANCHORS)
    for number in connection.execute(latest).scalars().all():
        row = connection.execute(
            sa.select(journal.c.sequence, journal.c.digest)
            .where(journal.c.chain == number)
            .order_by(journal.c.sequence.desc())
            .limit(1)
        ).first()
        if row is not None:
            yield Chain(number, row.sequence + 1, bytes(row.digest))


class Flaw(msgspec.Struct, frozen=True):
    """Where the journal does not hold, and why."""

    chain: int
    sequence: int
    message: str


class Report(msgspec.Struct, frozen=True):
    """What a verification saw."""

    chains: int
    entries: int
    receipts: int
    flaws: tuple[Flaw, ...]


def verify(connection: Connection, *, most: int = 100) -> Report:
    """Recompute every chain, and hold every receipt against the entry that announced it.

    Reads in constant memory; stops listing (not counting) after ``most`` flaws.
    """
    flaws: list[Flaw] = []
    heads: dict[int, tuple[int, str]] = {}
    vouched: list[tuple[int, int, str, int]] = []
    entries = checked = 0
    for number in connection.execute(sa.select(chains.c.number).order_by(chains.c.number)).scalars().all():
        before, expected = b"", 0
        query = sa.select(journal).where(journal.c.chain == number).order_by(journal.c.sequence)
        for row in connection.execution_options(stream_results=True).execute(query):
            entries += 1
            plain = (
                row.chain,
                row.sequence,
                row.at,
                row.client_id,
                row.order_id,
                row.kind,
                row.actor,
                row.body,
            )
            if row.sequence != expected:
                flaws.append(Flaw(number, expected, f"entry missing: {row.sequence} follows {expected - 1}"))
            if digest(before, plain) != bytes(row.digest):
                flaws.append(Flaw(number, row.sequence, "entry or its digest was changed"))
            before, expected = bytes(row.digest), row.sequence + 1
            if row.kind == "chain.opened":
                body = msgspec.json.decode(row.body)
                vouched += [(chain, sequence, head, number) for chain, sequence, head in body["heads"]]
            if len(flaws) > most:
                return Report(len(heads), entries, checked, tuple(flaws))
        heads[number] = (expected, before.hex())
    for chain, sequence, head, by in vouched:
        if chain not in heads or heads[chain][0] <= sequence:
            flaws.append(Flaw(chain, sequence, f"the end of the chain is missing (chain {by} saw it)"))
        elif heads[chain][0] == sequence + 1 and heads[chain][1] != head:
            flaws.append(Flaw(chain, sequence, f"the end of the chain is not what chain {by} saw"))
    checked, broken = _verify_receipts(connection)
    return Report(len(heads), entries, checked, tuple(flaws + broken)[:most])


def _verify_receipts(connection: Connection) -> tuple[int, list[Flaw]]:
    told = connection.execution_options(stream_results=True).execute(
        sa.select(journal.c.chain, journal.c.sequence, journal.c.client_id, journal.c.body).where(
            journal.c.kind.in_(("order.acknowledged", "order.completed"))
        )
    )
    checked = 0
    broken: list[Flaw] = []
    for batch in told.partitions(500):
        bodies = [(row, msgspec.json.decode(row.body)) for row in batch]
        wanted = [int(body["receipt"]) for _, body in bodies]
        found = {
            (row.client_id, row.id): (bytes(row.content_digest).hex(), bytes(row.personal_digest).hex())
            for row in connection.execute(sa.select(receipts).where(receipts.c.id.in_(wanted)))
        }
        for row, body in bodies:
            checked += 1
            stored = found.get((row.client_id, int(body["receipt"])))
            if stored is None:
                broken.append(Flaw(row.chain, row.sequence, "the receipt it announces is missing"))
            elif stored != (body["content"], body["personal"]):
                broken.append(Flaw(row.chain, row.sequence, "the receipt differs from what was journalled"))
    return checked, broken
