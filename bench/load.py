"""The load: `wrk` with one thread, sending orders that are never the same (orders.lua)."""

from __future__ import annotations

import os
import resource
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Literal

import msgspec

from bench.figures import Dishonest, Missing

SCRIPT = Path(__file__).with_name("orders.lua")

PATIENCE = 900
"""Seconds beyond the load's own time after which it is held to hang."""

LONGEST = 60
"""The longest answer in seconds that is still measured: wrk keeps 8 bytes for each microsecond of it."""


class Load(msgspec.Struct, frozen=True):
    """What is sent: for ``seconds``, or until ``bodies`` were sent when that is not 0.

    ``shape`` ``full`` has two addresses. ``together`` is the number of orders in one body; 0 sends
    each by itself.
    """

    seconds: float
    shape: Literal["plain", "full"] = "plain"
    together: int = 0
    connections: int = 128
    bodies: int = 0


class Outcome(msgspec.Struct, frozen=True):
    """What came back. ``p50`` and ``p99`` are milliseconds from request to answer."""

    orders: int
    seconds: float
    p50: float
    p99: float
    cpu_seconds: float
    """What the generator itself used: it shares the cores with what it measures."""

    @property
    def rate(self) -> float:
        """Orders answered with 200, a second."""
        return self.orders / self.seconds


class _Told(msgspec.Struct, frozen=True):
    """The line of JSON that orders.lua writes."""

    answers: int
    sent: int
    held: int
    seconds: float
    p50_us: float
    p99_us: float
    refused: int
    broken: int


def send(url: str, token: str, load: Load) -> Outcome:
    """Send ``load`` to ``url`` and wait until everything that was sent is answered.

    Raises Dishonest when an answer is not a success or is missing, Missing without wrk.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise Missing("wrk is not installed (requirements/debian.txt). On Debian: apt-get install wrk")
    most = load.seconds + PATIENCE
    before = _children_cpu()
    done = subprocess.run(
        [wrk, "--threads", "1", "--connections", str(load.connections), "--duration", f"{most:.0f}s",
         "--timeout", f"{LONGEST}s", "--script", str(SCRIPT), url],
        env=os.environ | _variables(load, token),
        capture_output=True, text=True, timeout=most + 60,
    )  # fmt: skip
    line = next((line for line in done.stdout.splitlines() if line.startswith("BENCH ")), None)
    if done.returncode or line is None:
        raise Dishonest(f"wrk ended with {done.returncode}: {(done.stdout + done.stderr)[-800:]}")
    told = msgspec.json.decode(line.removeprefix("BENCH "), type=_Told)
    if told.refused or told.broken or told.answers != told.sent or told.held < load.connections:
        raise Dishonest(
            f"{told.sent} requests were sent and {told.answers} answered, {told.refused} of them "
            f"with an error; {told.broken} connections broke."
        )
    return Outcome(
        orders=told.answers * max(1, load.together),
        seconds=told.seconds,
        p50=told.p50_us / 1000,
        p99=told.p99_us / 1000,
        cpu_seconds=_children_cpu() - before,
    )


def _variables(load: Load, token: str) -> dict[str, str]:
    return {
        "BENCH_SHAPE": load.shape,
        "BENCH_TOGETHER": str(load.together),
        "BENCH_SECONDS": str(load.seconds),
        "BENCH_BODIES": str(load.bodies),
        "BENCH_CONNECTIONS": str(load.connections),
        "BENCH_PREFIX": f"{secrets.token_hex(6)}-",
        # Not an argument, which every user of the machine could read.
        "BENCH_TOKEN": token,
    }


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
