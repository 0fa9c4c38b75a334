"""Processes that make print files: what strangers designed never runs inside the server.

Each has an end to its time and its memory, gives way to everything else on the machine, and is replaced
when it dies. They are started with the first file, not with the server, by ``spawn``: a fork of a process
with threads may inherit a lock that nobody will ever release.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import resource
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as RanTooLong
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ParamSpec, TypeVar

import structlog
from pebble import ProcessExpired, ProcessPool

from spectrum_orders import ending
from spectrum_orders.artwork import tasks
from spectrum_orders.errors import Invalid, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

_log = structlog.get_logger()

TASKS = 2_000
"""Files after which a process is replaced: what a library forgets to free ends with it."""

NICE = 5
"""An acknowledgement goes before a rendering that the machine could do at the same time."""

LAST_SECONDS = 5.0


class Pool:
    """Runs functions of modules in its processes; arguments and results are pickled."""

    def __init__(self, processes: int, seconds: float, memory: int) -> None:
        self._processes = processes
        self._seconds = seconds
        self._memory = memory
        self._pool: ProcessPool | None = None
        self._changing = threading.Lock()

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result, or what it raised, for whoever waits in an event loop.

        Raises Invalid when it took too long or too much memory, and Unavailable when its process died,
        for which it may be to blame or not.
        """
        pool = self._running()
        with self._told(pool):
            return await asyncio.wrap_future(self._scheduled(pool, function, args, kwargs))

    def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for whoever waits in a thread."""
        pool = self._running()
        with self._told(pool):
            return self._scheduled(pool, function, args, kwargs).result()

    def _scheduled(
        self,
        pool: ProcessPool,
        function: Callable[..., T],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Future[T]:
        try:
            return pool.schedule(_call, args=(function, args, kwargs), timeout=self._seconds)
        except RuntimeError:  # it broke since anybody looked
            raise BrokenProcessPool from None

    @contextlib.contextmanager
    def _told(self, pool: ProcessPool) -> Iterator[None]:
        try:
            yield
        except RanTooLong:
            raise Invalid(
                f"The file takes more than {self._seconds:g} s of work. Simplify it, or raise "
                "SPECTRUM_RENDER_TIMEOUT."
            ) from None
        except MemoryError:
            raise Invalid(
                f"The file takes more than {self._memory / 2**30:.1f} GiB of memory to work on. Simplify it, "
                "or raise SPECTRUM_RENDER_MEMORY."
            ) from None
        except BrokenProcessPool:
            self._forget(pool)
            raise Unavailable(
                "The processes that work on files are being started anew. Try again.", retry_after=2
            ) from None
        except ProcessExpired as error:
            _log.error("a process that worked on a file died", exit_code=error.exitcode)
            raise Unavailable("The process that worked on the file died. Try again.", retry_after=2) from None

    def warm(self) -> None:
        """Start the processes, if they are not running: loading the libraries takes a second."""
        self._running().schedule(_call, args=(tasks.load, (), {}), timeout=self._seconds)

    def close(self) -> None:
        """End the processes, and what they are doing with them."""
        with self._changing:
            pool, self._pool = self._pool, None
        if pool is not None:
            _end(pool)

    def _running(self) -> ProcessPool:
        with self._changing:
            if self._pool is None:
                self._pool = ProcessPool(
                    max_workers=self._processes,
                    max_tasks=TASKS,
                    initializer=_confine,
                    initargs=(self._memory,),
                    context=multiprocessing.get_context("spawn"),
                )
            return self._pool

    def _forget(self, broken: ProcessPool) -> None:
        with self._changing:
            if self._pool is broken:
                self._pool = None
        # Ending it takes up to some seconds, which whoever found it broken need not wait for.
        threading.Thread(target=_end, args=(broken,), name="broken-pool", daemon=True).start()


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]  # the library's own omission
    with contextlib.suppress(RanTooLong):
        pool.join(LAST_SECONDS)


def _call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return function(*args, **kwargs)


def _confine(memory: int) -> None:
    """What a fresh process does to itself before its first file."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # A core file would hold what a customer designed.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in list(os.environ):
        if name.startswith("SPECTRUM_"):  # keys and passwords may be among them
            del os.environ[name]
    # One process is one core; without these each library would start a thread for every core.
    os.environ.update(RAYON_NUM_THREADS="1", VIPS_CONCURRENCY="1", OMP_NUM_THREADS="1", MALLOC_ARENA_MAX="2")
    ending.with_parent()
