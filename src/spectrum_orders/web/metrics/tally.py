"""What is counted: one table of places, and the additions that the hot path makes.

No client, no token and nothing of an order becomes a label: the number of series depends on
the routes alone. Who sent what is a question to the database.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from spectrum_orders.domain.order import Form
from spectrum_orders.errors import SpectrumError
from spectrum_orders.store.captures import Failed, Outcome, Written
from spectrum_orders.web.metrics.cells import Cells
from spectrum_orders.web.routes import Route

REQUEST_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
COMMIT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
COMMIT_FACTS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0)

OUTCOMES = ("acknowledged", "completed", "duplicate", "rejected", "failed")
STREAM = " (stream)"
"""Ends the route of an NDJSON stream, whose time is that of its sender and would spoil a percentile."""

UNMATCHED = "unmatched"
OTHER = 0
"""The status of those that are in no table."""

GONE = 499


def _statuses() -> tuple[int, ...]:
    found = {OTHER, 200, 207, 302, 403, GONE}
    kinds = [SpectrumError]
    while kinds:
        kind = kinds.pop()
        found.add(kind.status)
        kinds += kind.__subclasses__()
    return tuple(sorted(found))


STATUSES = _statuses()


class Histogram:
    """Places for a sum and a count in each bucket, the last being everything above."""

    __slots__ = ("_first", "_values", "bounds")

    def __init__(self, cells: Cells, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self._first = cells.take(len(bounds) + 2)
        self._values = cells.values

    def add(self, value: float) -> None:
        """Note one observation."""
        values, first = self._values, self._first
        values[first] += value
        values[first + 1 + bisect_left(self.bounds, value)] += 1.0

    def read(self, values: Sequence[float]) -> tuple[list[float], float]:
        """Its buckets, not cumulated, and its sum, in somebody's numbers."""
        first = self._first
        return list(values[first + 1 : first + 2 + len(self.bounds)]), values[first]


class Tally:
    """The counters of one process."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self._values = cells.values
        self.process_id = cells.take()
        self.waiting = cells.take()
        self.store_down = cells.take()
        self.outages = cells.take()
        self.failed_commits = cells.take()
        self.stream_lines = cells.take()
        self.orders = {(form.value, outcome): cells.take() for form in Form for outcome in OUTCOMES}
        self.commit_seconds = Histogram(cells, COMMIT_SECONDS)
        self.commit_facts = Histogram(cells, COMMIT_FACTS)
        self.requests: dict[tuple[str, int], int] = {}
        self.request_seconds: dict[str, Histogram] = {}
        # An adopted file keeps its counters; what only says how things stand begins anew.
        self._values[self.process_id] = float(os.getpid())
        self._values[self.waiting] = self._values[self.store_down] = 0.0

    def serve(self, routes: Iterable[Route]) -> None:
        """Make places for these routes."""
        names = [UNMATCHED]
        for route in routes:
            names.append(route.pattern)
            if route.scope == "acknowledge":
                names.append(route.pattern + STREAM)
        for name in dict.fromkeys(names):
            self.request_seconds[name] = Histogram(self.cells, REQUEST_SECONDS)
            for status in STATUSES:
                self.requests[name, status] = self.cells.take()

    def note(self, route: str, status: int, seconds: float) -> None:
        """One request was answered."""
        place = self.requests.get((route, status))
        if place is None:
            route = route if route in self.request_seconds else UNMATCHED
            place = self.requests.get((route, status), self.requests[route, OTHER])
        self._values[place] += 1.0
        self.request_seconds[route].add(seconds)

    def note_outcomes(self, form: Form, outcomes: Sequence[Outcome]) -> None:
        """Orders went through the store: each is now there, or was before."""
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                what = "failed"
            elif not isinstance(outcome, Written):
                what = "duplicate"
            else:
                what = "completed" if outcome.completed else "acknowledged"
            self._values[self.orders[form.value, what]] += 1.0

    def note_rejected(self, form: Form) -> None:
        """An order was refused for what is in it."""
        self._values[self.orders[form.value, "rejected"]] += 1.0

    def note_failed(self, form: Form, count: int) -> None:
        """Orders could not be stored, for no fault of theirs."""
        self._values[self.orders[form.value, "failed"]] += count

    def note_lines(self, count: int) -> None:
        """Lines of a stream were read."""
        self._values[self.stream_lines] += count

    def note_commit(self, facts: int, seconds: float) -> None:
        """A transaction is on disk. Called by the writer's thread."""
        self.commit_facts.add(facts)
        self.commit_seconds.add(seconds)
        self._values[self.store_down] = 0.0

    def note_failed_commit(self) -> None:
        """The database could not take a transaction. Called by the writer's thread."""
        self._values[self.failed_commits] += 1.0
        if not self._values[self.store_down]:
            self._values[self.store_down] = 1.0
            self._values[self.outages] += 1.0

    def note_waiting(self, count: int) -> None:
        """So many orders wait for the writer."""
        self._values[self.waiting] = float(count)
