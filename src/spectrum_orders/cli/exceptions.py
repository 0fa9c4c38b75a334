"""`spectrum exceptions`: everything that does not move, and what to do about it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec

from spectrum_orders import ids
from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.moment import age
from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.exceptions import KINDS, Audience, cause, next_step

if TYPE_CHECKING:
    from spectrum_orders.runtime import Runtime


@click.command("exceptions")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(list(KINDS)),
    metavar="KIND",
    help=f"Only of this kind; may be given several times: {', '.join(KINDS)}.",
)
@click.option("--client", metavar="HANDLE", help="Only those of this client's orders.")
@click.option("--partner", metavar="HANDLE", help="Only those of this partner's lines and packages.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, 100_000),
    default=200,
    show_default=True,
    help="List so many of a kind.",
)
@terminal.json_option
@click.pass_context
def command(
    context: click.Context,
    kinds: tuple[str, ...],
    client: str | None,
    partner: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List everything that does not move: why, for how long, and the next step.

    The most pressing comes first. What is `waiting` is no exception yet: it may still go by itself. Each case
    goes away when its cause is gone; there is nothing to tick off.
    """
    with opened(context) as runtime:
        found, unlisted = _find(runtime, kinds or tuple(KINDS), client, partner, limit)
    if as_json:
        terminal.show_json(found)
    else:
        for one in found:
            _show(one)
    if unlisted:
        terminal.say(
            f"There are more than {limit:,} of {', '.join(unlisted)}; list them with a higher --limit."
        )
    if not found:
        terminal.say("Nothing waits for anybody.")


def _show(one: dict[str, Any]) -> None:
    """The case on one line, and beneath it what to do: a command in a narrow column could not be copied."""
    head = one["kind"] + (" (waiting)" if one["waiting"] else "")
    head += f", {one['age']}" if one["age"] else ""
    whose = " ".join(word for word in (one["client"], one["purchaseOrderNumber"], one["package"]) if word)
    said = ": ".join(word for word in (head, whose, one["cause"]) if word)
    click.echo(terminal.folded(terminal.visible(said), sys.stdout, hang=4))
    # A command stands alone on its line, so that it can be copied whole.
    step, found, call = terminal.visible(one["nextStep"]).partition(": spectrum ")
    click.echo("  -> " + terminal.folded(step + (":" if found else ""), sys.stdout, hang=5))
    if found:
        click.echo(f"     spectrum {call}")


def _find(
    runtime: Runtime, kinds: tuple[str, ...], client: str | None, partner: str | None, limit: int
) -> tuple[list[dict[str, Any]], list[str]]:
    """What there is, and the kinds of which there is more than ``limit``."""
    from spectrum_orders.cli.client import known_client
    from spectrum_orders.cli.partner import known_partner
    from spectrum_orders.store import exceptions
    from spectrum_orders.store.transaction import now_us

    found: list[dict[str, Any]] = []
    unlisted: list[str] = []
    with runtime.database.read() as connection:
        look = exceptions.Look(
            now_us(),
            runtime.settings.patience_us,
            runtime.settings.stuck_us,
            None if client is None else known_client(connection, client).id,
            None if partner is None else known_partner(connection, partner).id,
        )
        # Kind by kind, so that a hundred thousand of one do not hide the one of another.
        for kind in KINDS:
            if kind in kinds:
                page = exceptions.find(connection, look, (kind,), limit)
                found += [_plain(case, look.now) for case in page.cases]
                unlisted += [kind] if page.more else []
    return found, unlisted


def _plain(case: Case, now: int) -> dict[str, Any]:
    return {
        "kind": case.kind,
        "waiting": case.waiting,
        "code": case.code,
        "since": terminal.instant(case.since),
        "age": None if case.since is None else age(case.since, now),
        "client": case.client,
        "purchaseOrderNumber": case.purchase_order_number,
        "lineItemId": case.line,
        "recipeSetId": case.recipe_set_id,
        "package": None if case.package_id is None else ids.readable("pkg", case.package_id),
        "partner": case.partner,
        "destination": None if case.destination is None else str(case.destination),
        "endpoint": None if case.endpoint is None else ids.readable("whk", case.endpoint),
        "reason": case.reason or None,
        "finding": None if case.finding is None else msgspec.to_builtins(case.finding),
        "dueAt": terminal.instant(case.due),
        "cause": cause(case, Audience.OPERATOR),
        "nextStep": next_step(case, Audience.OPERATOR),
    }
