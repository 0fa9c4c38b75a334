"""`spectrum event`: the feed of a client or a partner."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.webhook import owning
from spectrum_orders.domain.events import KINDS


@click.group("event")
def command() -> None:
    """Read the feed of events."""


@command.command("list")
@owning.owner_options
@click.option(
    "--after", type=click.IntRange(0), default=0, metavar="N", help="Only those with a higher number."
)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    metavar="N",
    help="List so many.",
)
@click.option(
    "--type",
    "types",
    multiple=True,
    type=click.Choice(KINDS),
    metavar="TYPE",
    help="Only this type; may be given several times.",
)
@terminal.json_option
@click.pass_context
def list_(
    context: click.Context,
    client: str | None,
    partner: str | None,
    after: int,
    limit: int,
    types: tuple[str, ...],
    as_json: bool,
) -> None:
    """List the events of a client or a partner, by number.

    Who asks for events for the first time has them told from then on.
    """
    owning.named(context, client, partner)
    from spectrum_orders.domain import notice as notices
    from spectrum_orders.store import events, feed

    with opened(context) as runtime:
        with runtime.database.read() as connection:
            whose = owning.owner(connection, client, partner)
            wanted = events.wanted(connection)
            page = feed.read(connection, whose.id, after, limit, kinds=types)
        if not wanted:
            with runtime.ledger.write() as tx:
                events.want(tx)
    found = [notices.plain(notice, sequence=number) for number, notice in page.entries]
    plain: list[dict[str, Any]] = msgspec.to_builtins(found)
    if as_json:
        terminal.show_json({"events": plain, "next": page.next, "more": page.more})
        return
    terminal.show_table(
        ("NUMBER", "WHEN", "TYPE", "CLIENT", "ORDER", "LINES"),
        [
            (
                str(one["sequence"]),
                one["timestamp"],
                one["type"],
                one["data"]["clientHandle"],
                one["data"]["purchaseOrderNumber"],
                ", ".join(line["recipeSetReadableId"] for line in one["data"].get("lineItems", ())),
            )
            for one in plain
        ],
    )
    if page.more:
        terminal.say(f"There are more: see them with --after {page.next}.")
    elif not plain and not wanted:
        terminal.say("Nobody had asked for events before; what happens from now on is told.")
