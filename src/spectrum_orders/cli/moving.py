"""`spectrum order hold`, `release`, `cancel` and the other verbs by which an operator moves an order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders import ids
from spectrum_orders.cli import terminal
from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.ordered import of_an_order
from spectrum_orders.domain.moves import ARTWORK, FROZEN, NEWEST

if TYPE_CHECKING:
    from spectrum_orders.lifecycle.cancelling import Changed
    from spectrum_orders.lifecycle.orders import Caller, Which
    from spectrum_orders.store.lines import LineState
    from spectrum_orders.store.transaction import Transaction

ACTOR = "cli"

_OPTIONS = (
    of_an_order,
    click.option(
        "--line",
        "numbers",
        multiple=True,
        type=click.IntRange(1, 2**53),
        metavar="ID",
        help="Only this line, by its id; may be given several times. Default: all.",
    ),
    click.option("--reason", default="", help="Why: it stays in the order's history."),
    click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing."),
    terminal.json_option,
    click.pass_context,
)


def commands() -> list[click.Command]:
    """The verbs, for the group `spectrum order`."""
    return [
        _command("hold", "Let lines of the order PO not leave before they are released."),
        _command("release", "Let lines of the order PO that were on hold leave again."),
        _command(
            "cancel",
            "Cancel lines of the order PO. What has left already is followed by a cancellation. The client's "
            "--cancel-hours do not bind an operator.",
        ),
        _command(
            "settle",
            "Say of lines of the order PO that were shipped although they were cancelled that it is settled.",
        ),
        _command("redeliver", "Send the packages of the order PO again, under the same names."),
        _command("reprint", "Have lines of the order PO printed again, from the same files."),
        _reroute(),
    ]


def _command(name: str, text: str) -> click.Command:
    def run(context: click.Context, **given: Any) -> None:
        _change(context, name, partner=None, **given)

    return _dressed(name, text, run)


def _reroute() -> click.Command:
    def run(context: click.Context, *, artwork: str, **given: Any) -> None:
        _change(context, "reroute", newest=artwork == NEWEST, **given)

    run = click.option(
        "--artwork",
        type=click.Choice(ARTWORK),
        default=FROZEN,
        show_default=True,
        help="What the lines were acknowledged with, or their recipe sets as they are now: of lines that "
        "were rejected, are in revision, or have not left.",
    )(run)
    run = click.option(
        "--partner", required=True, metavar="HANDLE", help="The factory; it need not stand in any rule."
    )(run)
    return _dressed("reroute", "Have another factory make lines of the order PO.", run)


def _dressed(name: str, text: str, run: Callable[..., None]) -> click.Command:
    for option in reversed(_OPTIONS):
        run = option(run)
    return click.command(name, help=text)(run)


def _change(
    context: click.Context,
    name: str,
    *,
    handle: str,
    number: str,
    numbers: tuple[int, ...],
    reason: str,
    dry_run: bool,
    as_json: bool,
    partner: str | None,
    newest: bool = False,
) -> None:
    from spectrum_orders.errors import SpectrumError
    from spectrum_orders.lifecycle.orders import Caller, Which, attempt
    from spectrum_orders.store import lines
    from spectrum_orders.store.seats import Seat

    verb = _verb(name, partner, newest)

    def job(tx: Transaction) -> tuple[Changed, tuple[LineState, ...]]:
        client = known_client(tx.connection, handle)
        caller = Caller(Seat(client.id, None), ACTOR, operator=True)
        changed = verb(tx, caller, Which(number, numbers=numbers), reason)
        return changed, lines.states(tx.connection, *changed.order.mark)

    with opened(context) as runtime:
        result = runtime.ledger.run(attempt(job, dry_run=dry_run))
    if isinstance(result, SpectrumError):
        raise result
    plain = _plain(*result) | {"dryRun": dry_run}
    if as_json:
        terminal.show_json(plain)
        return
    if dry_run:
        terminal.say("Nothing was changed; this is what would be:")
    terminal.show_table(
        ("LINE", "RECIPE SET", "STATUS", "ON HOLD"),
        [
            (str(one["line"]), one["recipeSetId"], one["workflowStatus"], "yes" if one["onHold"] else "")
            for one in plain["lines"]
        ],
    )
    for one in plain["packages"]:
        after = f", which follows {one['follows']}" if one["follows"] else ""
        terminal.say(f"To be sent: the {one['kind']} {one['package']}{after}.")


def _verb(
    name: str, partner: str | None, newest: bool
) -> Callable[[Transaction, Caller, Which, str], Changed]:
    from spectrum_orders.lifecycle import cancelling, holds, redelivering, rerouting, settling

    if partner is not None:
        return lambda tx, caller, which, reason: rerouting.reroute(
            tx, caller, which, partner, reason, newest=newest, anywhere=True
        )
    verbs: dict[str, Callable[[Transaction, Caller, Which, str], Changed]] = {
        "hold": holds.hold,
        "release": holds.release,
        "cancel": cancelling.cancel,
        "settle": settling.settle,
        "redeliver": redelivering.redeliver,
        "reprint": redelivering.reprint,
    }
    return verbs[name]


def _plain(changed: Changed, states: tuple[LineState, ...]) -> dict[str, Any]:
    meant = {line.position for line in changed.lines}
    return {
        "client": changed.order.client_handle,
        "purchaseOrderNumber": changed.order.purchase_order_number,
        "lines": [
            {
                "line": line.number,
                "recipeSetId": line.recipe_set_id,
                "workflowStatus": line.workflow_status,
                "onHold": line.held_at is not None,
                "recipeSetVersion": None if line.recipe_version is None else str(line.recipe_version),
            }
            for line in states
            if line.position in meant
        ],
        "packages": [
            {
                "package": ids.readable("pkg", one.id),
                "kind": one.kind,
                "follows": ids.readable("pkg", one.completes) if one.completes else None,
            }
            for one in changed.packages
        ],
    }
