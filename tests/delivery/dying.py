"""A worker that is killed just before its side effect number N: `dying.py N`, settings in the environment.

A side effect is whatever somebody else could see: a commit, a file that is synced, renamed, removed or
a folder that is made. Between two of them nothing happens that outlives the process, so killing before
each one covers every moment. Without dying it ends when nothing is owed any more, and prints how many
there were.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine

from spectrum_orders import config
from spectrum_orders.delivery.worker import Worker
from spectrum_orders.runtime import Runtime, open_runtime
from spectrum_orders.store.schema import outbox

FOLDERS = ("fsync", "rename", "replace", "mkdir", "unlink", "truncate")


def arm(last: int) -> Callable[[], int]:
    """Die before side effect number `last`, counted from 0; -1 never. How many there were so far."""
    numbers = itertools.count()
    seen = [0]

    def effect(*_: Any) -> None:
        number = next(numbers)
        seen[0] = number + 1
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            effect()
            return function(*arguments, **options)

        return counted

    for name in FOLDERS:
        setattr(os, name, before(getattr(os, name)))
    event.listen(Engine, "commit", effect)
    return lambda: seen[0]


async def drain(runtime: Runtime) -> None:
    """Work until nothing is owed."""
    work = asyncio.create_task(Worker(runtime).run())
    while True:
        await asyncio.sleep(0.05)
        assert not work.done(), work.exception()
        with runtime.database.read() as connection:
            if connection.execute(sa.select(outbox.c.id).limit(1)).first() is None:
                break
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


def main() -> None:
    with open_runtime(config.load(os.environ)) as runtime:
        runtime.ledger.ids  # noqa: B018  opens this process's chain, which is no side effect of a delivery
        count = arm(int(sys.argv[1]))
        asyncio.run(drain(runtime))
    sys.stdout.write(f"{count()}\n")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main()
