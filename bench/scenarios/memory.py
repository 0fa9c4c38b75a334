"""What the server holds in memory after a million orders."""

from __future__ import annotations

from bench.figures import Column, Figure, at_most
from bench.lab import SQLITE, Lab
from bench.load import Load
from bench.scenarios.bulk import CONNECTIONS, TOGETHER
from bench.subject import serving

NAME = "memory"
ORDERS = 1_000_000


def run(lab: Lab) -> list[Figure]:
    """Resident memory before, after, and at most."""
    bodies = max(1, (lab.options.orders or ORDERS) // TOGETHER)
    note = f"{bodies * TOGETHER:,} orders, in bodies of {TOGETHER:,}"
    after = Column("resident after", "MB", at_most(150), note=note)
    highest = Column("resident at most", "MB", note="any moment of the run")
    before = Column("resident before", "MB", yardstick=True, note="started, no order yet")
    for number in range(lab.options.runs):
        with lab.home(SQLITE) as place, serving(lab, place) as subject:
            before.add(subject.memory / 1e6)
            subject.send(Load(seconds=24 * 3600, together=TOGETHER, connections=CONNECTIONS, bodies=bodies))
            after.add(subject.memory / 1e6)
            highest.add(subject.highest_memory / 1e6)
        lab.say(f"{NAME} {number + 1}: {before.values[-1]:.0f} MB before, {after.values[-1]:.0f} MB after")
    return [column.figure(NAME) for column in (after, highest, before)]
