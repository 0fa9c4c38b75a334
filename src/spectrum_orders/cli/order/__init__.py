"""`spectrum order`: how far an order has come, and what may be done about it."""

from __future__ import annotations

import click

from spectrum_orders.cli import moving
from spectrum_orders.cli.order.recounting import history
from spectrum_orders.cli.order.retrying import retry
from spectrum_orders.cli.order.showing import show
from spectrum_orders.cli.order.timing import times


@click.group("order")
def command() -> None:
    """Show how far an order has come, and do something about it."""


for verb in (show, *moving.commands(), retry, times, history):
    command.add_command(verb)
