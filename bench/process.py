"""What running processes use, as the kernel counts it (/proc)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


class _Stat(msgspec.Struct, frozen=True):
    parent: int
    cpu_seconds: float


def cpu_seconds(pid: int) -> float:
    """Seconds of processor that a process and its living descendants used so far."""
    stats = dict(_stats())
    children: dict[int, list[int]] = {}
    for number, stat in stats.items():
        children.setdefault(stat.parent, []).append(number)
    family = [pid]
    for number in family:
        family += children.get(number, ())
    return sum(stats[number].cpu_seconds for number in family if number in stats)


def children_cpu_seconds(pid: int) -> float:
    """The same without the process itself."""
    return cpu_seconds(pid) - dict(_stats())[pid].cpu_seconds


def resident(pid: int) -> int:
    """Bytes of memory that a process has in RAM now."""
    return _status(pid, "VmRSS")


def highest_resident(pid: int) -> int:
    """The most bytes of memory that a process ever had in RAM."""
    return _status(pid, "VmHWM")


def _stats() -> Iterator[tuple[int, _Stat]]:
    for folder in PROC.iterdir():
        # A process may end while we look.
        with contextlib.suppress(OSError):
            if folder.name.isdigit():
                # A name may hold spaces and brackets; the fields begin after the last one (proc(5)).
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                yield int(folder.name), _Stat(int(fields[1]), (int(fields[11]) + int(fields[12])) / TICKS)


def _status(pid: int, name: str) -> int:
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
