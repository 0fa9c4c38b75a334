"""How many exceptions there are of each kind, as a scrape shows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from spectrum_orders.errors import SpectrumError
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import exceptions
from spectrum_orders.store.exceptions import Look
from spectrum_orders.store.transaction import now_us

MOST = 10_000
"""Of a kind: whoever has more of it needs no exact number, and a scrape must stay cheap."""

KEPT_SECONDS = 15.0
"""How old the numbers may be: as often as machines are usually scraped."""


class ExceptionCounts:
    """The numbers of one process, read at most every ``KEPT_SECONDS``."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._patience_us = runtime.settings.patience_us
        self._stuck_us = runtime.settings.stuck_us
        self._lock = threading.Lock()
        self._read_at = -KEPT_SECONDS
        self._counts: Mapping[str, int] = {}

    def read(self) -> Mapping[str, int]:
        """By kind; nothing while the store does not answer: a scrape tells that too, and must not fail."""
        with self._lock:
            if time.monotonic() - self._read_at >= KEPT_SECONDS:
                try:
                    with self._runtime.database.read() as connection:
                        look = Look(now_us(), self._patience_us, self._stuck_us)
                        self._counts = exceptions.count(connection, look, MOST)
                except SpectrumError:
                    self._counts = {}
                self._read_at = time.monotonic()
            return self._counts
