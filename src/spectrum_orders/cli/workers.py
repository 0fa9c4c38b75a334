"""Several web processes behind one port, watched and replaced when they die."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from spectrum_orders import log
from spectrum_orders.cli.server import Server, serve_here
from spectrum_orders.config import Settings
from spectrum_orders.errors import Internal, SpectrumError

RESTART_PAUSE = 1.0
"""Seconds between two starts of the same worker: one that dies at once must not keep a core busy."""

TICK = 0.2
"""Seconds between two looks at whether a stop was asked for."""


class Worker:
    """One place in the set: its listening socket, and the process that serves there now."""

    def __init__(self, settings: Settings, listener: socket.socket, number: int) -> None:
        self._settings = settings
        # One of them is enough: claims are shared out, but every worker has rendering processes of its own.
        self._delivers = settings.deliver == "on" and number == 1
        self.listener = listener
        self.number = number
        self.ready = False
        self.failure: str | None = None
        self.started_at = 0.0

    def start(self) -> None:
        """Start a process. It is ready when ``ready`` turns true."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(
            target=_work,
            args=(self._settings, self.listener, theirs, self._delivers),
            name=f"web-{self.number}",
        )
        self.process.start()
        theirs.close()
        self.pipe: Connection = ours
        self.ready = False
        self.failure = None
        self.started_at = time.monotonic()

    def listen_to(self) -> None:
        """Read what the process has to say: that it is ready, or why it is not."""
        try:
            while self.pipe.poll():
                word = self.pipe.recv()
                if word == "ready":
                    self.ready = True
                else:
                    self.failure = str(word)
        except (EOFError, OSError):
            return

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.is_alive()

    def stop(self) -> None:
        """Ask the process to finish what it accepted and go."""
        if self.process.is_alive():
            self.process.terminate()


def serve_with_workers(settings: Settings, sockets: list[socket.socket], announce: Callable[[], None]) -> int:
    """Serve with one process for each socket until SIGTERM or SIGINT; returns the exit code.

    ``announce`` is called when all of them are ready. A worker that dies later is replaced and
    logged. Raises what kept a worker from starting.
    """
    workers = [Worker(settings, listener, number) for number, listener in enumerate(sockets, 1)]
    with _stop_wish() as wished:
        for worker in workers:
            worker.start()
        try:
            _wait_until_ready(workers, wished)
            if not wished():
                announce()
            while not wished():
                wait([worker.process.sentinel for worker in workers if worker.alive], TICK)
                _replace_dead(workers)
        finally:
            _stop(workers, settings.shutdown_timeout)
    return 0


def _wait_until_ready(workers: list[Worker], wished: Callable[[], bool]) -> None:
    while not wished() and not all(worker.ready for worker in workers):
        wait([worker.pipe for worker in workers if not worker.ready], TICK)
        for worker in workers:
            alive = worker.alive
            worker.listen_to()
            if worker.failure is not None:
                raise SpectrumError(worker.failure)
            if not alive and not worker.ready:
                raise Internal(f"Web process {worker.number} died while starting; the log above says why.")


def _replace_dead(workers: list[Worker]) -> None:
    for worker in workers:
        worker.listen_to()
        if worker.alive or time.monotonic() - worker.started_at < RESTART_PAUSE:
            continue
        log.get().error(
            "A web process died and is replaced", worker=worker.number, exit_code=worker.process.exitcode
        )
        worker.pipe.close()
        worker.start()


def _stop(workers: list[Worker], timeout: float) -> None:
    for worker in workers:
        worker.stop()
        # While this copy is open new connections would wait in a queue that nobody reads.
        worker.listener.close()
    # uvicorn takes up to a second beyond its own limit to close what is left.
    deadline = time.monotonic() + timeout + 5
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.alive:
            log.get().error("A web process did not stop in time and is killed", worker=worker.number)
            worker.process.kill()
            worker.process.join()


@contextmanager
def _stop_wish() -> Iterator[Callable[[], bool]]:
    wishes: list[int] = []
    before = {
        number: signal.signal(number, lambda got, _frame: wishes.append(got))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield lambda: bool(wishes)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _work(settings: Settings, listener: socket.socket, parent: Connection, delivers: bool) -> None:
    """The whole life of a worker process."""
    log.configure(level=settings.log_level, format=settings.log_format, environment=settings.environment)

    def watch(server: Server) -> None:
        # The pipe's other end closes when the parent dies, even by kill -9: nobody would ever stop
        # or replace this process, so it goes too.
        def parent_is_gone() -> None:
            asyncio.get_running_loop().remove_reader(parent.fileno())
            server.handle_exit(signal.SIGTERM, None)

        asyncio.get_running_loop().add_reader(parent.fileno(), parent_is_gone)

    try:
        code = serve_here(settings, listener, lambda: parent.send("ready"), watch, delivers=delivers)
    except SpectrumError as error:
        parent.send(error.message)
        code = 1
    raise SystemExit(code)
