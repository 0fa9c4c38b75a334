"""`spectrum webhook log`: what was sent, and what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from spectrum_orders import ids
from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.webhook import owning, showing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spectrum_orders.store.webhooks import Attempt, Webhook

STATES = ("pending", "sent", "buried")


@click.command("log")
@click.argument("which", metavar="ID")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option(
    "--after", type=click.IntRange(0), default=0, metavar="N", help="Only those with a higher number."
)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    metavar="N",
    help="List so many.",
)
@terminal.json_option
@click.pass_context
def log(context: click.Context, which: str, state: str | None, after: int, limit: int, as_json: bool) -> None:
    """List what the webhook ID is owed or was sent, by number.

    `--json` has every attempt of the last 90 days (SPECTRUM_WEBHOOK_LOG_DAYS).
    """
    from spectrum_orders.store import webhooks

    with opened(context) as runtime, runtime.database.read() as connection:
        endpoint, _ = owning.known(connection, which)
        found = webhooks.list_some(connection, endpoint.id, state=state, after=after, most=limit)
        attempts = webhooks.attempts_of(connection, endpoint.id, [one.sequence for one, _ in found])
    if as_json:
        terminal.show_json([_plain(one, kind, attempts.get(one.sequence, ())) for one, kind in found])
        return
    terminal.show_table(
        ("NUMBER", "TYPE", "STATE", "ATTEMPTS", "LAST"),
        [
            (
                str(one.sequence),
                kind,
                one.state,
                str(one.attempts),
                showing.outcome(attempts[one.sequence][-1]) if one.sequence in attempts else "",
            )
            for one, kind in found
        ],
    )
    if len(found) == limit:
        terminal.say(f"There may be more: see them with --after {found[-1][0].sequence}.")


def _plain(one: Webhook, kind: str, attempts: Sequence[Attempt]) -> dict[str, Any]:
    return {
        "sequence": one.sequence,
        "feedSequence": one.feed_sequence,
        "eventId": ids.readable("evt", one.event_id),
        "type": kind,
        "state": one.state,
        "url": one.url or None,
        "attempts": one.attempts,
        "createdAt": terminal.instant(one.created_at),
        "settledAt": terminal.instant(one.settled_at),
        "log": [showing.attempt(each) for each in attempts],
    }
