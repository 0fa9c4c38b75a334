"""`spectrum destination remove`: nothing is delivered there any more."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.destination.listing import known_destination
from spectrum_orders.errors import Conflict

if TYPE_CHECKING:
    from spectrum_orders.store.transaction import Transaction


@click.command("remove")
@click.argument("number", type=int, metavar="ID")
@click.option("--yes", is_flag=True, help="Give up what it is still owed, without asking.")
@terminal.json_option
@click.pass_context
def remove(context: click.Context, number: int, yes: bool, as_json: bool) -> None:
    """Deliver nothing to the destination ID any more, and destroy its secret.

    What it is still owed is given up: it stays visible in `spectrum exceptions` and can be sent elsewhere
    with `spectrum delivery replay --to`.
    """
    from spectrum_orders.store import deliveries, partners

    def job(tx: Transaction) -> int:
        partners.remove_destination(tx, number)
        return deliveries.bury_lane(tx, number)

    with opened(context) as runtime:
        with runtime.database.read() as connection:
            known_destination(connection, number)
            owed = deliveries.count_owed(connection).get(number, 0)
        if owed and not yes:
            _ask(number, owed)
        buried = runtime.ledger.run(job)
    if as_json:
        terminal.show_json({"destination": str(number), "givenUp": buried})
        return
    terminal.say(f"Removed the destination {number}.")
    if buried:
        terminal.say(f"{_deliveries(buried)} given up. To send what was owed to another destination:")
        terminal.say(f"  spectrum delivery replay --destination {number} --to ID")


def _ask(number: int, owed: int) -> None:
    """Raises Conflict when nobody is there to answer, and Abort for a no."""
    what = f"{_deliveries(owed)} still owed to the destination {number} and would be given up."
    if not sys.stdin.isatty():
        raise Conflict(f"{what} Call again with --yes if that is meant.")
    click.confirm(f"{what} Remove it?", abort=True, err=True)


def _deliveries(number: int) -> str:
    return "1 delivery is" if number == 1 else f"{number:,} deliveries are"
