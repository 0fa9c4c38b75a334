"""`spectrum order show`: how far an order has come."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders import ids
from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.order.known import known_order
from spectrum_orders.cli.route.explaining import decisions, show_decisions

if TYPE_CHECKING:
    from spectrum_orders.store.orders import StoredOrder
    from spectrum_orders.store.parties import Client
    from spectrum_orders.store.progress import Line, Progress


@click.command("show")
@click.option("--client", "handle", required=True, metavar="HANDLE", help="Whose order it is.")
@click.argument("number", metavar="PO")
@terminal.json_option
@click.pass_context
def show(context: click.Context, handle: str, number: str, as_json: bool) -> None:
    """Show how far the order PO has come: each line's partner, artwork, package and deliveries.

    Then why this factory: the rules that were tried for each line, those that nearly matched among them. And
    whether all lines that were acknowledged are routed, rendered and delivered. Opens no person.
    """
    from spectrum_orders.store import partners, progress

    with opened(context) as runtime, runtime.database.read() as connection:
        client, order = known_order(connection, handle, number)
        found = progress.of_order(connection, order)
        factories = {one.id: one.handle for one in partners.everybody(connection)}
    why = decisions(found, factories)
    plain = _plain(client, order, found, factories) | {"decisions": why}
    if as_json:
        terminal.show_json(plain)
        return
    terminal.show_table(
        ("LINE", "RECIPE SET", "PARTNER", "ARTWORK", "PACKAGE"),
        [
            (
                str(line["line"]),
                line["recipeSetId"],
                line["partner"] or ("not decided" if not line["decided"] else "no rule matched"),
                line["artwork"],
                line["package"] or "none yet",
            )
            for line in plain["lines"]
        ],
    )
    if against := [(line["line"], one) for line in plain["lines"] for one in line["findings"]]:
        click.echo()
        terminal.show_table(
            ("LINE", "AREA", "FOUND", "WANTED", "WHAT TO DO"),
            [
                (str(line), f"{one['product']}/{one['area']}", one["found"], one["wanted"], one["mend"])
                for line, one in against
            ],
        )
    if sent := _sent(plain["lines"]):
        click.echo()
        terminal.show_table(("PACKAGE", "STATE", "DESTINATION", "DELIVERY", "ATTEMPTS"), sent)
    for one in plain["completions"]:
        click.echo(f"Ticket {one['package']} completes {one['completes']}: {one['state']}.")
    click.echo("\nWhy this factory?")
    show_decisions(why)
    click.echo("\n" + _sum(plain["counts"]))
    for gap in plain["gaps"]:
        click.echo("  " + terminal.folded(f"Gap: {gap}.", sys.stdout, hang=4))


def _plain(client: Client, order: StoredOrder, found: Progress, factories: dict[int, str]) -> dict[str, Any]:
    lines = [_line(one, factories) for one in found.lines]
    return {
        "client": client.handle,
        "purchaseOrderNumber": order.purchase_order_number,
        "acknowledgedAt": terminal.instant(order.acknowledged_at),
        "lines": lines,
        "completions": [
            {
                "package": ids.readable("pkg", one.id),
                "completes": ids.readable("pkg", one.completes),
                "state": one.state,
            }
            for one in found.completions
        ],
        "counts": {word: found.counts[word] for word in STEPS},
        "gaps": [f"line {line['line']} is {gap}" for line in lines if (gap := line["gap"]) is not None],
    }


def _line(one: Line, factories: dict[int, str]) -> dict[str, Any]:
    return {
        "line": one.line.number,
        "recipeSetId": one.line.recipe_set_id,
        "recipeSetVersion": None if one.line.recipe_version is None else str(one.line.recipe_version),
        "workflowStatus": one.line.workflow_status,
        "decided": one.decision is not None,
        "partner": None if one.partner_id is None else factories[one.partner_id],
        "artwork": _artwork(one),
        "findings": _findings(one),
        "package": None if one.package is None else ids.readable("pkg", one.package.id),
        "packageState": None if one.package is None else one.package.state,
        "reason": None if one.package is None else one.package.reason or None,
        "deliveries": [
            {
                "destination": str(way.destination_id),
                "state": way.state,
                "name": way.name,
                "attempts": way.attempts,
                "settledAt": terminal.instant(way.settled_at),
            }
            for way in one.deliveries
        ],
        "gap": _gap(one),
    }


def _sent(lines: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Each package of these lines once, with a row for each of its deliveries."""
    rows: dict[tuple[str, ...], None] = {}
    for line in lines:
        if line["package"] is None:
            continue
        state = line["packageState"] + (f" ({line['reason']})" if line["reason"] else "")
        for one in line["deliveries"] or ({"destination": "", "state": "", "attempts": ""},):
            way = (one["destination"], one["state"], str(one["attempts"]))
            rows[(line["package"], state, *way)] = None
    return list(rows)


STEPS = ("acknowledged", "routed", "rendered", "delivered")
"""What every line goes through; a gap is where two of them differ."""


def _sum(counts: dict[str, int]) -> str:
    """``Lines: 2 acknowledged = 2 routed > 1 rendered > 0 delivered``: a gap is where they differ."""
    said, before = "Lines: ", None
    for word, count in counts.items():
        if before is not None:
            said += " = " if count == before else " > " if count < before else " < "
        said += f"{count} {word}"
        before = count
    return said


def _artwork(one: Line) -> str:
    if one.artwork is not None:
        return one.artwork.state
    return "awaiting artwork" if one.line.recipe_version is None else "not made yet"


def _findings(one: Line) -> list[dict[str, Any]]:
    """Why its files may not be printed, the worst first."""
    import msgspec

    from spectrum_orders.domain.catalogue import judgement

    if one.artwork is None or one.artwork.state not in ("rejected", "failed"):
        return []
    found: list[dict[str, Any]] = msgspec.to_builtins(judgement.forbidding(one.artwork.findings))
    return found


def _gap(one: Line) -> str | None:
    """The first step that is missing, in words; ``None`` of a line that was delivered."""
    if one.delivered:
        return None
    if one.partner_id is None:
        return "not looked at by any worker yet" if one.decision is None else "not routed"
    if not one.rendered:
        return f"routed but not rendered: {_artwork(one)}"
    if one.package is None or not one.deliveries:
        why = one.package.reason if one.package is not None else ""
        return "rendered but in no delivery yet" + (f": {why}" if why else "")
    return "rendered but not delivered: " + ", ".join(
        f"destination {way.destination_id} is {way.state}" for way in one.deliveries if way.state != "sent"
    )
