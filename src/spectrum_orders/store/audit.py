"""Whether the journal still tells the truth: about itself, and about the orders in the store."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.store import announcements
from spectrum_orders.store.announcements import ANNOUNCED
from spectrum_orders.store.database import lift_time_limit
from spectrum_orders.store.journal import OPENED, digest
from spectrum_orders.store.schema import chains, journal, receipts


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
    """Recompute every chain, and hold orders and receipts against the entries that announced them.

    A receipt without its entry is a flaw too: that finds entries cut off the end of a chain that
    no later chain has vouched for. Reads in constant memory, apart from one line for each chain;
    ends early once ``most`` flaws are found.
    """
    lift_time_limit(connection)
    check = _Verification(connection, most)
    check.read_chains()
    for step in (check.compare_vouched, check.find_strays, check.compare_receipts, check.find_unannounced):
        if len(check.flaws) < most:
            step()
    return Report(len(check.heads), check.entries, check.receipts, tuple(check.flaws[:most]))


class _Verification:
    """One pass over the journal, and what it has found so far."""

    def __init__(self, connection: Connection, most: int) -> None:
        self.connection = connection
        self.most = most
        self.flaws: list[Flaw] = []
        self.heads: dict[int, int] = {}
        self.vouched: dict[tuple[int, int, str], int] = {}
        self.entries = self.receipts = 0

    def add(self, chain: int, sequence: int, message: str) -> None:
        self.flaws.append(Flaw(chain, sequence, message))

    def read_chains(self) -> None:
        numbers = sa.select(chains.c.number).order_by(chains.c.number)
        for number in self.connection.execute(numbers).scalars().all():
            self.heads[number] = self._read_chain(number)
            if len(self.flaws) >= self.most:
                return

    def _read_chain(self, number: int) -> int:
        before, expected = b"", 0
        query = sa.select(journal).where(journal.c.chain == number).order_by(journal.c.sequence)
        for row in self.connection.execution_options(stream_results=True).execute(query):
            self.entries += 1
            plain = tuple(row)[:-1]
            if row.sequence != expected:
                self.add(number, expected, f"entry missing: {row.sequence} follows {expected - 1}")
            intact = digest(before, plain) == bytes(row.digest)
            if not intact:
                self.add(number, row.sequence, "entry or its digest was changed")
            elif row.kind == OPENED:
                for chain, sequence, head in msgspec.json.decode(row.body)["heads"]:
                    self.vouched.setdefault((chain, sequence, head), number)
            before, expected = bytes(row.digest), row.sequence + 1
            if len(self.flaws) >= self.most:
                break
        if expected == 0:
            self.add(number, 0, "every entry of the chain is missing")
        return expected

    def compare_vouched(self) -> None:
        """What later chains saw must still stand where they saw it."""
        there = sa.select(journal.c.digest)
        for (chain, sequence, head), by in self.vouched.items():
            seen = self.connection.execute(
                there.where(journal.c.chain == chain, journal.c.sequence == sequence)
            ).scalar()
            if seen is None:
                self.add(chain, sequence, f"the end of the chain is missing (chain {by} saw it)")
            elif bytes(seen).hex() != head:
                self.add(chain, sequence, f"the entry is not the one that chain {by} saw")

    def find_strays(self) -> None:
        """An entry of a chain that nobody opened was moved there."""
        opened = sa.select(chains.c.number)
        strays = sa.select(journal.c.chain, journal.c.sequence).where(journal.c.chain.not_in(opened))
        for row in self.connection.execute(strays.limit(self.most)):
            self.add(row.chain, row.sequence, "the entry belongs to no chain")

    def compare_receipts(self) -> None:
        """What was announced must be there, and speak of the order as it lies in the store."""
        entries = self.connection.execution_options(stream_results=True).execute(
            sa.select(journal).where(journal.c.kind.in_(ANNOUNCED))
        )
        for batch in entries.partitions(500):
            announced = [(row, told) for row in batch if (told := announcements.read(row)) is not None]
            stored = announcements.find_stored(self.connection, [told for _, told in announced])
            for row, told in announced:
                self.receipts += 1
                flaw = told.flaw(stored.get((told.client_id, told.number)))
                if flaw is not None:
                    self.add(row.chain, row.sequence, flaw)
            if len(self.flaws) >= self.most:
                return

    def find_unannounced(self) -> None:
        """Receipts that no entry announces, when there are more receipts than announcements."""
        held = self.connection.execute(sa.select(sa.func.count()).select_from(receipts)).scalar_one()
        if held == self.receipts:
            return
        told: set[tuple[int | None, int]] = set()
        for row in self.connection.execute(sa.select(journal).where(journal.c.kind.in_(ANNOUNCED))):
            if (found := announcements.read(row)) is not None:
                told.add((found.client_id, found.number))
        for row in self.connection.execute(sa.select(receipts.c.client_id, receipts.c.id)):
            if (row.client_id, row.id) not in told:
                self.add(0, 0, f"receipt {ids.readable('rcp', row.id)} is announced by no entry")
                if len(self.flaws) >= self.most:
                    return
