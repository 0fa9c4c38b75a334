"""`spectrum worker`: a process that only makes files and delivers."""

from __future__ import annotations

import click

from spectrum_orders import log
from spectrum_orders.cli.context import for_operators, read_settings
from spectrum_orders.errors import Conflict


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
            "An SQLite database has one server, and `spectrum serve` makes files and delivers itself "
            "when SPECTRUM_DELIVER is on. Use PostgreSQL (SPECTRUM_DATABASE_URL) for workers of their own."
        )
    log.configure(level=settings.log_level, format=settings.log_format, environment=settings.environment)
    from spectrum_orders.delivery.running import work
    from spectrum_orders.runtime import open_runtime

    with for_operators(), open_runtime(settings) as runtime:
        work(runtime, lambda: click.echo("working"))
    return 0
