"""Acknowledging while the worker renders flat out: the web process must not starve."""

from __future__ import annotations

import math
import time

import msgspec

from bench.figures import Column, Dishonest, Figure, at_least
from bench.lab import SQLITE, Lab
from bench.load import Load, Outcome
from bench.press import DELIVERING, PATIENCE, Press, pressing
from bench.process import children_cpu_seconds
from bench.subject import serving

NAME = "beside"

MOST = 100
"""Recipe sets a second that no rendering process comes near: so many are there for each second."""

AROUND = 2.0
"""Seconds beside the load's own: until wrk has started, and between the warm-up and the load."""

PAUSE = 0.05


class Beside(msgspec.Struct, frozen=True):
    """A load; how many recipe sets a second were made meanwhile, and cores the rendering processes had."""

    outcome: Outcome
    made: float
    cores: float


def run(lab: Lab) -> list[Figure]:
    """A server that only acknowledges, and one that renders as well, in turn."""
    load = Load(lab.options.seconds)
    rate = Column("orders while rendering", "orders/s", note="1 rendering process, the worker never idle")
    p99 = Column("answer while rendering, p99", "ms")
    made = Column("recipe sets made meanwhile", "sets/s")
    cpu = Column("processor, rendering processes", "cores")
    idle = Column("orders, nothing to render", "orders/s", yardstick=True)
    idle_p99 = Column("answer, nothing to render, p99", "ms", yardstick=True)
    ratio = Column("share of the idle rate", "", at_least(0.5))
    for number in range(lab.options.runs):
        with lab.home(SQLITE) as home, serving(lab, home) as subject:
            other = subject.measure(load).outcome
        ours = _measure(lab, load)
        rate.add(ours.outcome.rate)
        p99.add(ours.outcome.p99)
        made.add(ours.made)
        cpu.add(ours.cores)
        idle.add(other.rate)
        idle_p99.add(other.p99)
        ratio.add(ours.outcome.rate / other.rate)
        lab.say(
            f"{NAME} {number + 1}: {ours.outcome.rate:,.0f} orders/s while rendering "
            f"{made.values[-1]:.1f} sets/s, {other.rate:,.0f} idle"
        )
    return [column.figure(NAME) for column in (rate, p99, made, cpu, idle, idle_p99, ratio)]


def _measure(lab: Lab, load: Load) -> Beside:
    designs = math.ceil(MOST * (load.seconds + lab.options.warming + AROUND))
    with (
        lab.home(SQLITE) as home,
        serving(lab, home, settings=DELIVERING) as subject,
        pressing(lab, subject.server) as press,
    ):
        _begin(press, designs)
        subject.recount()
        subject.warm(load)
        before, used, began = press.made(), children_cpu_seconds(subject.server.pid), time.perf_counter()
        outcome = subject.send(load).outcome
        if (after := press.made()) >= designs:
            raise Dishonest(f"All {designs} recipe sets were rendered before the load ended.")
        # The next one proves that the rendering was still under way, and ends what it is measured over.
        after = _await(press, after + 1)
        used, taken = children_cpu_seconds(subject.server.pid) - used, time.perf_counter() - began
        # Nobody waits for the rest.
        subject.server.kill()
    return Beside(outcome, (after - before) / taken, used / taken)


def _begin(press: Press, designs: int) -> None:
    """Order every design once, and wait until the rendering has begun."""
    names = [f"SET{number:05}" for number in range(designs)]
    for name in names:
        press.design(name, f"Grace {name}")
    press.send_all((name, name) for name in names)
    _await(press, 1)


def _await(press: Press, least: int) -> int:
    """Wait until so many recipe sets are rendered; how many are."""
    deadline = time.monotonic() + PATIENCE
    while (made := press.made()) < least:
        if time.monotonic() > deadline:
            raise Dishonest(f"Nothing is rendered: {press.server.logs()[-800:]}")
        time.sleep(PAUSE)
    return made
