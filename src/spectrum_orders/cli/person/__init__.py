"""`spectrum person`: what is held about a person, given to them, or erased."""

from __future__ import annotations

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.person.asking import Asked, whose
from spectrum_orders.cli.person.confirming import confirm, erasures
from spectrum_orders.cli.person.erasing import erase
from spectrum_orders.cli.person.exporting import export
from spectrum_orders.cli.person.retaining import retention


@click.group("person")
def command() -> None:
    """Find a person's orders, export everything about them, or erase it."""


for verb in (export, erase, erasures, confirm, retention):
    command.add_command(verb)


@command.command("find")
@whose(orders=False)
@terminal.json_option
@click.pass_context
def find(context: click.Context, asked: Asked, as_json: bool) -> None:
    """Print the purchase order numbers of a person's orders, one a line, oldest first.

    The person is found by an exact e-mail address, or by an exact name and postal code; upper and
    lower case do not matter. Give - as a value to type it unseen, so that it stays out of the
    shell's history.
    """
    with opened(context) as runtime, runtime.database.read() as connection:
        _, found = asked.find(runtime, connection)
    if as_json:
        terminal.show_json([one.purchase_order_number for one in found])
        return
    for one in found:
        click.echo(terminal.visible(one.purchase_order_number))
    if not found:
        terminal.say("No orders of this person.")
