"""Numbers that every web process of one server can read: memory shared through small files.

Each process owns one file of doubles, adds to it in place, and holds a lock on it while it
lives. A scrape, whichever process answers it, reads the files of all. A process that takes the
place of a dead one adopts its file, so that a counter never falls.

A request with one order costs 0.7 µs of counting this way. The client library's own way with
several processes took 3.6 µs on the same machine, and leaves a file for every process that ever ran.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import mmap
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

CAPACITY = 8192
"""Doubles in one file, 64 KiB: about 40 for each route that is served, and 70 for the rest."""

MOST_PROCESSES = 1024

PREFIX = "spectrum-metrics-"
LEFT_SECONDS = 60.0
"""A folder younger than this may be one whose first process is just about to lock its file."""


class Snapshot(msgspec.Struct, frozen=True):
    """The numbers of one process. Gauges count only while it is ``alive``."""

    number: int
    alive: bool
    values: Sequence[float]


class Cells:
    """This process's numbers. ``values`` is written in place; each place by one thread only."""

    def __init__(self) -> None:
        self.number = 1
        self.values: memoryview[float] = memoryview(bytearray(CAPACITY * 8)).cast("d")
        self._folder: Path | None = None
        self._file = -1
        self._taken = 0
        if multiprocessing.parent_process() is not None:
            # Not a whole disk, nor a container without a temporary folder, keeps a server from
            # starting: this process then reports itself alone.
            with contextlib.suppress(OSError):
                self._share(_folder())

    @property
    def shared(self) -> bool:
        """Whether other processes see these numbers."""
        return self._folder is not None

    def take(self, count: int = 1) -> int:
        """The first of ``count`` places that belong to the caller. The same calls in every process."""
        first = self._taken
        self._taken += count
        if self._taken > CAPACITY:
            raise ValueError("More is counted than there are cells.")
        return first

    def snapshots(self) -> list[Snapshot]:
        """The numbers of all processes of this server as they are now, this one's first."""
        found = [Snapshot(self.number, True, tuple(self.values))]
        if self._folder is not None:
            found += sorted(self._others(self._folder), key=lambda snapshot: snapshot.number)
        return found

    def close(self) -> None:
        """Let go of the file; the last process of a server clears up."""
        folder, self._folder = self._folder, None
        if folder is None:
            return
        os.close(self._file)
        if not any(snapshot.alive for snapshot in self._others(folder)):
            shutil.rmtree(folder, ignore_errors=True)

    def _share(self, folder: Path) -> None:
        sweep(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        for number in range(1, MOST_PROCESSES):
            file = os.open(folder / str(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Without its blocks a file on a full disk kills the process that writes into it.
                os.posix_fallocate(file, 0, CAPACITY * 8)
                shared = memoryview(mmap.mmap(file, CAPACITY * 8)).cast("d")
            except BlockingIOError:
                os.close(file)
                continue
            except OSError:
                os.close(file)
                raise
            self.number, self.values, self._file, self._folder = number, shared, file, folder
            return

    def _others(self, folder: Path) -> Iterator[Snapshot]:
        for path in folder.iterdir():
            if path.name == str(self.number) or not path.name.isdecimal():
                continue
            with contextlib.suppress(OSError), path.open("rb") as file:
                data = file.read()
                if len(data) == CAPACITY * 8:
                    values = tuple(memoryview(data).cast("d"))
                    yield Snapshot(int(path.name), _locked(file.fileno()), values)


def sweep(parent: Path) -> None:
    """Remove what servers left that were killed: folders of ours in which no process holds a file."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            about = folder.stat()
            if about.st_uid == os.geteuid() and time.time() - about.st_mtime > LEFT_SECONDS:
                files = [path.open("rb") for path in folder.iterdir()]
                if not any(_locked(file.fileno()) for file in files):
                    shutil.rmtree(folder, ignore_errors=True)
                for file in files:
                    file.close()


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _folder() -> Path:
    """The same for all processes of one server, and for no others.

    The random key that a parent shares with the processes it starts names it, so that nothing
    has to be handed down.
    """
    own = hashlib.sha256(b"spectrum metrics" + multiprocessing.current_process().authkey).hexdigest()
    memory = Path("/dev/shm")  # noqa: S108 - no file of a fixed name: nobody else knows this one
    parent = memory if os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    return parent / f"{PREFIX}{own[:32]}"
