"""Full orders: two addresses sealed, indexed blindly and committed to, beside plain ones."""

from __future__ import annotations

from bench.figures import Column, Figure, at_least
from bench.lab import SQLITE, Lab
from bench.load import Load, Outcome
from bench.subject import serving

NAME = "full"


def run(lab: Lab) -> list[Figure]:
    """Full and plain orders in turn, each over an empty database."""
    rate = Column("orders with two addresses", "orders/s")
    p99 = Column("answer, p99", "ms")
    plain = Column("plain orders", "orders/s", yardstick=True)
    ratio = Column("share of the plain rate", "", at_least(0.6))
    for number in range(lab.options.runs):
        full = _measure(lab, Load(lab.options.seconds, shape="full"))
        other = _measure(lab, Load(lab.options.seconds))
        rate.add(full.rate)
        p99.add(full.p99)
        plain.add(other.rate)
        ratio.add(full.rate / other.rate)
        lab.say(f"{NAME} {number + 1}: {full.rate:,.0f} full, {other.rate:,.0f} plain orders/s")
    return [column.figure(NAME) for column in (rate, p99, plain, ratio)]


def _measure(lab: Lab, load: Load) -> Outcome:
    with lab.home(SQLITE) as place, serving(lab, place) as subject:
        return subject.measure(load).outcome
