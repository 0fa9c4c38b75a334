"""Random bytes from the kernel, fetched by the page.

``os.urandom`` lets go of the interpreter lock around its system call. On the path of an order,
with another thread waiting for that lock, each call can cost two thread switches. Together with
HMAC (see ``domain.receipts.hmac_sha256``), which did the same, that was 23 of 158 µs an order.
"""

from __future__ import annotations

import os
import threading
from typing import Final

_PAGE: Final = 4096


class _Pool:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.page = b""
        self.used = 0


_pool = _Pool()


def take(count: int) -> bytes:
    """``count`` random bytes (at most 4 096) that were handed out to nobody else."""
    pool = _pool
    with pool.lock:
        start = pool.used
        if start + count > len(pool.page):
            pool.page = os.urandom(_PAGE)
            start = 0
        pool.used = start + count
        return pool.page[start : start + count]


def _forget() -> None:
    # Parent and child of a fork would otherwise hand out the same bytes.
    global _pool  # noqa: PLW0603  a lock that another thread held at the fork would never be released
    _pool = _Pool()


os.register_at_fork(after_in_child=_forget)
