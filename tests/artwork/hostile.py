"""What a renderer may do at its worst; run in the pool's processes."""

from __future__ import annotations

import os
import resource
import signal
import time

from spectrum_orders.errors import Invalid, Problem


def answer(value: int) -> int:
    return value + 1


def hang() -> None:
    while True:
        time.sleep(0.05)


def hoard() -> int:
    return len(bytearray(8 << 30))


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    os._exit(3)


def refuse() -> None:
    raise Invalid("No.", problems=(Problem("/layers/0", "image", "No picture."),))


def confinement() -> tuple[int, int, int, list[str]]:
    """Process id, niceness, the largest core file, and the settings it can see."""
    seen = [name for name in os.environ if name.startswith("SPECTRUM_")]
    return os.getpid(), os.nice(0), resource.getrlimit(resource.RLIMIT_CORE)[0], seen
