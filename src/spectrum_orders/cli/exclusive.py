"""One server to a data directory: the second says so instead of starting."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from spectrum_orders.config import Settings
from spectrum_orders.errors import Conflict


@contextmanager
def only_server(settings: Settings) -> Iterator[None]:
    """Hold the data directory for as long as the block runs. Raises Conflict when a server holds it.

    Two servers on one SQLite file lose nothing, but wait for each other at every commit. The lock
    is the kernel's and goes with the process, however that ends. Commands do not take it: they
    write beside a running server. On PostgreSQL there is nothing to hold.
    """
    if settings.on_postgresql:
        yield
        return
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(settings.data_dir / "serve.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"Another server is already running on {settings.data_dir}. An SQLite database has one "
                "server; stop the other one, or use PostgreSQL (SPECTRUM_DATABASE_URL) for several."
            ) from None
        yield
    finally:
        os.close(file)
