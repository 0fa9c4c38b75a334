"""`spectrum destination list`: where packages go, and how each place is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.partner import known_partner
from spectrum_orders.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from spectrum_orders.store.partners import DestinationRow

HEALTHY, FAILING, PAUSED, ELSEWHERE = "well", "failing", "paused", "not used here"


@click.command("list")
@click.option("--partner", "handle", metavar="HANDLE", help="Only this partner's.")
@terminal.json_option
@click.pass_context
def list_(context: click.Context, handle: str | None, as_json: bool) -> None:
    """List destinations: how each is, and how many deliveries it is still owed.

    One that failed is `paused` for a while, in which nobody tries it: 5 seconds at first, 5 minutes at most.
    """
    from spectrum_orders.store import deliveries, partners
    from spectrum_orders.store.transaction import now_us

    with opened(context) as runtime, runtime.database.read() as connection:
        only = None if handle is None else known_partner(connection, handle).id
        handles = {one.id: one.handle for one in partners.everybody(connection)}
        rows = partners.list_destinations(connection, only)
        owed = deliveries.count_owed(connection)
        here = runtime.settings.environment
    now = now_us()
    listed = [plain(row, handles[row.partner_id], owed.get(row.id, 0), here, now) for row in rows]
    if as_json:
        terminal.show_json(listed)
        return
    terminal.show_table(
        ("ID", "PARTNER", "URL", "ENVIRONMENT", "STATE", "OWED"),
        [
            (one["id"], one["partner"], one["url"], one["environment"], _state(one), f"{one['owed']:,}")
            for one in listed
        ],
    )
    if not listed:
        terminal.say("There is none. Add one with: spectrum destination add --partner HANDLE URL")


def known_destination(connection: Connection, number: int) -> DestinationRow:
    """The destination with this id. Raises NotFound with what to do."""
    from spectrum_orders.store import partners

    for one in partners.list_destinations(connection):
        if one.id == number:
            return one
    raise NotFound(f"There is no destination {number}. List them with: spectrum destination list")


def plain(row: DestinationRow, partner: str, owed: int, here: str, now: int) -> dict[str, Any]:
    """A destination as JSON shows it. Its secret is never part of it."""
    paused = row.paused_until > now
    if row.environment != here:
        state = ELSEWHERE
    elif row.failures:
        state = PAUSED if paused else FAILING
    else:
        state = HEALTHY
    return {
        "id": str(row.id),
        "partner": partner,
        "url": row.url,
        "environment": row.environment,
        "state": state,
        "failures": row.failures,
        "pausedUntil": terminal.instant(row.paused_until) if paused else None,
        "lastError": row.last_error or None,
        "owed": owed,
        "hasSecret": row.secret is not None,
        "createdAt": terminal.instant(row.created_at),
    }


def _state(one: dict[str, Any]) -> str:
    if not one["failures"]:
        return str(one["state"])
    until = f" until {one['pausedUntil'][11:]}" if one["pausedUntil"] else ""
    return f"{one['state']}{until}: {one['lastError']}"
