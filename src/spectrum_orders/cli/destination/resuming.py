"""`spectrum destination resume`: try now what would be tried later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.destination.listing import known_destination

if TYPE_CHECKING:
    from spectrum_orders.store.transaction import Transaction


@click.command("resume")
@click.argument("number", type=int, metavar="ID")
@terminal.json_option
@click.pass_context
def resume(context: click.Context, number: int, as_json: bool) -> None:
    """Try now what the destination ID is owed, instead of at the next time of the timetable.

    For a factory that is back. What was given up already is replayed with: spectrum delivery replay
    """
    from spectrum_orders.delivery.lease import LEASE_US
    from spectrum_orders.store import deliveries, partners

    def job(tx: Transaction) -> int:
        known_destination(tx.connection, number)
        hurried = deliveries.hurry(tx, number, LEASE_US)
        partners.end_pause(tx, [number])
        tx.record("destination.resumed", "cli", {"destination": str(number), "deliveries": hurried})
        return hurried

    with opened(context) as runtime:
        hurried = runtime.ledger.run(job)
    if as_json:
        terminal.show_json({"destination": str(number), "hurried": hurried})
    elif hurried:
        what = "delivery" if hurried == 1 else "deliveries"
        terminal.say(f"{hurried:,} {what} to the destination {number} will be tried now.")
    else:
        terminal.say(f"Nothing waits for a later attempt at the destination {number}.")
