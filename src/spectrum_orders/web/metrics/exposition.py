"""The numbers of all processes as one set of metric families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import msgspec
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from spectrum_orders.web.metrics.cells import Snapshot
from spectrum_orders.web.metrics.exceptions import MOST
from spectrum_orders.web.metrics.tally import Histogram, Tally


class Build(msgspec.Struct, frozen=True):
    """What runs."""

    version: str
    environment: str
    database: str


class Scrape(Collector):
    """One reading: sums over the processes, in the order in which a person would look."""

    def __init__(self, tally: Tally, build: Build, exceptions: Mapping[str, int]) -> None:
        self._tally = tally
        self._exceptions = exceptions
        self._build = build
        self._snapshots = tally.cells.snapshots()
        self._alive = [snapshot for snapshot in self._snapshots if snapshot.alive]

    def collect(self) -> Iterator[Metric]:
        """The families."""
        yield from self._about()
        yield from self._orders()
        yield from self._stuck()
        yield from self._store()
        yield from self._requests()
        yield from processes(self._alive, self._tally.process_id)

    def _about(self) -> Iterator[Metric]:
        yield InfoMetricFamily("spectrum_build", "What runs here.", value=msgspec.structs.asdict(self._build))
        yield GaugeMetricFamily(
            "spectrum_web_processes", "Web processes of this server that are alive.", value=len(self._alive)
        )

    def _orders(self) -> Iterator[Metric]:
        orders = CounterMetricFamily(
            "spectrum_orders",
            "Orders by form and outcome. A replayed answer and a dry run count nothing.",
            labels=("form", "outcome"),
        )
        for (form, outcome), place in self._tally.orders.items():
            orders.add_metric((form, outcome), self._sum(place))
        yield orders
        yield CounterMetricFamily(
            "spectrum_stream_lines",
            "Orders read from NDJSON streams.",
            value=self._sum(self._tally.stream_lines),
        )

    def _stuck(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "spectrum_exceptions",
            f"What does not move, up to {MOST} of a kind; none at all while the store does not answer.",
            labels=("kind",),
        )
        for kind, number in self._exceptions.items():
            family.add_metric((kind,), number)
        yield family

    def _store(self) -> Iterator[Metric]:
        tally = self._tally
        waiting = sum(snapshot.values[tally.waiting] for snapshot in self._alive)
        yield GaugeMetricFamily(
            "spectrum_writer_waiting", "Orders and jobs that wait for their commit.", value=waiting
        )
        facts = HistogramMetricFamily(
            "spectrum_commit_facts", "Journal entries (an order is one) made durable by one commit."
        )
        self._add(facts, (), tally.commit_facts)
        yield facts
        seconds = HistogramMetricFamily(
            "spectrum_commit_seconds", "How long a transaction took, commit included."
        )
        self._add(seconds, (), tally.commit_seconds)
        yield seconds
        buckets, _ = self._read(tally.commit_seconds)
        yield CounterMetricFamily("spectrum_commits", "Transactions that are on disk.", value=sum(buckets))
        yield CounterMetricFamily(
            "spectrum_failed_commits",
            "Transactions that the database could not take.",
            value=self._sum(tally.failed_commits),
        )
        yield CounterMetricFamily(
            "spectrum_store_outages",
            "Times that the database stopped taking transactions.",
            value=self._sum(tally.outages),
        )
        down = any(snapshot.values[tally.store_down] for snapshot in self._alive)
        yield GaugeMetricFamily(
            "spectrum_store_up",
            "1 when every process's latest transaction went through.",
            value=float(not down),
        )

    def _requests(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "spectrum_requests",
            "Requests by route and status of the answer; 499 is a client that went away.",
            labels=("route", "status"),
        )
        for (route, status), place in self._tally.requests.items():
            if count := self._sum(place):
                requests.add_metric((route, str(status or "other")), count)
        yield requests
        seconds = HistogramMetricFamily(
            "spectrum_request_seconds", "From a request's head to its answer.", labels=("route",)
        )
        for route, histogram in self._tally.request_seconds.items():
            self._add(seconds, (route,), histogram)
        yield seconds

    def _sum(self, place: int) -> float:
        return sum(snapshot.values[place] for snapshot in self._snapshots)

    def _read(self, histogram: Histogram) -> tuple[list[float], float]:
        buckets = [0.0] * (len(histogram.bounds) + 1)
        total = 0.0
        for snapshot in self._snapshots:
            own, own_sum = histogram.read(snapshot.values)
            buckets = [one + other for one, other in zip(buckets, own, strict=True)]
            total += own_sum
        return buckets, total

    def _add(self, family: HistogramMetricFamily, labels: Sequence[str], histogram: Histogram) -> None:
        buckets, total = self._read(histogram)
        if not labels or any(buckets):
            limits = [*(f"{bound:g}" for bound in histogram.bounds), "+Inf"]
            family.add_metric(labels, list(zip(limits, accumulate(buckets), strict=True)), total)


def processes(alive: Sequence[Snapshot], process_id: int) -> Iterator[Metric]:
    """The usual process metrics, for each process under the number of its place."""
    families: dict[str, Metric] = {}
    for snapshot in alive:
        pid = int(snapshot.values[process_id])
        for metric in ProcessCollector(pid=lambda pid=pid: pid, registry=None).collect():  # type: ignore[misc]  # bound now
            family = families.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
            for sample in metric.samples:
                family.add_sample(
                    sample.name, {**sample.labels, "worker": str(snapshot.number)}, sample.value
                )
    yield from families.values()


def render(tally: Tally, build: Build, accept: str, exceptions: Mapping[str, int]) -> tuple[bytes, str]:
    """The text, and its media type: OpenMetrics for those who accept it, else Prometheus's own."""
    encode, media_type = choose_encoder(accept)
    return encode(Scrape(tally, build, exceptions)), media_type
