"""`spectrum destination`: where a partner's packages go."""

from __future__ import annotations

import click

from spectrum_orders.cli.destination.adding import add
from spectrum_orders.cli.destination.changing import set_
from spectrum_orders.cli.destination.ending import remove
from spectrum_orders.cli.destination.listing import list_
from spectrum_orders.cli.destination.proving import prove
from spectrum_orders.cli.destination.resuming import resume


@click.group("destination")
def command() -> None:
    """Add, change, list, test and remove the places that a partner's packages go to.

    A package goes to every destination of its partner that is marked for this environment.
    """


for verb in (add, set_, list_, prove, resume, remove):
    command.add_command(verb)
