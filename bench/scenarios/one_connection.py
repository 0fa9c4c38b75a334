"""One connection that waits for each answer: what a single shop feels."""

from __future__ import annotations

from bench.bare import rewrite
from bench.figures import Column, Figure, at_most
from bench.lab import SQLITE, Lab
from bench.load import Load
from bench.subject import serving

NAME = "one-connection"


def run(lab: Lab) -> list[Figure]:
    """Ours, and one bare commit an order."""
    load = Load(lab.options.seconds, connections=1)
    p50 = Column("answer, median", "ms", at_most(1))
    p99 = Column("answer, p99", "ms")
    rate = Column("orders", "orders/s")
    bare = Column("bare SQLite, 1 a commit", "ms", yardstick=True, note="the median commit")
    for number in range(lab.options.runs):
        with lab.home(SQLITE) as place, lab.home(SQLITE) as target:
            with serving(lab, place) as subject:
                outcome = subject.measure(load).outcome
            p50.add(outcome.p50)
            p99.add(outcome.p99)
            rate.add(outcome.rate)
            bare.add(rewrite(place, target, together=1, seconds=lab.options.seconds).p50)
        lab.say(f"{NAME} {number + 1}: {outcome.p50:.3f} ms; bare commit {bare.values[-1]:.3f} ms")
    return [column.figure(NAME) for column in (p50, p99, rate, bare)]
