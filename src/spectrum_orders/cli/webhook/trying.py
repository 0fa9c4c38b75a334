"""`spectrum webhook test`: send a test event now."""

from __future__ import annotations

import asyncio

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.webhook import owning, showing


@click.command("test")
@click.argument("which", metavar="ID")
@terminal.json_option
@click.pass_context
def test(context: click.Context, which: str, as_json: bool) -> None:
    """Post a `webhook.test` event to the webhook ID and say what came back.

    Exits with 1 when it was not taken.
    """
    from spectrum_orders.store import webhooks
    from spectrum_orders.webhooks import registering

    with opened(context) as runtime:
        with runtime.database.read() as connection:
            endpoint, _ = owning.known(connection, which)
        outcome = asyncio.run(registering.try_out(runtime, endpoint))
        with runtime.ledger.write() as tx:
            webhooks.note_attempt(tx, endpoint.id, 0, outcome.attempt)
    if as_json:
        terminal.show_json({"delivered": outcome.taken, **showing.attempt(outcome.attempt)})
    else:
        said = showing.outcome(outcome.attempt)
        terminal.say(f"{'It was taken' if outcome.taken else 'It was not taken'}: {said}.")
        if outcome.attempt.answer:
            click.echo(terminal.visible(outcome.attempt.answer))
    context.exit(0 if outcome.taken else 1)
