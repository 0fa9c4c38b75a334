"""Running a worker: in this process until told to stop, or in one of its own beside a server.

Planning and packing are Python. In a thread of the server they would hold the interpreter's lock while
requests wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import resource_tracker

import structlog
from sqlalchemy.engine import Connection

from spectrum_orders import ending, log
from spectrum_orders.config import Settings
from spectrum_orders.delivery import registry
from spectrum_orders.delivery.transports.folder import NAME as FOLDER
from spectrum_orders.delivery.worker import Worker
from spectrum_orders.errors import SpectrumError
from spectrum_orders.runtime import Runtime, open_runtime

_log = structlog.get_logger()

LAST_SECONDS = 10.0
"""How long a stop waits for what is under way to be let go of. What is not settled then comes back when its
lease ends."""

BEYOND_SECONDS = 2.0
"""What a server waits longer than that: the database and the interpreter are to be closed as well."""

PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0
"""Before a worker that died is started again: one that dies at once must not keep a core busy."""

LOOK_SECONDS = 0.5
"""Between two looks at whether there is anything to do. Who sells nothing pays for no second process."""

SOUND_SECONDS = 60.0
"""Whoever lived so long did not die of its start."""

DELIVERING = "delivery"
"""How the names of the threads begin."""

THREADS = 16
"""Deliveries and stores at once; each of them mostly waits."""


def work(
    runtime: Runtime,
    begun: Callable[[], None] = lambda: None,
    ends: Collection[signal.Signals] = (signal.SIGTERM, signal.SIGINT),
    *,
    helping: bool = False,
) -> None:
    """Make files and deliver in this process until one of the signals comes. ``begun`` is called before the
    first look at the queue; ``helping`` is as in ``Worker``. Raises what ended the worker."""
    asyncio.run(_work(runtime, begun, ends, helping))


async def _work(
    runtime: Runtime, begun: Callable[[], None], ends: Collection[signal.Signals], helping: bool
) -> None:
    loop = asyncio.get_running_loop()
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix=DELIVERING)
    loop.set_default_executor(executor)
    stop = asyncio.Event()
    for number in ends:
        loop.add_signal_handler(number, stop.set)
    working = asyncio.create_task(Worker(runtime, helping=helping).run())
    wish = asyncio.create_task(stop.wait())
    begun()
    await asyncio.wait([working, wish], return_when=asyncio.FIRST_COMPLETED)
    wish.cancel()
    deadline = time.monotonic() + LAST_SECONDS
    while not working.done() and time.monotonic() < deadline:
        # Again and again: before Python 3.12 a cancellation may get lost (asyncio.wait_for).
        working.cancel()
        await asyncio.wait([working], timeout=LAST_SECONDS / 4)
    if working.done() and not working.cancelled() and (error := working.exception()) is not None:
        raise error
    # What such a thread does is an effect that may happen twice; its claim comes back with its lease.
    ending.leave_behind(executor, DELIVERING, FOLDER)


@contextlib.asynccontextmanager
async def beside(runtime: Runtime) -> AsyncIterator[None]:
    """Keep a process that makes files and delivers, over the same database, for as long as the block runs;
    from the moment on in which there is anything for it to do. Where it cannot keep up, a second delivers."""
    stop = asyncio.Event()
    keeping = asyncio.gather(_keep(runtime, stop), _help(runtime, stop))
    try:
        yield
    finally:
        stop.set()
        await keeping


async def _keep(runtime: Runtime, stop: asyncio.Event) -> None:
    """Start the process when it is needed, again whenever it dies, and end it when ``stop`` is set."""
    if not await _until(registry.is_needed, runtime, stop):
        return
    pause = PAUSE_SECONDS
    while not stop.is_set():
        began = time.monotonic()
        try:
            code = await _one_life(runtime.settings, stop)
        except Exception as error:  # noqa: BLE001  whatever it is, the next start may succeed
            _log.error("the worker could not be started", cause=str(error), pause=pause)
        else:
            if stop.is_set():
                return
            if time.monotonic() - began > SOUND_SECONDS:
                pause = PAUSE_SECONDS
            _log.error("the worker died and is started again", exit_code=code, pause=pause)
        await _within(pause, stop)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def _help(runtime: Runtime, stop: asyncio.Event) -> None:
    """Start a second process whenever the first cannot keep up, which ends by itself when it can again."""
    if len(os.sched_getaffinity(0)) < 2:
        return
    while await _until(registry.is_behind, runtime, stop):
        try:
            code = await _one_life(runtime.settings, stop, helping=True)
        except Exception as error:  # noqa: BLE001  whatever it is, the first goes on, and the next may help
            _log.error("a second worker could not be started", cause=str(error))
            code = None
        await _within(PAUSE_SECONDS if code == 0 else LONGEST_PAUSE_SECONDS, stop)


async def _until(condition: Callable[[Connection], bool], runtime: Runtime, stop: asyncio.Event) -> bool:
    """Wait until something is so in the store; ``False`` when told to stop before."""
    while not await _is_so(condition, runtime, stop):
        if await _within(LOOK_SECONDS, stop):
            return False
    return True


async def _is_so(condition: Callable[[Connection], bool], runtime: Runtime, stop: asyncio.Event) -> bool:
    """Look once. A database that does not answer keeps no stop waiting."""

    def look() -> bool:
        with runtime.database.read() as connection:
            return condition(connection)

    looking = asyncio.create_task(asyncio.to_thread(look))
    wish = asyncio.create_task(stop.wait())
    await asyncio.wait([looking, wish], return_when=asyncio.FIRST_COMPLETED)
    wish.cancel()
    if not looking.done():
        looking.cancel()
        return False
    # Whatever is wrong with the database, who takes orders says it.
    return looking.exception() is None and looking.result()


async def _one_life(settings: Settings, stop: asyncio.Event, *, helping: bool = False) -> int | None:
    """From the start of a process to its end, which is asked for when ``stop`` is set; its exit code."""
    # By spawn: a fork of a process with threads may inherit a lock that nobody will ever release.
    process = multiprocessing.get_context("spawn").Process(
        target=_live, args=(settings, helping), name="worker"
    )
    # Ctrl-C in a terminal goes to every process there is, also to one that has not come to ignore it yet.
    # The tracker first: its own start lets the signal through again.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(process.sentinel, ended.set)
    try:
        waiting = [asyncio.create_task(stop.wait()), asyncio.create_task(ended.wait())]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()
        if not ended.is_set():
            process.terminate()
            if not await _within(LAST_SECONDS + BEYOND_SECONDS, ended):
                _log.error("the worker did not end in time and is killed")
                process.kill()
                await _within(BEYOND_SECONDS, ended)
    except asyncio.CancelledError:
        # A second Ctrl-C. Python joins its children at its end, and this one would wait for its parent.
        process.kill()
        raise
    finally:
        loop.remove_reader(process.sentinel)
    if ended.is_set():
        process.join()
    return process.exitcode


async def _within(seconds: float, event: asyncio.Event) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _live(settings: Settings, helping: bool) -> None:
    """The whole life of the process."""
    # The server says when this one is to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    ending.with_parent()
    log.configure(level=settings.log_level, format=settings.log_format, environment=settings.environment)
    try:
        with open_runtime(settings) as runtime:
            work(runtime, ends=[signal.SIGTERM], helping=helping)
    except SpectrumError as error:
        _log.error("the worker cannot start", code=error.code, message=error.message)
        raise SystemExit(1) from None
