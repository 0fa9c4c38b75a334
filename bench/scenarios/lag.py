"""From the acknowledgement of one order to its package at the factory, when nothing else is going on."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence

from bench.figures import Column, Dishonest, Figure, at_most
from bench.lab import SQLITE, Lab
from bench.press import DELIVERING, Press, pressing
from bench.writing import place
from tests.harness.server import Server

NAME = "lag"
ORDERS = 100
"""Of each kind: the fewest of which one hundredth is one."""

PAUSE = 0.002
"""Seconds between two looks at the folder."""

IDLE = (0.15, 0.35)
"""Seconds between a package and the next order: the worker has gone to rest by then, and the order comes
at any point of its rest."""

KNOWN = "KNWN0000"


def run(lab: Lab) -> list[Figure]:
    """A design that was printed before and one that never was, in turn."""
    orders = lab.options.orders or ORDERS
    fresh = _columns("files to be made")
    known = _columns("files made before")
    bare = Column("a bare file", "ms", yardstick=True, note="the same bytes, fsynced; median")
    for number in range(lab.options.runs):
        with (
            lab.home(SQLITE) as home,
            Server(home, DELIVERING) as server,
            pressing(lab, server) as press,
        ):
            lags = _measure(press, orders)
            data = max(press.packages(), key=lambda package: package.stat().st_size).read_bytes()
            written = [place(press.folder, f"bare-{again}", data) for again in range(orders)]
        for columns, seconds in zip((fresh, known), lags, strict=True):
            for column, share in zip(columns, (0.5, 0.99), strict=True):
                column.add(rank(seconds, share))
        bare.add(rank(written, 0.5) * 1000)
        lab.say(
            f"{NAME} {number + 1}: p99 {fresh[1].values[-1]:.2f} s with files to be made, "
            f"{known[1].values[-1]:.2f} s without"
        )
    return [column.figure(NAME) for column in (*fresh, *known, bare)]


def rank(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed: one that was measured, never one in between."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def _columns(label: str) -> tuple[Column, Column]:
    return Column(f"{label}, median", "s"), Column(f"{label}, p99", "s", at_most(2))


def _measure(press: Press, orders: int) -> tuple[list[float], list[float]]:
    """Seconds of each order with files to be made, and of each without."""
    press.design(KNOWN, "Grace")
    # The first order of all waits for the rendering processes to start; a server does that once.
    press.send("first", KNOWN)
    press.wait(1, PAUSE)
    designs = [f"NEW{number:05}" for number in range(orders)]
    for number, design in enumerate(designs):
        press.design(design, f"Grace {number}")
    if press.made() != 1:
        raise Dishonest("Files were made before anybody ordered them.")
    fresh, known = [], []
    for design in designs:
        fresh.append(_lag(press, design, design))
        known.append(_lag(press, f"known-{design}", KNOWN))
    if press.made() != orders + 1:
        raise Dishonest(f"Files of {press.made()} recipe sets were made, and {orders + 1} had to be.")
    press.check(["first", *designs, *(f"known-{design}" for design in designs)])
    return fresh, known


def _lag(press: Press, number: str, design: str) -> float:
    there = press.count()
    time.sleep(random.uniform(*IDLE))
    press.send(number, design)
    answered = time.perf_counter()
    press.wait(there + 1, PAUSE)
    return time.perf_counter() - answered
