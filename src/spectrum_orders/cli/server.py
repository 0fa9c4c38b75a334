"""One web process: uvicorn around the application, with our signals and our way to say ready."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Any

import structlog
import uvicorn

from spectrum_orders import ending
from spectrum_orders.config import Settings
from spectrum_orders.errors import Internal

_log = structlog.get_logger()

THREADS = "beside"
"""How the names of the threads begin that do what would block the event loop."""

GC_THRESHOLDS = (50_000, 20, 50)
"""Every waiting request is a task, a future and a handful of containers that all die young and by
reference count. With the default of 700 the collector walks them again and again: 89 to 102 µs of
CPU an order, against 71 to 73 with the collector off. What it is there for, cycles behind
exceptions, can wait for 50 000."""

BACKLOG = 2048
"""Connections that may wait to be accepted; Linux cuts it to net.core.somaxconn (4 096 since 5.4)."""


class Server(uvicorn.Server):
    """A server that says when it is ready, and for which a signal is a wish to stop, not a failure."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What was made by now lives as long as the process: collecting it again and again would
        # only cost time, and full collections in the middle of requests are what a p99 is made of.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Make SIGTERM and SIGINT ask for a stop.

        uvicorn would raise them again afterwards, so that the process dies of the signal; a stop
        that was asked for exits with 0.
        """
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop gracefully; a second Ctrl-C stops at once."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


class Startup:
    """The application, with the reason kept when it cannot start.

    uvicorn logs the traceback of a failed start and exits with 3; ours is one sentence.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self.failure: Exception | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_quietly(message: Any) -> None:
            await send({"type": message["type"]} if message["type"].endswith(".failed") else message)

        try:
            await self._app(scope, receive, send_quietly)
        except Exception as error:
            self.failure = error
            raise


def serve_here(
    settings: Settings,
    listener: socket.socket,
    ready: Callable[[], None],
    watch: Callable[[Server], None] = lambda _: None,
    *,
    delivers: bool,
) -> int:
    """Serve in this process until a signal, and deliver if it ``delivers``; returns the exit code.

    ``ready`` is called once, when the next request would be answered; ``watch`` is called with the
    server inside its event loop. Raises what kept the application from starting.
    """
    from spectrum_orders.web.app import Beside, create_app
    from spectrum_orders.web.protocol import Protocol, sweep_connections

    class Patient(Protocol):
        header_timeout = settings.header_timeout
        body_timeout = settings.body_timeout
        environment = settings.environment

    others: list[Beside] = []
    if delivers:
        from spectrum_orders.delivery.running import beside

        others.append(beside)
    app = Startup(create_app(settings, others))
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=Patient,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=math.ceil(settings.keep_alive),
        timeout_graceful_shutdown=math.ceil(settings.shutdown_timeout),
    )
    server = Server(config, ready)
    for judged in (_not_about_startup, _briefly_if_cut_off):
        logging.getLogger("uvicorn.error").addFilter(judged)

    executor = ThreadPoolExecutor(thread_name_prefix=THREADS)

    async def run() -> None:
        watch(server)
        asyncio.get_running_loop().set_default_executor(executor)
        sweep = asyncio.create_task(sweep_connections(server.server_state.connections))
        try:
            await server.serve([listener])
        finally:
            sweep.cancel()
        # Nothing is lost: such a thread only reads, and what was answered is on disk.
        ending.leave_behind(executor, THREADS)

    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(run())
    except SystemExit as error:
        if app.failure is not None:
            raise app.failure from error
        raise Internal("The application could not start; the log above says why.") from error
    return 0


def _not_about_startup(record: logging.LogRecord) -> bool:
    # The reason follows as one sentence from the command itself.
    return "startup failed" not in record.getMessage() and "'lifespan' protocol" not in record.getMessage()


def _briefly_if_cut_off(record: logging.LogRecord) -> bool:
    # A stop that waits no longer cancels what is under way. That is no fault: where it was tells nothing.
    if record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError):
        record.msg, record.args, record.exc_info = "a request was cut off by the stop", (), None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True
