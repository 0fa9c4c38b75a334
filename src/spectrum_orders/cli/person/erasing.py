"""`spectrum person erase`: destroy the people of orders, and say what goes and what stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.person.asking import Asked, whose

if TYPE_CHECKING:
    from spectrum_orders.lifecycle.erasing import Erased, Plan
    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.people import Held

ACTOR = "cli"


@click.command("erase")
@whose()
@click.option("--dry-run", is_flag=True, help="Say what would go and what stays, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@terminal.json_option
@click.pass_context
def erase(context: click.Context, asked: Asked, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Erase the people of one order, or of every order of a person: for good, with their artwork.

    Receipts, lines, quantities, dates and the journal stay. Factories that were sent something are asked to
    delete it. May be stopped at any moment and called again: what is erased stays erased.
    """
    from spectrum_orders.lifecycle import reports

    with opened(context) as runtime:
        with runtime.database.read() as connection:
            client, held = asked.find(runtime, connection)
        plans = _plans(runtime, client.id, held)
        names = _partners(runtime)
        if dry_run:
            shown = [reports.planned(one, names) for one in plans]
        else:
            open_ones = [one for one in plans if one.erased_at is None]
            if open_ones and not yes:
                for one in open_ones:
                    _say(reports.planned(one, names))
                many = terminal.count(len(open_ones), "order")
                click.confirm(f"Erase the people of {many}, for good?", abort=True, err=True)
            shown = [reports.done(one, names) for one in _erase(runtime, client.id, held)]
            _clear(runtime)
    if as_json:
        terminal.show_json(shown)
        return
    for told in shown:
        _say(told)
    if not shown:
        terminal.say("No orders of this person.")


def _plans(runtime: Runtime, client_id: int, held: list[Held]) -> list[Plan]:
    from spectrum_orders.lifecycle import erasing

    together = [one.order_id for one in held]
    with runtime.database.read() as connection:
        return [
            erasing.plan(connection, runtime.keys, client_id, one.order_id, also=together) for one in held
        ]


def _erase(runtime: Runtime, client_id: int, held: list[Held]) -> list[Erased]:
    from spectrum_orders.lifecycle import erasing

    return [erasing.carry_out(runtime, client_id, one.order_id, actor=ACTOR) for one in held]


def _clear(runtime: Runtime) -> None:
    from spectrum_orders.lifecycle import erasing

    if not erasing.clear_log(runtime):
        terminal.say(
            "The database's write-ahead log could not be emptied, because it is being read without a pause. "
            "Call the same again: it erases nothing twice."
        )


def _partners(runtime: Runtime) -> dict[int, str]:
    from spectrum_orders.store import partners

    with runtime.database.read() as connection:
        return {one.id: one.handle for one in partners.everybody(connection)}


def _say(told: dict[str, Any]) -> None:
    number = terminal.visible(told["purchaseOrderNumber"])
    if told["erasedAt"] is not None and not told["erased"]:
        click.echo(f"{number}: was erased already, at {told['erasedAt']}.")
        return
    verb = "went" if told["erased"] else "would go"
    people = terminal.count(len(told["fields"]), "personal value")
    click.echo(f"{number}: {people} {verb}.")
    for one in told["artwork"]:
        click.echo(
            f"  {verb}: artwork of recipe set {terminal.visible(one['recipeSetId'])}, {one['version']}"
        )
    if told["uploads"]:
        click.echo(f"  {verb}: {terminal.count(told['uploads'], 'uploaded file')}")
    for one in told["artworkKept"]:
        click.echo(
            f"  stays: recipe set {terminal.visible(one['recipeSetId'])}, {one['version']}: {one['why']}"
        )
    receipts = terminal.count(told["receiptsKept"], "receipt")
    click.echo(f"  stays: lines, quantities, dates, {receipts}, the journal")
    for one in told["partnersTold"]:
        click.echo(f"  asked to delete what it was sent: {terminal.visible(one)}")
    for one in told["packagesHeld"]:
        click.echo(f"  does not leave any more: package {one}; cancel its lines")
