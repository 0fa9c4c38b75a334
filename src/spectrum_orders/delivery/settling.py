"""Short transactions of many who deliver at once, written together: a commit costs the same for all."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from spectrum_orders.errors import Unavailable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store.queue import Job

TOGETHER = 32
"""Jobs of one transaction: some milliseconds in which no order can be written."""


class _Waiting(msgspec.Struct, frozen=True):
    job: Job
    done: asyncio.Future[Any]


class Settling:
    """Writes for the tasks of one event loop. Jobs know nothing of each other."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._waiting: list[_Waiting] = []
        self._drain: asyncio.Task[None] | None = None

    async def write(self, job: Job) -> Any:
        """Run ``job`` in a transaction, perhaps with others; durable when this returns.

        Raises what the job raised, and Unavailable. A job that fails does so alone, and may be run twice,
        so it changes nothing but the transaction. Who is cancelled while waiting leaves it to be written.
        """
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(job, done))
        if self._drain is None or self._drain.done():
            self._drain = asyncio.create_task(self._write_all())
        return await done

    async def close(self) -> None:
        """Wait for what is being written."""
        if self._drain is not None:
            await asyncio.gather(self._drain, return_exceptions=True)

    async def _write_all(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            results = await asyncio.to_thread(self._run, [one.job for one in some])
            for one, (result, error) in zip(some, results, strict=True):
                if one.done.cancelled():
                    continue
                if error is not None:
                    one.done.set_exception(error)
                else:
                    one.done.set_result(result)

    def _run(self, jobs: list[Job]) -> list[tuple[Any, Exception | None]]:
        """What each job returned or raised."""
        try:
            with self._runtime.ledger.write() as tx:
                return [(job(tx), None) for job in jobs]
        except Unavailable as error:
            return [(None, error)] * len(jobs)
        except Exception as error:  # noqa: BLE001  undone as a whole; its members are tried one by one
            if len(jobs) == 1:
                return [(None, error)]
        return [outcome for job in jobs for outcome in self._run([job])]
