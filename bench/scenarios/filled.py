"""Whether the server stays fast: the rate over millions of stored orders, beside an empty database."""

from __future__ import annotations

import shutil

from bench.figures import Column, Figure, Missing, at_least
from bench.lab import SQLITE, Lab, Place
from bench.load import Load, Outcome
from bench.scenarios.bulk import CONNECTIONS, TOGETHER
from bench.subject import serving

NAME = "filled"
ORDERS = 5_000_000

BYTES_AN_ORDER = 3_000
"""Room that must be free: an order takes about half of it on disk, and its log some of the rest."""


def run(lab: Lab) -> list[Figure]:
    """One database is filled; then it and an empty one are measured in turn."""
    bodies = max(1, (lab.options.orders or ORDERS) // TOGETHER)
    stored = bodies * TOGETHER
    if shutil.disk_usage(lab.folder).free < stored * BYTES_AN_ORDER:
        raise Missing(f"{stored:,} orders need {stored * BYTES_AN_ORDER / 1e9:.0f} GB in {lab.folder}.")
    rate = Column("orders", "orders/s", note=f"over {stored:,} stored orders")
    p99 = Column("answer, p99", "ms")
    empty = Column("the same, empty", "orders/s", yardstick=True)
    ratio = Column("share of the empty rate", "", at_least(0.6))
    load = Load(lab.options.seconds)
    with lab.home(SQLITE) as full_home:
        lab.say(f"{NAME}: storing {stored:,} orders first")
        with serving(lab, full_home) as subject:
            subject.send(Load(seconds=24 * 3600, together=TOGETHER, connections=CONNECTIONS, bodies=bodies))
        for number in range(lab.options.runs):
            full = _measure(lab, full_home, load)
            with lab.home(SQLITE) as empty_home:
                other = _measure(lab, empty_home, load)
            rate.add(full.rate)
            p99.add(full.p99)
            empty.add(other.rate)
            ratio.add(full.rate / other.rate)
            lab.say(f"{NAME} {number + 1}: {full.rate:,.0f} filled, {other.rate:,.0f} empty orders/s")
    return [column.figure(NAME) for column in (rate, p99, empty, ratio)]


def _measure(lab: Lab, place: Place, load: Load) -> Outcome:
    with serving(lab, place) as subject:
        return subject.measure(load).outcome
