"""Bodies of 1 000 orders, on both databases."""

from __future__ import annotations

from bench.bare import rewrite
from bench.figures import Column, Figure, at_least
from bench.lab import POSTGRESQL, SQLITE, Lab
from bench.load import Load
from bench.subject import serving

NAME = "bulk"
TOGETHER = 1000

CONNECTIONS = 8
"""A body of 1 000 keeps a server busy for tens of milliseconds; a few of them keep it busy throughout."""

WORKERS = {SQLITE: 1, POSTGRESQL: 2}
LABELS = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}


def run(lab: Lab) -> list[Figure]:
    """SQLite and PostgreSQL in turn, each beside a bare insert of the same rows."""
    load = Load(lab.options.seconds, together=TOGETHER, connections=CONNECTIONS)
    columns: dict[str, tuple[Column, Column]] = {
        kind: (
            Column(f"orders, {label}", "orders/s", at_least(25_000), note=_processes(kind)),
            Column(f"bare {label}, 1 000 a commit", "orders/s", yardstick=True, note="the same rows"),
        )
        for kind, label in LABELS.items()
    }
    for number in range(lab.options.runs):
        for kind, (rate, bare) in columns.items():
            with lab.home(kind) as place, lab.home(kind) as target:
                with serving(lab, place, workers=WORKERS[kind]) as subject:
                    rate.add(subject.measure(load).outcome.rate)
                lab.settle()
                bare.add(rewrite(place, target, together=TOGETHER, seconds=lab.options.seconds).rate)
            lab.say(
                f"{NAME} {number + 1}: {rate.name}: {rate.values[-1]:,.0f}/s; bare {bare.values[-1]:,.0f}/s"
            )
    return [column.figure(NAME) for pair in columns.values() for column in pair]


def _processes(kind: str) -> str:
    return "1 process" if WORKERS[kind] == 1 else f"{WORKERS[kind]} web processes"
