"""Processes as the kernel shows them (/proc)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

# Only ends what hangs.
ENOUGH = 90.0


def spawned(pid: int) -> set[int]:
    """The processes that one has started to do some of its work: web processes, or its worker."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return set()
    return {int(child) for child in found if "spawn_main" in command_line(int(child))}


def command_line(pid: int) -> str:
    """What a process was called with; nothing when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + ENOUGH
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
