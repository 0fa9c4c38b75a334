"""`spectrum worker`: a process that only makes files and delivers."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import click

from spectrum_orders import log
from spectrum_orders.cli.context import for_operators, read_settings
from spectrum_orders.errors import Conflict

LAST_SECONDS = 20.0
"""How long a stop waits for what is under way to be let go of. What is not settled then comes back when
its lease ends."""


@click.command("worker")
@click.pass_context
def command(context: click.Context) -> int:
    """Make files and deliver packages until stopped by Ctrl-C or SIGTERM.

    Any number may run beside the servers of one PostgreSQL. Prints `working` on standard output as soon as
    it takes work. On SQLite `spectrum serve` does this itself.
    """
    settings = read_settings(context)
    if not settings.on_postgresql:
        raise Conflict(
            "An SQLite database has one writing server, and `spectrum serve` makes files and delivers itself "
            "when SPECTRUM_DELIVER is on. Use PostgreSQL (SPECTRUM_DATABASE_URL) for workers of their own."
        )
    log.configure(level=settings.log_level, format=settings.log_format, environment=settings.environment)
    from spectrum_orders.delivery.worker import Worker
    from spectrum_orders.runtime import Runtime, open_runtime

    async def work(runtime: Runtime) -> None:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        running = asyncio.create_task(Worker(runtime).run())
        wish = asyncio.create_task(stop.wait())
        click.echo("working")
        await asyncio.wait([running, wish], return_when=asyncio.FIRST_COMPLETED)
        wish.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            async with asyncio.timeout(LAST_SECONDS):
                await running

    with for_operators(), open_runtime(settings) as runtime:
        asyncio.run(work(runtime))
    return 0
