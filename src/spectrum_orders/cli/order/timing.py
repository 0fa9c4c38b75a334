"""`spectrum order times`: how long an order's lines have been where."""

from __future__ import annotations

from typing import Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.moment import age
from spectrum_orders.cli.ordered import known_order, of_an_order


@click.command("times")
@of_an_order
@terminal.json_option
@click.pass_context
def times(context: click.Context, handle: str, number: str, as_json: bool) -> None:
    """Show how long each line of the order PO has been in each stage and in each workflow status."""
    from spectrum_orders.store import times as store_times
    from spectrum_orders.store.transaction import now_us

    with opened(context) as runtime, runtime.database.read() as connection:
        client, order = known_order(connection, handle, number)
        positions = [line.position for line in order.lines]
        found = store_times.of_order(connection, client.id, order.id, positions, now_us())
    rows = [
        {
            "line": line.number,
            "recipeSetId": line.recipe_set_id,
            "what": what,
            "name": one.name,
            "at": terminal.instant(one.at),
            "seconds": None if one.lasted is None else one.lasted // 1_000_000,
            "current": one.current,
        }
        for line, spent in found
        for what, spells in (("stage", spent.stages), ("status", spent.statuses))
        for one in spells
    ]
    if as_json:
        terminal.show_json(rows)
        return
    terminal.show_table(
        ("LINE", "RECIPE SET", "WHAT", "NAME", "SINCE", "LASTED"),
        [
            (
                str(row["line"]),
                str(row["recipeSetId"]),
                str(row["what"]),
                str(row["name"]),
                str(row["at"]),
                _lasted(row["seconds"], row["current"]),
            )
            for row in rows
        ],
    )


def _lasted(seconds: Any, current: Any) -> str:
    if seconds is None:
        return "for good"
    return age(0, seconds * 1_000_000) + (" so far" if current else "")
