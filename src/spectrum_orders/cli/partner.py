"""`spectrum partner`: the factories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.client import check_handle
from spectrum_orders.cli.context import opened
from spectrum_orders.domain.package.people import NEVER
from spectrum_orders.domain.partner import DEFAULT_PEOPLE, Cut, PartnerSettings
from spectrum_orders.domain.personal import LINE_FIELDS, ORDER_FIELDS
from spectrum_orders.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spectrum_orders.store.partners import Partner

TICKETS = ("xjdf", "csv")
NOBODY = "none"
PEOPLE = tuple(field for field in (*ORDER_FIELDS, *LINE_FIELDS) if field not in NEVER)


@click.group("partner")
def command() -> None:
    """Create, list and show the factories that packages go to."""


@command.command("create")
@click.argument("handle", callback=check_handle)
@click.option("--name", default="", help="The factory's name as people know it. Default: the handle.")
@click.option(
    "--cut",
    type=click.Choice([cut.value for cut in Cut]),
    default=Cut.ORDER.value,
    show_default=True,
    help="One package for each order, or one for each of its lines.",
)
@click.option(
    "--ticket",
    "tickets",
    multiple=True,
    type=click.Choice(TICKETS),
    help="A form of the job ticket beside JSON; may be given several times.",
)
@click.option(
    "--people",
    multiple=True,
    type=click.Choice([*PEOPLE, NOBODY]),
    help="A personal field that it sees; may be given several times. "
    f"Default: {', '.join(DEFAULT_PEOPLE)}. The customer address never leaves.",
)
@terminal.json_option
@click.pass_context
def create(
    context: click.Context,
    handle: str,
    name: str,
    cut: str,
    tickets: tuple[str, ...],
    people: tuple[str, ...],
    as_json: bool,
) -> None:
    """Register the partner HANDLE, a short name that stays for ever."""
    if NOBODY in people and len(people) > 1:
        raise click.UsageError("--people none stands alone.", context)
    from spectrum_orders.store import partners

    seen = () if people == (NOBODY,) else tuple(dict.fromkeys(people)) or DEFAULT_PEOPLE
    settings = PartnerSettings(cut=Cut(cut), tickets=tuple(dict.fromkeys(tickets)), people=seen)
    with opened(context) as runtime, runtime.ledger.write() as tx:
        partner = partners.create(tx, handle, name=name, settings=settings)
    if as_json:
        terminal.show_json(_plain(partner))
    else:
        terminal.say(f"Created the partner {partner.handle}.")
        terminal.say(f"Say where its packages go with: spectrum destination add --partner {handle} URL")


@command.command("list")
@terminal.json_option
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """List every partner."""
    from spectrum_orders.store import partners

    with opened(context) as runtime, runtime.database.read() as connection:
        everybody = [_plain(partner) for partner in partners.everybody(connection)]
    if as_json:
        terminal.show_json(everybody)
        return
    terminal.show_table(
        ("HANDLE", "NAME", "CUT", "TICKETS", "SEES"),
        [
            (one["handle"], one["name"], one["cut"], ", ".join(one["tickets"]), ", ".join(one["people"]))
            for one in everybody
        ],
    )


@command.command("show")
@click.argument("handle")
@terminal.json_option
@click.pass_context
def show(context: click.Context, handle: str, as_json: bool) -> None:
    """Show the partner HANDLE with its destinations."""
    from spectrum_orders.store import partners

    with opened(context) as runtime, runtime.database.read() as connection:
        partner = known_partner(connection, handle)
        ways = partners.list_destinations(connection, partner.id)
    plain = _plain(partner) | {
        "destinations": [{"id": str(one.id), "url": one.url, "environment": one.environment} for one in ways]
    }
    if as_json:
        terminal.show_json(plain)
        return
    rows = [
        (key, ", ".join(value) if isinstance(value, list) else str(value))
        for key, value in plain.items()
        if key != "destinations"
    ]
    rows += [("destination", f"{one.id}  {one.url}  ({one.environment})") for one in ways]
    terminal.show_table(("MEMBER", "VALUE"), rows)


def known_partner(connection: Connection, handle: str) -> Partner:
    """The partner with this handle. Raises NotFound with what to do."""
    from spectrum_orders.store import partners

    partner = partners.find(connection, handle)
    if partner is None:
        raise NotFound(
            f"There is no partner with the handle {handle!r}. List them with: spectrum partner list"
        )
    return partner


def _plain(partner: Partner) -> dict[str, Any]:
    return {
        "handle": partner.handle,
        "name": partner.name,
        "cut": partner.settings.cut.value,
        "tickets": list(partner.settings.tickets),
        "people": list(partner.settings.people),
        "createdAt": terminal.instant(partner.created_at),
    }
