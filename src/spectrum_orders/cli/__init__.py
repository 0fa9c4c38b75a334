"""The `spectrum` command.

Exit codes: 0 done, 1 refused or failed, 2 called wrongly. What a verb prints for programs goes to
standard output; everything that is said to a person goes to standard error.
"""

from __future__ import annotations

import difflib
import gc
import importlib
import os
import sys
from pathlib import Path

import click

from spectrum_orders import __version__
from spectrum_orders.errors import SpectrumError

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("serve", "Answer requests until stopped."),
    "demo": ("demo", "Show the whole thing at work, with a database of its own."),
    "client": ("client", "Create, change and show clients, the shops that send orders."),
    "token": ("token", "Create, list and revoke API tokens."),
    "ack": ("ack", "Send orders from a file to a server."),
    "order": ("order", "Show how far an order has come, and do something about it."),
    "exceptions": ("exceptions", "List everything that waits for somebody."),
    "product": ("product", "Put, list and show what is made."),
    "recipeset": ("recipeset", "Put and show what a line of an order names."),
    "asset": ("asset", "Put pictures, fonts, profiles and finished files."),
    "partner": ("partner", "Create, change, list and show the factories."),
    "destination": ("destination", "Add, test and remove where a partner's packages go."),
    "route": ("route", "Decide which partner makes a line, and explain it."),
    "delivery": ("delivery", "List deliveries, and give those that were given up a new start."),
    "worker": ("worker", "Make files and deliver packages, beside servers on PostgreSQL."),
    "webhook": ("webhook", "Register, test and replay webhooks."),
    "event": ("event", "Read the feed of events."),
    "receipt": ("receipt", "Check a receipt offline."),
    "person": ("person", "Find a person's orders, export what is held, or erase it."),
    "keys": ("keys", "Show, rotate and retire the master keys."),
    "journal": ("journal", "Check the journal's hash chains."),
    "migrate": ("migrate", "Bring the database's schema up to date."),
    "config": ("settings", "Show every setting, its value and where it comes from."),
    "doctor": ("doctor", "Check this deployment and say what to do."),
}
"""Verb or noun -> the module of this package that holds it, and its help in the overview.

Each module is imported only when its command is called, so that a start does not pay for all of them.
"""


class Commands(click.Group):
    """The group of all commands, each imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"spectrum_orders.cli.{COMMANDS[cmd_name][0]}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A TOML file with settings. Default: SPECTRUM_CONFIG, else ./spectrum.toml where it exists.",
)
@click.version_option(__version__, prog_name="spectrum", message="%(prog)s %(version)s")
def spectrum(config: Path | None) -> None:
    """An order-acknowledgement server that does not lose orders."""


def main() -> None:
    """Run the command line and exit."""
    # What is imported stays until the end, and the collector would walk it again and again on the way: 30 of
    # the 490 ms that a short verb takes. The thresholds are those of a server (cli/server.py).
    gc.set_threshold(50_000, 20, 50)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code. Every failure is one sentence on standard error."""
    debug = os.environ.get("SPECTRUM_LOG_LEVEL", "").strip().lower() == "debug"
    try:
        result = spectrum.main(arguments, prog_name="spectrum", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output went away (`| head`). Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001  the last door before the person: anything becomes one sentence
        if debug:
            _show_traceback()
        click.echo(f"Error: {explain(error)}", err=True)
        return 1


def explain(error: Exception) -> str:
    """``error`` in words for the person at the terminal."""
    if isinstance(error, SpectrumError):
        if error.code == "config":
            return "the settings cannot be used.\n  " + error.message.replace("\n", "\n  ")
        details = "".join(f"\n  {problem.pointer}: {problem.message}" for problem in error.problems)
        return error.message + details
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if isinstance(error.filename, str) else ""
        return f"{error.strerror}{where}."
    # The message of an error that nobody foresaw may hold anything, so only its kind is shown.
    return (
        f"something unexpected went wrong ({type(error).__name__}). "
        "Set SPECTRUM_LOG_LEVEL=debug and call it again to see where."
    )


def _show_traceback() -> None:
    import traceback

    from spectrum_orders import log

    click.echo(log.mask_text(traceback.format_exc()), err=True)
