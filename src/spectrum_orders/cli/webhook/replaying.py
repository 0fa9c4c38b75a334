"""`spectrum webhook replay`: send events again."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.moment import MOMENT
from spectrum_orders.cli.webhook import owning

if TYPE_CHECKING:
    from spectrum_orders.domain.replay import Replay
    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.endpoints import Endpoint, Owner


@click.command("replay")
@click.argument("which", metavar="ID")
@click.option("--sequence", type=click.IntRange(1), metavar="N", help="One event, by its number.")
@click.option("--since", type=MOMENT, metavar="DATE", help="What happened from then on.")
@click.option("--until", type=MOMENT, metavar="DATE", help="What happened before then.")
@click.option("--buried", is_flag=True, help="All that was given up.")
@click.option("--url", metavar="URL", help="To this address instead; it does not wait for a parked webhook.")
@terminal.json_option
@click.pass_context
def replay(
    context: click.Context,
    which: str,
    sequence: int | None,
    since: int | None,
    until: int | None,
    buried: bool,
    url: str | None,
    as_json: bool,
) -> None:
    """Send again what the webhook ID was sent, or what was given up. Ids and bytes are as before.

    What is still owed is not doubled.
    """
    window = since is not None or until is not None
    if (sequence is not None) + window + buried != 1:
        raise click.UsageError("Say what: --sequence N, --since and --until, or --buried.", context)
    from spectrum_orders.domain import wish
    from spectrum_orders.domain.replay import Replay
    from spectrum_orders.webhooks import registering

    where = "" if url is None else wish.read_url(url)
    with opened(context) as runtime:
        with runtime.database.read() as connection:
            endpoint, whose = owning.known(connection, which)
        if where:
            asyncio.run(registering.judge(runtime, where))
        meant = Replay(sequence, since, until, url=where)
        count = _replay_all(runtime, endpoint, whose, meant)
    if as_json:
        terminal.show_json({"id": endpoint.readable_id, "replayed": count})
    elif count:
        terminal.say(f"{terminal.count(count, 'event')} will be sent again.")
    else:
        terminal.say("There is nothing to be sent again.")


def _replay_all(runtime: Runtime, endpoint: Endpoint, whose: Owner, meant: Replay) -> int:
    """In transactions of a bounded size; how many."""
    import msgspec

    from spectrum_orders.webhooks import registering

    client_id = owning.journalled(whose)
    total = 0
    while True:
        count, after = runtime.ledger.run(
            partial(
                registering.replay,
                owner_id=whose.id,
                number=endpoint.id,
                wish=meant,
                actor="cli",
                client_id=client_id,
            )
        )
        total += count
        if after is None:
            return total
        meant = msgspec.structs.replace(meant, after=after)
