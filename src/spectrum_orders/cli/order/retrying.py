"""`spectrum order retry`: having what an order waits for looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.ordered import known_order, of_an_order

if TYPE_CHECKING:
    from spectrum_orders.store.transaction import Transaction


@click.command("retry")
@of_an_order
@terminal.json_option
@click.pass_context
def retry(context: click.Context, handle: str, number: str, as_json: bool) -> None:
    """Have what the order PO waits for looked at again now: its routing and its packages.

    Deliveries that were given up are replayed with: spectrum delivery replay
    """
    from spectrum_orders.store import deliveries

    def job(tx: Transaction) -> int:
        client, order = known_order(tx.connection, handle, number)
        return deliveries.retry_order(tx, client.id, order.id)

    with opened(context) as runtime:
        woken = runtime.ledger.run(job)
    if as_json:
        terminal.show_json({"woken": woken})
    elif woken:
        terminal.say(f"{terminal.count(woken, 'step')} of the order will be tried again now.")
    else:
        terminal.say("Nothing of this order waits or was given up before its delivery.")
