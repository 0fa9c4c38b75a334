"""`spectrum serve`: answer requests until told to stop."""

from __future__ import annotations

import socket

import click

from spectrum_orders import log
from spectrum_orders.cli.context import read_settings
from spectrum_orders.cli.exclusive import only_server
from spectrum_orders.cli.listening import listen
from spectrum_orders.cli.server import serve_here
from spectrum_orders.cli.workers import serve_with_workers
from spectrum_orders.config import Settings


@click.command("serve")
@click.option("--host", metavar="ADDRESS", help="The address to listen on (SPECTRUM_HOST).")
@click.option("--port", metavar="PORT", help="The port to listen on; 0 takes a free one (SPECTRUM_PORT).")
@click.option(
    "--workers", metavar="N", help="How many web processes; above 1 needs PostgreSQL (SPECTRUM_WORKERS)."
)
@click.pass_context
def command(context: click.Context, host: str | None, port: str | None, workers: str | None) -> int:
    """Answer requests until stopped by Ctrl-C or SIGTERM.

    Prints `listening on http://ADDRESS:PORT` on standard output as soon as the first request would
    be answered. A stop answers everything that was accepted, then exits with 0.
    """
    settings = read_settings(context, host=host, port=port, workers=workers)
    return serve(settings)


def serve(settings: Settings) -> int:
    """Serve with ``settings`` until SIGTERM or SIGINT; returns the exit code.

    Raises SpectrumError when the port or the data directory is taken, or the application cannot start.
    """
    log.configure(level=settings.log_level, format=settings.log_format, environment=settings.environment)
    sockets = listen(settings.host, settings.port, settings.workers)

    def announce() -> None:
        click.echo(f"listening on {address(sockets[0])}")

    with only_server(settings):
        if settings.workers == 1:
            return serve_here(settings, sockets[0], announce, delivers=settings.deliver == "on")
        return serve_with_workers(settings, sockets, announce)


def address(listener: socket.socket) -> str:
    """The base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"
