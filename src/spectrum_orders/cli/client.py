"""`spectrum client`: the shops that send orders."""

from __future__ import annotations

import re
import zoneinfo
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spectrum_orders.store.parties import Client


@click.group("client")
def command() -> None:
    """Create, list and show clients, the shops that send orders."""


def check_handle(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A handle as it may be, for a client or a partner. Raises BadParameter."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value, re.ASCII):
        raise click.BadParameter(
            "1 to 64 letters, digits, dashes, dots and underscores, a letter or digit first."
        )
    return value


def _check_timezone(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter("not the name of a time zone, such as UTC or America/New_York.") from None
    return value


@command.command("create")
@click.argument("handle", callback=check_handle)
@click.option("--name", default="", help="The shop's name as people know it. Default: the handle.")
@click.option(
    "--timezone",
    default="UTC",
    show_default=True,
    callback=_check_timezone,
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
@terminal.json_option
@click.pass_context
def create(
    context: click.Context, handle: str, name: str, timezone: str, unknown_recipe_set: str, as_json: bool
) -> None:
    """Register the client HANDLE, a short name that stays for ever."""
    from spectrum_orders.store import parties

    with opened(context) as runtime, runtime.ledger.write() as tx:
        client = parties.create_client(
            tx, handle, name=name, timezone=timezone, unknown_recipe_set=unknown_recipe_set
        )
    if as_json:
        terminal.show_json(_plain(client))
    else:
        terminal.say(f"Created the client {client.handle}.")
        terminal.say(f"Make a token for it with: spectrum token create --client {client.handle}")


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
        ("HANDLE", "NAME", "TIME ZONE", "UNKNOWN RECIPE SET", "CREATED"),
        [
            (c.handle, c.name, c.timezone, c.unknown_recipe_set, terminal.instant(c.created_at) or "")
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
        terminal.show_table(("MEMBER", "VALUE"), [(key, str(value)) for key, value in plain.items()])


def known_client(connection: Connection, handle: str) -> Client:
    """The client with this handle. Raises NotFound with what to do."""
    from spectrum_orders.store import parties

    client = parties.find_client(connection, handle)
    if client is None:
        raise NotFound(f"There is no client with the handle {handle!r}. List them with: spectrum client list")
    return client


def _plain(client: Client) -> dict[str, Any]:
    return {
        "handle": client.handle,
        "name": client.name,
        "timezone": client.timezone,
        "unknownRecipeSet": client.unknown_recipe_set,
        "createdAt": terminal.instant(client.created_at),
    }
