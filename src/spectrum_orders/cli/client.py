"""`spectrum client`: the shops that send orders."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.setting import OrNone, replaced
from spectrum_orders.domain.client import CANCEL_HOURS, ClientSettings
from spectrum_orders.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spectrum_orders.store.parties import Client
    from spectrum_orders.store.transaction import Transaction

MOST_HOURS, MOST_DAYS = 10 * 8_760, 100 * 365
"""Ten years, and a hundred: only ends what is surely a slip."""


@click.group("client")
def command() -> None:
    """Create, change, list and show clients, the shops that send orders."""


def check_handle(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A handle as it may be, for a client or a partner. Raises BadParameter."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value, re.ASCII):
        raise click.BadParameter(
            "1 to 64 letters, digits, dashes, dots and underscores, a letter or digit first."
        )
    return value


def check_timezone(_context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
    """The name of a time zone; what is no text is left alone. Raises BadParameter."""
    if not isinstance(value, str):
        return value
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter("not the name of a time zone, such as UTC or America/New_York.") from None
    return value


def _settings(verb: Callable[..., None]) -> Callable[..., None]:
    """The options of `create` and `set` for ``ClientSettings``."""
    for option in (
        click.option(
            "--silent-hours",
            type=OrNone(click.FloatRange(0, MOST_HOURS, min_open=True)),
            metavar="HOURS",
            help="Without any order for so long it is listed as an exception; none: never.",
        ),
        click.option(
            "--retention-days",
            type=OrNone(click.IntRange(1, MOST_DAYS)),
            metavar="DAYS",
            help="After so many days the people of its orders are erased; none: never.",
        ),
        click.option(
            "--cancel-hours",
            type=OrNone(click.FloatRange(0, MOST_HOURS)),
            metavar="HOURS",
            help="How long after its acknowledgement the shop may hold, cancel or re-route an order; "
            f"none: {CANCEL_HOURS:g}.",
        ),
    ):
        verb = option(verb)
    return verb


@command.command("create")
@click.argument("handle", callback=check_handle)
@click.option("--name", default="", help="The shop's name as people know it. Default: the handle.")
@click.option(
    "--timezone",
    default="UTC",
    show_default=True,
    callback=check_timezone,
    metavar="ZONE",
    help="In which time zone dates without an offset are read.",
)
@click.option(
    "--unknown-recipe-set",
    type=click.Choice(["accept", "reject"]),
    default="accept",
    show_default=True,
    help="What happens to an order whose recipe set is not known here.",
)
@_settings
@terminal.json_option
@click.pass_context
def create(
    context: click.Context,
    /,
    handle: str,
    name: str,
    timezone: str,
    unknown_recipe_set: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Register the client HANDLE, a short name that stays for ever."""
    from spectrum_orders.store import parties

    with opened(context) as runtime, runtime.ledger.write() as tx:
        client = parties.create_client(
            tx,
            handle,
            name=name,
            timezone=timezone,
            unknown_recipe_set=unknown_recipe_set,
            settings=replaced(ClientSettings(), **given),
        )
    if as_json:
        terminal.show_json(_plain(client))
    else:
        terminal.say(f"Created the client {client.handle}.")
        terminal.say(f"Make a token for it with: spectrum token create --client {client.handle}")


@command.command("set")
@click.argument("handle")
@click.option("--name", help="The shop's name as people know it.")
@click.option(
    "--timezone",
    callback=check_timezone,
    metavar="ZONE",
    help="In which time zone dates without an offset are read.",
)
@click.option(
    "--unknown-recipe-set",
    type=click.Choice(["accept", "reject"]),
    help="What happens to an order whose recipe set is not known here.",
)
@_settings
@terminal.json_option
@click.pass_context
def set_(
    context: click.Context,
    /,
    handle: str,
    name: str | None,
    timezone: str | None,
    unknown_recipe_set: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Change what is named of the client HANDLE; the rest stays as it is.

    Running servers follow within a second.
    """
    import msgspec

    from spectrum_orders.store import parties

    own = {"name": name, "timezone": timezone, "unknown_recipe_set": unknown_recipe_set}
    changes = {key: value for key, value in own.items() if value is not None}
    if not changes and all(value is None for value in given.values()):
        raise click.UsageError("Say what to change; see: spectrum client set --help", context)

    def job(tx: Transaction) -> Client:
        client = known_client(tx.connection, handle)
        client = msgspec.structs.replace(client, **changes, settings=replaced(client.settings, **given))
        parties.change(tx, client, "cli")
        return client

    with opened(context) as runtime:
        client = runtime.ledger.run(job)
    if as_json:
        terminal.show_json(_plain(client))
    else:
        terminal.say(f"Changed the client {client.handle}. Orders are treated so from now on.")


@command.command("list")
@terminal.json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List every client."""
    from spectrum_orders.store import parties

    with opened(context) as runtime, runtime.database.read() as connection:
        clients = parties.list_clients(connection)
    if as_json:
        terminal.show_json([_plain(client) for client in clients])
        return
    terminal.show_table(
        ("HANDLE", "NAME", "TIME ZONE", "UNKNOWN RECIPE SET", "CANCEL", "RETENTION", "SILENT", "CREATED"),
        [
            (
                c.handle,
                c.name,
                c.timezone,
                c.unknown_recipe_set,
                _span(c.settings.cancel_hours, "h"),
                _span(c.settings.retention_days, "d"),
                _span(c.settings.silent_hours, "h"),
                terminal.instant(c.created_at) or "",
            )
            for c in clients
        ],
    )


@command.command("show")
@click.argument("handle")
@terminal.json_option
@click.pass_context
def show(context: click.Context, handle: str, as_json: bool) -> None:
    """Show the client HANDLE."""
    with opened(context) as runtime, runtime.database.read() as connection:
        client = known_client(connection, handle)
    plain = _plain(client)
    if as_json:
        terminal.show_json(plain)
    else:
        terminal.show_table(
            ("MEMBER", "VALUE"),
            [(key, "none" if value is None else str(value)) for key, value in plain.items()],
        )


def known_client(connection: Connection, handle: str) -> Client:
    """The client with this handle. Raises NotFound with what to do."""
    from spectrum_orders.store import parties

    client = parties.find_client(connection, handle)
    if client is None:
        raise NotFound(f"There is no client with the handle {handle!r}. List them with: spectrum client list")
    return client


def _span(number: float | None, unit: str) -> str:
    return "none" if number is None else f"{number:g} {unit}"


def _plain(client: Client) -> dict[str, Any]:
    return {
        "handle": client.handle,
        "name": client.name,
        "timezone": client.timezone,
        "unknownRecipeSet": client.unknown_recipe_set,
        "cancelHours": client.settings.cancel_hours,
        "retentionDays": client.settings.retention_days,
        "silentHours": client.settings.silent_hours,
        "createdAt": terminal.instant(client.created_at),
    }
