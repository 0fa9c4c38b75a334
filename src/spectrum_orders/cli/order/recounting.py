"""`spectrum order history`: who moved an order's lines, when, and why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders import ids
from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.ordered import known_order, of_an_order

if TYPE_CHECKING:
    from spectrum_orders.lifecycle.history import Step
    from spectrum_orders.store.actors import Who
    from spectrum_orders.store.orders import StoredLine


_WORDS = {("settled", "astray"): "shipped although it was cancelled"}
"""What a step's word is for a person. With its step, because partners may be called anything."""


@click.command("history")
@of_an_order
@terminal.json_option
@click.pass_context
def history(context: click.Context, handle: str, number: str, as_json: bool) -> None:
    """Show what became of each line of the order PO, step by step: who moved it, when, and why.

    Reasons are gone once the order's people are erased; who and when stay. Opens no person.
    """
    from spectrum_orders.lifecycle import history as steps
    from spectrum_orders.store import progress
    from spectrum_orders.store.seats import Seat

    with opened(context) as runtime, runtime.database.read() as connection:
        client, order = known_order(connection, handle, number)
        mark = (client.id, order.id)
        come = progress.find(connection, [mark])[mark]
        found = steps.of_order(connection, Seat(client.id, None), come)
    rows = [_plain(line, step) for line, several in found for step in several]
    if as_json:
        terminal.show_json(rows)
        return
    for line, _ in found:
        click.echo(terminal.visible(f"Line {line.number} ({line.recipe_set_id}):"))
        for row in rows:
            if row["line"] == line.number:
                said = f"{row['at']}  {_said(row)}"
                click.echo("  " + terminal.folded(terminal.visible(said), sys.stdout, hang=4))


def _plain(line: StoredLine, step: Step) -> dict[str, Any]:
    return {
        "line": line.number,
        "recipeSetId": line.recipe_set_id,
        "at": terminal.instant(step.at),
        "what": step.what,
        "from": step.before,
        "to": step.after,
        "by": None if step.by is None else _who(step.by),
        "reason": step.reason or None,
        "note": step.note or None,
        "package": None if step.package_id is None else ids.readable("pkg", step.package_id),
    }


def _who(by: Who) -> str:
    return by.role if by.handle is None else f"{by.role} {by.handle}"


def _said(row: dict[str, Any]) -> str:
    """``status: not-started -> in-progress, by partner press``, and why."""
    words = (_WORDS.get((row["what"], word), word) for word in (row["from"], row["to"]))
    moved = " -> ".join(dict.fromkeys(word for word in words if word))
    said = row["what"] if moved in ("", row["what"]) else f"{row['what']}: {moved}"
    said += f" {row['package']}" if row["package"] else ""
    # What works by itself is in no doubt.
    said += f", by {row['by']}" if row["by"] not in (None, "worker") else ""
    return said + "".join(f" ({why})" for why in (row["reason"], row["note"]) if why)
