"""Removing what is left of files whose writer was killed: uploads and print files that were never whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from itertools import islice

import structlog

from spectrum_orders.files import Files

_log = structlog.get_logger()

DAY = 86_400.0
"""Seconds: nothing is written for so long, and so often is looked."""

FOLDERS = 100
"""Looked into at a time: there may be a folder for every design that was ever sold, and a stop waits for a
thread."""


async def tidy(files: Files) -> None:
    """Now, and once a day. Endless."""
    while True:
        try:
            removed = await _sweep(files.sweep(time.time() - DAY))
        except Exception as error:  # noqa: BLE001  whatever it is, the next day looks again
            _log.error("unfinished files not looked for", cause=type(error).__name__)
        else:
            if removed:
                _log.info("unfinished files removed", count=removed)
        await asyncio.sleep(DAY)


async def _sweep(folders: Iterator[int]) -> int:
    removed = 0
    while some := await asyncio.to_thread(lambda: list(islice(folders, FOLDERS))):
        removed += sum(some)
    return removed
