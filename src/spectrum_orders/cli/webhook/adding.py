"""`spectrum webhook add`: have events sent somewhere from now on."""

from __future__ import annotations

import asyncio
from typing import Any

import click
import msgspec

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.webhook import owning, showing


@click.command("add")
@owning.owner_options
@click.argument("url")
@click.option(
    "--type",
    "types",
    multiple=True,
    metavar="TYPE",
    help="A type of event; may be given several times. Default: all. They are listed in docs/events.md.",
)
@click.option("--contact", metavar="EMAIL", help="Who is told when the webhook is parked.")
@click.option("--note", metavar="TEXT", help="A name for people.")
@terminal.json_option
@click.pass_context
def add(
    context: click.Context,
    client: str | None,
    partner: str | None,
    url: str,
    types: tuple[str, ...],
    contact: str | None,
    note: str | None,
    as_json: bool,
) -> None:
    """Have the events of a client or a partner posted to URL from now on.

    The secret that signs them is printed, alone, on standard output; it cannot be shown again.
    """
    owning.named(context, client, partner)
    from spectrum_orders.domain import wish as wishes
    from spectrum_orders.store.transaction import now_us
    from spectrum_orders.webhooks import registering

    said: dict[str, Any] = {"url": url, "types": list(types), "contact": contact, "note": note}
    wish = wishes.read(said, new=True)
    assert wish.url is not None
    with opened(context) as runtime:
        with runtime.database.read() as connection:
            whose = owning.owner(connection, client, partner)
        asyncio.run(registering.judge(runtime, wish.url))
        client_id = owning.journalled(whose)
        with runtime.ledger.write() as tx:
            endpoint, secret = registering.add(tx, runtime.keys, whose.id, wish, "cli", client_id=client_id)
        warnings = registering.warnings(runtime, wish)
    if as_json:
        told = msgspec.to_builtins(warnings)
        terminal.show_json(showing.plain(endpoint, whose, now_us()) | {"secret": secret, "warnings": told})
        return
    click.echo(secret)
    terminal.say(
        f"Events of the {whose.kind} {whose.handle} now go to {wish.url} (webhook {endpoint.readable_id}). "
        "Give its receiver the secret, which cannot be shown again."
    )
    for one in warnings:
        terminal.say(f"Note: {one.message}")
    terminal.say(f"Try it with: spectrum webhook test {endpoint.readable_id}")
