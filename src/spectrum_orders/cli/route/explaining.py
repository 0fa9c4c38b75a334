"""`spectrum route explain`: why this factory?"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.ordered import known_order, of_an_order

if TYPE_CHECKING:
    from spectrum_orders.store.progress import Progress


@click.command("explain")
@of_an_order
@terminal.json_option
@click.pass_context
def explain(context: click.Context, handle: str, number: str, as_json: bool) -> None:
    """Say for each line of the order PO which rules were tried, and why its partner makes it.

    What is shown was stored when it was decided; rules that changed since change nothing of it.
    """
    from spectrum_orders.store import partners, progress

    with opened(context) as runtime, runtime.database.read() as connection:
        _, order = known_order(connection, handle, number)
        factories = {one.id: one.handle for one in partners.everybody(connection)}
        told = decisions(progress.of_order(connection, order), factories)
    if as_json:
        terminal.show_json(told)
        return
    show_decisions(told)


def decisions(found: Progress, factories: dict[int, str]) -> list[dict[str, Any]]:
    """For each line of an order why its partner makes it, as it was stored when that was decided."""
    import msgspec

    from spectrum_orders.domain import routing as rules

    told: list[dict[str, Any]] = []
    for line in found.lines:
        decision = line.decision
        said = ["Nobody has decided yet: no worker has come to this order."]
        told.append(
            {
                "line": line.line.number,
                "recipeSetId": line.line.recipe_set_id,
                "partner": None if line.partner_id is None else factories[line.partner_id],
                "decidedAt": None if line.route is None else terminal.instant(line.route.decided_at),
                "sentences": said if decision is None else rules.explain(decision),
                "decision": None if decision is None else msgspec.to_builtins(decision),
            }
        )
    return told


def show_decisions(told: list[dict[str, Any]]) -> None:
    """Print them, lines of the same decision together: most orders have one for all."""
    together: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for each in told:
        together.setdefault(tuple(each["sentences"]), []).append(each)
    for sentences, lines in together.items():
        numbers = ", ".join(str(each["line"]) for each in lines)
        when = f", decided {lines[0]['decidedAt']}" if lines[0]["decidedAt"] else ""
        click.echo(f"{'Line' if len(lines) == 1 else 'Lines'} {numbers}{when}:")
        for sentence in sentences:
            click.echo("  " + terminal.folded(terminal.visible(sentence), sys.stdout, hang=4))
