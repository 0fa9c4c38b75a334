"""`spectrum demo`: the whole thing at work, before your eyes, with a database of its own."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click

from spectrum_orders.cli.demo.child import Child, DemoFailed
from spectrum_orders.cli.demo.factory import sftp_server
from spectrum_orders.cli.demo.folder import FOLDER, LOG, STUDIO, Folder, fresh, passing
from spectrum_orders.cli.demo.listener import listening
from spectrum_orders.cli.demo.shop import open_shop
from spectrum_orders.cli.demo.stage import Stage
from spectrum_orders.cli.demo.story import invite, tell
from spectrum_orders.cli.listening import PortTaken, listen

HOST = "127.0.0.1"


@click.command("demo")
@click.option("--once", is_flag=True, help="On a free port; stop at the end, leave nothing, exit with 0.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="The port to listen on; 0 takes a free one. Default: 8000, with --once a free one.",
)
def command(once: bool, port: int | None) -> int:
    """Start a server with a fresh database under var/demo, send it orders, and show what happens.

    Stays up afterwards until Ctrl-C, to be tried by hand. Takes no settings from the environment and
    touches no other database. Exits with 1 when any step did not do what it says.
    """
    stage = Stage()
    wanted = port if port is not None else 0 if once else 8000
    # Before the former demo's database is deleted: a taken port must cost nothing.
    try:
        listen(HOST, wanted, 1)[0].close()
    except PortTaken as error:
        raise PortTaken(f'{error.message} With make: make demo ARGS="--port 9000"') from error
    with one_wish_to_stop():
        try:
            with passing(Path(FOLDER)) if once else fresh(Path(FOLDER)) as folder:
                _run(stage, folder, wanted, stays=not once)
        except KeyboardInterrupt:
            stage.say("Stopped.")
            return 1 if once else 0  # whoever wanted to see all of it has not
    return 0


def _run(stage: Stage, folder: Folder, port: int, *, stays: bool) -> None:
    with (
        sftp_server(folder / STUDIO) as sftp,
        listening() as listener,
        Child(folder, HOST, port) as child,
    ):
        with open_shop(stage, folder, child, sftp, listener) as shop:
            try:
                tell(stage, shop)
            except DemoFailed as error:
                raise DemoFailed(f"{error.message}. The server's log: {folder / LOG}") from error
            if not stays:
                return
            invite(stage, shop)
        try:
            while True:
                time.sleep(0.5)
                child.check()
        except KeyboardInterrupt:
            stage.say("\nStopping the server …")
    stage.say(f"Stopped. What the demo stored is still in {folder.path}; the next demo begins anew.")


@contextmanager
def one_wish_to_stop() -> Iterator[None]:
    """Make the first SIGINT, SIGTERM or SIGHUP a KeyboardInterrupt, and ignore the next ones.

    An impatient second Ctrl-C would otherwise cut short the very work that stops the server.
    """
    wished = False

    def hear(_number: int, _frame: FrameType | None) -> None:
        nonlocal wished
        if not wished:
            wished = True
            raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, hear) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
