"""The ledger of a web process, counted: every transaction of the process passes here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from spectrum_orders.errors import Unavailable
from spectrum_orders.store.database import Database
from spectrum_orders.store.transaction import Ledger, Transaction
from spectrum_orders.web.metrics.tally import Tally


class MeteredLedger(Ledger):
    """Counts what becomes durable together, how long that takes, and when the database cannot."""

    def __init__(self, database: Database, tally: Tally) -> None:
        super().__init__(database)
        self._tally = tally

    @contextmanager
    def write(self, connection: Connection | None = None) -> Iterator[Transaction]:
        """As the ledger's own. A transaction without a journal entry is counted with no facts."""
        began = time.perf_counter()
        try:
            with super().write(connection) as tx:
                yield tx
        except Unavailable:
            self._tally.note_failed_commit()
            raise
        self._tally.note_commit(len(tx.entries), time.perf_counter() - began)
