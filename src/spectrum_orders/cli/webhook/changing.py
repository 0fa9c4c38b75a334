"""`spectrum webhook pause`, `resume`, `rotate` and `remove`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.webhook import owning, showing
from spectrum_orders.domain.endpoint import ACTIVE, DISABLED

if TYPE_CHECKING:
    from spectrum_orders.store.endpoints import Endpoint, Owner
    from spectrum_orders.store.transaction import Transaction


@click.command("pause")
@click.argument("which", metavar="ID")
@terminal.json_option
@click.pass_context
def pause(context: click.Context, which: str, as_json: bool) -> None:
    """Send nothing to the webhook ID until it is resumed.

    What it is owed waits; what happens meanwhile is in the feed alone.
    """
    _set(context, which, DISABLED, as_json)


@click.command("resume")
@click.argument("which", metavar="ID")
@terminal.json_option
@click.pass_context
def resume(context: click.Context, which: str, as_json: bool) -> None:
    """Send what waits for the webhook ID now, in order: it was paused or parked, and is back."""
    _set(context, which, ACTIVE, as_json)


def _set(context: click.Context, which: str, state: str, as_json: bool) -> None:
    from spectrum_orders.domain.wish import Wish
    from spectrum_orders.store.transaction import now_us
    from spectrum_orders.webhooks import registering

    def job(tx: Transaction) -> tuple[Endpoint, Owner]:
        endpoint, whose = owning.known(tx.connection, which)
        client_id = owning.journalled(whose)
        wish = Wish(state=state)
        return registering.change(tx, whose.id, endpoint.id, wish, "cli", client_id=client_id), whose

    with opened(context) as runtime:
        changed, whose = runtime.ledger.run(job)
    if as_json:
        terminal.show_json(showing.plain(changed, whose, now_us()))
    elif state == DISABLED:
        terminal.say(f"The webhook {changed.readable_id} is disabled; what it is owed waits.")
    else:
        terminal.say(f"The webhook {changed.readable_id} is {changed.health.state}.")


@click.command("rotate")
@click.argument("which", metavar="ID")
@terminal.json_option
@click.pass_context
def rotate(context: click.Context, which: str, as_json: bool) -> None:
    """Give the webhook ID another secret, printed alone on standard output.

    For 24 hours both secrets sign, so that its receiver can change at leisure.
    """
    from spectrum_orders.webhooks import registering

    def job(tx: Transaction) -> tuple[Endpoint, str, int]:
        endpoint, whose = owning.known(tx.connection, which)
        client_id = owning.journalled(whose)
        return registering.rotate(tx, runtime.keys, whose.id, endpoint.id, "cli", client_id=client_id)

    with opened(context) as runtime:
        endpoint, secret, until = runtime.ledger.run(job)
    if as_json:
        terminal.show_json(
            {"id": endpoint.readable_id, "secret": secret, "secondSecretUntil": terminal.instant(until)}
        )
        return
    click.echo(secret)
    terminal.say(f"The secret before signs beside it until {terminal.instant(until)}.")


@click.command("remove")
@click.argument("which", metavar="ID")
@terminal.json_option
@click.pass_context
def remove(context: click.Context, which: str, as_json: bool) -> None:
    """Send nothing to the webhook ID any more, not even what it is owed, and destroy its secret.

    The feed keeps every event.
    """
    from spectrum_orders.webhooks import registering

    def job(tx: Transaction) -> Endpoint:
        endpoint, whose = owning.known(tx.connection, which)
        client_id = owning.journalled(whose)
        registering.remove(tx, whose.id, endpoint.id, "cli", client_id=client_id)
        return endpoint

    with opened(context) as runtime:
        endpoint = runtime.ledger.run(job)
    if as_json:
        terminal.show_json({"id": endpoint.readable_id, "removed": True})
    else:
        terminal.say(f"The webhook {endpoint.readable_id} is gone.")
