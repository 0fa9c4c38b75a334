"""The machine that is measured on: its facts, and what its disk takes to keep a promise."""

from __future__ import annotations

import importlib.util
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

import msgspec
import pysqlite3.dbapi2

from bench.figures import Missing

IN_MEMORY = ("tmpfs", "ramfs")
"""File systems on which fsync costs nothing, because it promises nothing."""

SYNCS = 300


class Machine(msgspec.Struct, frozen=True):
    """Facts without which a figure says little.

    ``sync_p50`` and ``sync_p99`` are milliseconds for a write of 4 KiB with fdatasync, as every
    commit does: a disk cannot end more single commits a second than 1000 / ``sync_p50``.
    """

    cores: int
    processor: str
    memory_gib: float
    kernel: str
    file_system: str
    sync_p50: float
    sync_p99: float
    python: str
    sqlite: str
    usual_stack: bool

    @property
    def sentences(self) -> list[str]:
        """The facts as lines to read."""
        return [
            f"{self.cores} cores ({self.processor}), {self.memory_gib:.0f} GiB, {self.kernel}",
            f"Python {self.python}, SQLite {self.sqlite}",
            f"fdatasync of 4 KiB ({self.file_system}): {self.sync_p50:.3f} ms, p99 {self.sync_p99:.3f} ms",
        ]


def look(folder: Path) -> Machine:
    """The facts of this machine; ``folder`` is where the databases will lie."""
    p50, p99 = _sync_latency(folder)
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=_processor(),
        memory_gib=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024**3,
        kernel=f"{platform.system()} {platform.release()}",
        file_system=_file_system(folder),
        sync_p50=p50,
        sync_p99=p99,
        python=platform.python_version(),
        sqlite=str(pysqlite3.dbapi2.sqlite_version),
        usual_stack=has_usual_stack(),
    )


def has_usual_stack() -> bool:
    """Whether what bench/usual needs is installed; `make bench` does that."""
    return all(importlib.util.find_spec(name) for name in ("fastapi", "asyncpg"))


def durable_folder() -> Path:
    """A temporary folder on a real disk. Raises Missing when there is none.

    Many machines keep their usual one in memory, where fsync is free and every figure a lie.
    """
    for name in (tempfile.gettempdir(), "/var/tmp"):
        folder = Path(name)
        if folder.is_dir() and os.access(folder, os.W_OK) and _file_system(folder) not in IN_MEMORY:
            return folder
    raise Missing("No temporary folder lies on a disk; name one: make bench ARGS='--folder FOLDER'")


def _file_system(folder: Path) -> str:
    """The type of the file system that holds a folder, such as ``ext4``."""
    resolved = folder.resolve()
    lines = Path("/proc/self/mounts").read_text().splitlines()
    # Device, place, type, options; of two at one place the later hides the earlier.
    mounts = {Path(place): kind for _, place, kind, *_ in map(str.split, lines)}
    return next((mounts[place] for place in (resolved, *resolved.parents) if place in mounts), "unknown")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _sync_latency(folder: Path) -> tuple[float, float]:
    """Milliseconds (median, p99) to write 4 KiB and have it on disk.

    One write after the other into a file of full length, as into a log that is used again.
    """
    page = os.urandom(4096)
    taken = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix="spectrum-sync-") as file:
        file.write(page * SYNCS)
        file.flush()
        os.fsync(file.fileno())
        for number in range(SYNCS):
            before = time.perf_counter()
            os.pwrite(file.fileno(), page, number * 4096)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - before) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]
