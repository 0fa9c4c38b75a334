"""Ending a process: with the one that started it, or although one of its threads will never end."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import connection

import structlog

_log = structlog.get_logger()

LAST_SECONDS = 1.0
"""How long a stop waits, when everything else has ended, for threads that wait for a database or a disk."""


def leave_behind(executor: ThreadPoolExecutor, *names: str) -> None:
    """End the process here, as a stop that was asked for, when a thread whose name begins with one of the
    ``names`` still waits for what does not answer.

    Python would wait for it without end. To be called only when nothing that was promised depends on such a
    thread any more.
    """
    executor.shutdown(wait=False, cancel_futures=True)
    deadline = time.monotonic() + LAST_SECONDS
    threads = [thread for thread in threading.enumerate() if thread.name.startswith(names)]
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    hanging = sum(thread.is_alive() for thread in threads)
    if hanging:
        _log.error("threads still wait for a database or a disk and are left behind", threads=hanging)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def with_parent() -> None:
    """End this process as soon as the one that started it is gone, even killed: it could not end anybody."""
    threading.Thread(target=_follow, name="parent", daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
