"""`spectrum delivery`: what is on its way, and a new start for what was given up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders import ids
from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.moment import MOMENT, age
from spectrum_orders.errors import Conflict, NotFound

if TYPE_CHECKING:
    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.deliveries import Listed

STATES = ("pending", "sent", "buried")
BURIED = "buried"

BATCH = 200
"""Deliveries replayed by one transaction: a few milliseconds in which no order can be written."""


class Package(click.ParamType[int]):
    """A package by its id (``pkg_…``)."""

    name = "package"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Raises BadParameter."""
        number = ids.parse_readable("pkg", str(value))
        if number is None:
            self.fail("a package is named by its id, pkg_ and 13 characters.", param, ctx)
        return number


@click.group("delivery")
def command() -> None:
    """List deliveries, and give those that were given up a new start."""


@command.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only deliveries in this state.")
@click.option("--destination", type=int, metavar="ID", help="Only deliveries to this destination.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, 100_000),
    default=500,
    show_default=True,
    help="At most so many.",
)
@terminal.json_option
@click.pass_context
def list_(
    context: click.Context, state: str | None, destination: int | None, limit: int, as_json: bool
) -> None:
    """List deliveries, the oldest package of each client first.

    AGE is how long ago one was sent or given up; of one that is pending, how long it has been owed.
    """
    from spectrum_orders.store import deliveries
    from spectrum_orders.store.transaction import now_us

    with opened(context) as runtime, runtime.database.read() as connection:
        rows = deliveries.find_listed(connection, state=state, destination=destination, most=limit + 1)
    listed = [_plain(row) for row in rows[:limit]]
    if as_json:
        terminal.show_json(listed)
    else:
        now = now_us()
        terminal.show_table(
            ("PACKAGE", "ORDER", "DESTINATION", "STATE", "TRIES", "AGE"),
            [
                (
                    one["package"],
                    f"{one['client']} {one['purchaseOrderNumber']}",
                    one["destination"],
                    one["state"] + (f": {one['outcome']['code']}" if "code" in one["outcome"] else ""),
                    str(one["attempts"]),
                    age(row.settled_at or row.created_at, now),
                )
                for one, row in zip(listed, rows, strict=False)
            ],
        )
    if len(rows) > limit:
        terminal.say(f"There are more than {limit:,}; see them with a higher --limit.")


@command.command("replay")
@click.option("--package", type=Package(), metavar="PKG", help="The deliveries of one package.")
@click.option("--destination", type=int, metavar="ID", help="Those to one destination.")
@click.option("--since", type=MOMENT, help="Those given up since then.")
@click.option("--until", type=MOMENT, help="And before then.")
@click.option("--to", type=int, metavar="ID", help="Send them to another destination of the same partner.")
@click.option("--dry-run", is_flag=True, help="Say which they are, and change nothing.")
@terminal.json_option
@click.pass_context
def replay(
    context: click.Context,
    package: int | None,
    destination: int | None,
    since: int | None,
    until: int | None,
    to: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Have deliveries that were given up sent again, from now, with a whole timetable before them.

    Say which: --package, --destination, or --since and --until; together they narrow each other. A
    destination that has the package already under the same name is found to have it.
    """
    if package is None and destination is None and (since is None or until is None):
        raise click.UsageError("Say which: --package, --destination, or --since and --until.", context)
    from spectrum_orders.store import deliveries

    replayed: list[Listed] = []
    nowhere = 0
    with opened(context) as runtime:
        owners = _owners(runtime)
        if to is not None:
            _check_way(runtime, to)
        if destination is not None and destination not in owners and not dry_run:
            # What was put in its lane at the moment of its removal is nobody's, unless it is given up first.
            runtime.ledger.run(partial(deliveries.bury_lane, destination=destination))
        after = (0, 0, 0)
        while True:
            with runtime.database.read() as connection:
                page = deliveries.find_listed(
                    connection,
                    state=BURIED,
                    package=package,
                    destination=destination,
                    since=since,
                    until=until,
                    after=after,
                    most=BATCH,
                )
            if not page:
                break
            after = (page[-1].client_id, page[-1].package_id, page[-1].destination_id)
            if to is None:
                kept = [one for one in page if one.destination_id in owners]
                nowhere += len(page) - len(kept)
                page = kept
            elif any(one.partner_id != owners[to] for one in page):
                # What was routed to one partner, people included, is no other partner's business.
                raise Conflict("--to names a destination of another partner than the package's own.")
            if not dry_run:
                runtime.ledger.run(partial(deliveries.replay, given_up=page, to=to))
            replayed += page
    if nowhere:
        terminal.say(
            f"{nowhere:,} went to a destination that was removed and stay as they are: "
            "name another with --to."
        )
    if as_json:
        terminal.show_json([_plain(one) for one in replayed])
        return
    if not replayed:
        if not nowhere:
            terminal.say(
                "Nothing that was given up matches. See it with: spectrum delivery list --state buried"
            )
        return
    terminal.show_table(
        ("PACKAGE", "CLIENT", "ORDER", "DESTINATION"),
        [
            (
                ids.readable("pkg", one.package_id),
                one.client,
                one.purchase_order_number,
                str(one.destination_id),
            )
            for one in replayed
        ],
    )
    what = "delivery" if len(replayed) == 1 else "deliveries"
    if dry_run:
        terminal.say(f"{len(replayed):,} {what} would be sent again. Nothing was changed.")
    else:
        terminal.say(f"{len(replayed):,} {what} will be sent again now.")


def _check_way(runtime: Runtime, to: int) -> None:
    from spectrum_orders.store import partners

    with runtime.database.read() as connection:
        found = [one for one in partners.list_destinations(connection) if one.id == to]
    if not found:
        raise NotFound("No such destination for --to. List them with: spectrum destination list")
    if found[0].environment != runtime.settings.environment:
        raise Conflict(
            f"The destination of --to is marked for the environment {found[0].environment!r}, not for "
            f"{runtime.settings.environment!r}."
        )


def _owners(runtime: Runtime) -> dict[int, int]:
    """The partner of each destination that is in use."""
    from spectrum_orders.store import partners

    with runtime.database.read() as connection:
        return {one.id: one.partner_id for one in partners.list_destinations(connection)}


def _plain(row: Listed) -> dict[str, Any]:
    import msgspec

    return {
        "package": ids.readable("pkg", row.package_id),
        "client": row.client,
        "purchaseOrderNumber": row.purchase_order_number,
        "destination": str(row.destination_id),
        "state": row.state,
        "name": row.name,
        "attempts": row.attempts,
        "createdAt": terminal.instant(row.created_at),
        "settledAt": terminal.instant(row.settled_at),
        "outcome": msgspec.json.decode(row.proof) if row.proof else {},
    }
