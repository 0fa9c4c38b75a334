"""`spectrum partner`: the factories."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.client import MOST_HOURS, check_handle, check_timezone
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.setting import NONE, OrNone, replaced
from spectrum_orders.domain.package.people import NEVER
from spectrum_orders.domain.partner import DEFAULT_PEOPLE, Cut, PartnerSettings
from spectrum_orders.domain.personal import LINE_FIELDS, ORDER_FIELDS
from spectrum_orders.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spectrum_orders.store.partners import Partner
    from spectrum_orders.store.transaction import Transaction

TICKETS = ("xjdf", "csv")
NOBODY = NONE
MOST_DAYS = 365
"""Working days: beyond a year it is no promise."""

PEOPLE = tuple(field for field in (*ORDER_FIELDS, *LINE_FIELDS) if field not in NEVER)


@click.group("partner")
def command() -> None:
    """Create, change, list and show the factories that packages go to."""


def _check_calendar(_context: click.Context, _parameter: click.Parameter, value: Any) -> Any:
    from spectrum_orders.domain import calendars

    if isinstance(value, str) and not calendars.is_known(value := value.upper()):
        raise click.BadParameter(
            "no calendar is known for it. Give a country, perhaps with a subdivision, as ISO 3166 does: "
            "DE, DE-BY, US-CA."
        )
    return value


def _settings(verb: Callable[..., None]) -> Callable[..., None]:
    """The options of `create` and `set` for ``PartnerSettings``, last first."""
    for option in (
        click.option(
            "--collect-hours",
            type=OrNone(click.FloatRange(0, MOST_HOURS, min_open=True)),
            metavar="HOURS",
            help="A package that it has not said to have after so long is an exception; none: never.",
        ),
        click.option(
            "--holidays",
            type=OrNone(click.STRING),
            callback=_check_calendar,
            metavar="COUNTRY",
            help="Whose public holidays it has: a country, perhaps with a subdivision (DE, DE-BY); none: it "
            "works on all days but Saturdays and Sundays.",
        ),
        click.option(
            "--timezone",
            type=OrNone(click.STRING),
            callback=check_timezone,
            metavar="ZONE",
            help="In which time zone its days begin and end; none: in that of each client.",
        ),
        click.option(
            "--sla-days",
            type=OrNone(click.IntRange(0, MOST_DAYS)),
            metavar="DAYS",
            help="In how many working days it ships, 0 being the same day; none: it promises nothing.",
        ),
        click.option(
            "--people",
            multiple=True,
            type=click.Choice([*PEOPLE, NOBODY]),
            help="A personal field that it sees; may be given several times. none: nobody. Unless ever set: "
            f"{', '.join(DEFAULT_PEOPLE)}. The customer address never leaves.",
        ),
        click.option(
            "--ticket",
            "tickets",
            multiple=True,
            type=click.Choice([*TICKETS, NOBODY]),
            help="A form of the job ticket beside JSON; may be given several times. none: JSON alone.",
        ),
        click.option(
            "--cut",
            type=click.Choice([cut.value for cut in Cut]),
            help="One package for each order, or one for each of its lines. Unless ever set: order.",
        ),
    ):
        verb = option(verb)
    return verb


def _given(
    context: click.Context,
    cut: str | None,
    tickets: tuple[str, ...],
    people: tuple[str, ...],
    others: dict[str, Any],
) -> dict[str, Any]:
    """What was said of the settings, by member; ``None`` of what was not."""
    return others | {
        "cut": None if cut is None else Cut(cut),
        "tickets": _several(context, "--ticket", tickets),
        "people": _several(context, "--people", people),
    }


def _several(context: click.Context, option: str, words: tuple[str, ...]) -> tuple[str, ...] | None:
    if NOBODY in words and len(words) > 1:
        raise click.UsageError(f"{option} none stands alone.", context)
    return () if words == (NOBODY,) else tuple(dict.fromkeys(words)) or None


@command.command("create")
@click.argument("handle", callback=check_handle)
@click.option("--name", default="", help="The factory's name as people know it. Default: the handle.")
@_settings
@terminal.json_option
@click.pass_context
def create(
    context: click.Context,
    /,
    handle: str,
    name: str,
    cut: str | None,
    tickets: tuple[str, ...],
    people: tuple[str, ...],
    as_json: bool,
    **others: Any,
) -> None:
    """Register the partner HANDLE, a short name that stays for ever."""
    settings = replaced(PartnerSettings(), **_given(context, cut, tickets, people, others))
    from spectrum_orders.store import partners

    with opened(context) as runtime, runtime.ledger.write() as tx:
        partner = partners.create(tx, handle, name=name, settings=settings)
    if as_json:
        terminal.show_json(_plain(partner))
    else:
        terminal.say(f"Created the partner {partner.handle}.")
        terminal.say(f"Say where its packages go with: spectrum destination add --partner {handle} URL")


@command.command("set")
@click.argument("handle")
@click.option("--name", help="The factory's name as people know it.")
@_settings
@terminal.json_option
@click.pass_context
def set_(
    context: click.Context,
    /,
    handle: str,
    name: str | None,
    cut: str | None,
    tickets: tuple[str, ...],
    people: tuple[str, ...],
    as_json: bool,
    **others: Any,
) -> None:
    """Change what is named of the partner HANDLE; the rest stays as it is.

    It counts for what is led to it from now on: deadlines and packages that there are stay as they are.
    """
    import msgspec

    given = _given(context, cut, tickets, people, others)
    if name is None and all(value is None for value in given.values()):
        raise click.UsageError("Say what to change; see: spectrum partner set --help", context)
    from spectrum_orders.store import partners

    def job(tx: Transaction) -> Partner:
        partner = known_partner(tx.connection, handle)
        partner = msgspec.structs.replace(
            partner,
            name=partner.name if name is None else name or partner.handle,
            settings=replaced(partner.settings, **given),
        )
        partners.change(tx, partner, "cli")
        return partner

    with opened(context) as runtime:
        partner = runtime.ledger.run(job)
    if as_json:
        terminal.show_json(_plain(partner))
    else:
        terminal.say(f"Changed the partner {partner.handle}. It counts for what is led to it from now on.")


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
        ("HANDLE", "NAME", "CUT", "TICKETS", "SEES", "SHIPS IN", "HOLIDAYS", "TIME ZONE", "COLLECTS IN"),
        [
            (
                one["handle"],
                one["name"],
                one["cut"],
                ", ".join(one["tickets"]),
                ", ".join(one["people"]),
                "none" if one["slaDays"] is None else terminal.count(one["slaDays"], "day"),
                one["holidays"] or "none",
                one["timezone"] or "none",
                "none" if one["collectHours"] is None else f"{one['collectHours']:g} h",
            )
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
        (key, ", ".join(value) if isinstance(value, list) else "none" if value is None else str(value))
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
        "slaDays": partner.settings.sla_days,
        "timezone": partner.settings.timezone,
        "holidays": partner.settings.holidays or None,
        "collectHours": partner.settings.collect_hours,
        "createdAt": terminal.instant(partner.created_at),
    }
