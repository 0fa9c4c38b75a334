"""One order a request over 128 connections on SQLite: the figure that everything else leans on."""

from __future__ import annotations

from bench.bare import rewrite
from bench.figures import Column, Figure, at_least, at_most
from bench.lab import SQLITE, Lab
from bench.load import Load
from bench.machine import has_usual_stack
from bench.subject import serving
from bench.usual.running import usual_stack

NAME = "single-sqlite"


def run(lab: Lab) -> list[Figure]:
    """Ours, the bare inserts and the usual stack, in turn."""
    load = Load(lab.options.seconds)
    rate = Column("orders", "orders/s", at_least(11_000))
    p50 = Column("answer, median", "ms")
    p99 = Column("answer, p99", "ms", at_most(25))
    server_cpu = Column("processor, server", "µs/order")
    wrk_cpu = Column("processor, load generator", "µs/order")
    bare = Column("bare SQLite, 128 a commit", "orders/s", yardstick=True)
    of_bare = Column("share of 128 a commit", "")
    single = Column("bare SQLite, 1 a commit", "orders/s", yardstick=True)
    usual = Column("usual stack", "orders/s", yardstick=True, note="2 processes")
    usual_p99 = Column("usual stack, p99", "ms", yardstick=True)
    times = Column("times the usual stack", "×", at_least(10))
    for number in range(lab.options.runs):
        with lab.home(SQLITE) as place:
            with serving(lab, place) as subject:
                measured = subject.measure(load)
            outcome = measured.outcome
            lab.say(f"{NAME} {number + 1}: {outcome.rate:,.0f} orders/s, p99 {outcome.p99:.1f} ms")
            rate.add(outcome.rate)
            p50.add(outcome.p50)
            p99.add(outcome.p99)
            server_cpu.add(measured.cpu_per_order(measured.server_cpu))
            wrk_cpu.add(measured.cpu_per_order(outcome.cpu_seconds))
            for column, together in ((bare, 128), (single, 1)):
                with lab.home(SQLITE) as target:
                    written = rewrite(place, target, together=together, seconds=lab.options.seconds)
                column.add(written.rate)
                lab.say(f"{NAME} {number + 1}: {column.name}: {written.rate:,.0f} orders/s")
            of_bare.add(outcome.rate / bare.values[-1])
        if has_usual_stack():
            with usual_stack(lab) as stack:
                other = stack.measure(load, lab.options.warming)
            lab.say(f"{NAME} {number + 1}: usual stack: {other.rate:,.0f} orders/s, p99 {other.p99:.0f} ms")
            usual.add(other.rate)
            usual_p99.add(other.p99)
            times.add(outcome.rate / other.rate)
    if not has_usual_stack():
        lab.say(f"{NAME}: the usual stack is not installed here; `make bench` does that")
    columns = [rate, p50, p99, server_cpu, wrk_cpu, bare, of_bare, single, usual, usual_p99, times]
    return [column.figure(NAME) for column in columns if column.values]
