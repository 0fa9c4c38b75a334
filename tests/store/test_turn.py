"""Promise: whoever waits to write comes before whoever has just written."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from spectrum_orders.store.turn import Turn

PATIENCE = 60.0
"""Only ends what hangs."""

HOLD = """
import sys, time, pathlib
from spectrum_orders.store.turn import Turn
with Turn(pathlib.Path(sys.argv[1]), 60).taken():
    print("taken", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orders.sqlite3"


@pytest.fixture
def holder(file: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process in whose turn nothing happens."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "taken\n"
        yield process
        process.kill()


def is_held(lock: Path) -> bool:
    """Whether somebody holds one of the two locks: of who is next, and whose turn it is."""
    with lock.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_who_waits_comes_before_who_has_just_written(file: Path) -> None:
    busy, patient = Turn(file, PATIENCE), Turn(file, PATIENCE)
    order: list[str] = []
    waiting = threading.Event()

    def wait() -> None:
        waiting.set()
        with patient.taken():
            order.append("patient")

    other = threading.Thread(target=wait)
    with busy.taken():
        other.start()
        assert waiting.wait(PATIENCE)
        while not is_held(file.with_name("orders.sqlite3.next")):
            pass
        order.append("busy")
    with busy.taken():
        order.append("busy again")
    other.join()
    assert order == ["busy", "patient", "busy again"]


def test_a_process_that_is_killed_leaves_its_turn(file: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    with Turn(file, PATIENCE).taken():
        assert is_held(file.with_name("orders.sqlite3.turn"))


def test_a_process_that_stands_still_stops_nobody_for_good(file: Path, holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGSTOP)
    with Turn(file, 0.1).taken():
        pass
