"""One order a request over 128 connections on PostgreSQL with two web processes, beside pgbench."""

from __future__ import annotations

from collections.abc import Sequence

from bench.figures import Column, Figure, at_least
from bench.lab import POSTGRESQL, Lab
from bench.load import Load
from bench.pgbench import CLIENTS, Pgbench, insert_statement
from bench.subject import serving

NAME = "single-postgresql"
WORKERS = 2


def run(lab: Lab) -> list[Figure]:
    """Ours and pgbench, in turn."""
    load = Load(lab.options.seconds)
    rate = Column("orders", "orders/s", at_least(10_000))
    p50 = Column("answer, median", "ms")
    p99 = Column("answer, p99", "ms")
    server_cpu = Column("processor, web processes", "µs/order")
    database_cpu = Column("processor, PostgreSQL", "µs/order")
    wrk_cpu = Column("processor, load generator", "µs/order")
    pgbench = Column("pgbench, the same insert", "orders/s", yardstick=True)
    ratio = Column("share of pgbench", "", at_least(0.9))
    chosen = []
    for number in range(lab.options.runs):
        with lab.home(POSTGRESQL) as place, lab.home(POSTGRESQL) as target:
            with serving(lab, place, workers=WORKERS) as subject:
                measured = subject.measure(load)
            outcome = measured.outcome
            lab.say(f"{NAME} {number + 1}: {outcome.rate:,.0f} orders/s, p99 {outcome.p99:.1f} ms")
            rate.add(outcome.rate)
            p50.add(outcome.p50)
            p99.add(outcome.p99)
            server_cpu.add(measured.cpu_per_order(measured.server_cpu))
            database_cpu.add(measured.cpu_per_order(measured.database_cpu))
            wrk_cpu.add(measured.cpu_per_order(outcome.cpu_seconds))
            yardstick = Pgbench(target, insert_statement(place))
            lab.settle()
            best, connections = yardstick.best(lab.options.seconds / 2)
            pgbench.add(best)
            ratio.add(outcome.rate / best)
            chosen.append(connections)
            lab.say(f"{NAME} {number + 1}: pgbench: {best:,.0f} orders/s with {connections} connections")
    pgbench.note = f"the best of {_list(CLIENTS)} connections: {_list(chosen)}"
    columns = (rate, p50, p99, server_cpu, database_cpu, wrk_cpu, pgbench, ratio)
    return [column.figure(NAME) for column in columns]


def _list(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
