"""`spectrum webhook`: where a client or a partner wants its events sent."""

from __future__ import annotations

import click

from spectrum_orders.cli.webhook.adding import add
from spectrum_orders.cli.webhook.changing import pause, remove, resume, rotate
from spectrum_orders.cli.webhook.listing import list_, show
from spectrum_orders.cli.webhook.recording import log
from spectrum_orders.cli.webhook.replaying import replay
from spectrum_orders.cli.webhook.trying import test


@click.group("webhook")
def command() -> None:
    """Register, test, pause and remove webhooks, and look at what was sent.

    Each belongs to a client, who is told of its orders, or to a partner, who is told of its lines.
    """


for verb in (add, list_, show, pause, resume, rotate, test, log, replay, remove):
    command.add_command(verb)
