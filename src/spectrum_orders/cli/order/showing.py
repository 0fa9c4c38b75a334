"""`spectrum order show`: how far an order has come."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders import ids
from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.ordered import known_order, of_an_order
from spectrum_orders.cli.route.explaining import decisions, show_decisions

if TYPE_CHECKING:
    from spectrum_orders.store.packages import Delivery, Package
    from spectrum_orders.store.progress import Line


@click.command("show")
@of_an_order
@terminal.json_option
@click.pass_context
def show(context: click.Context, handle: str, number: str, as_json: bool) -> None:
    """Show how far the order PO has come: each line's status, partner, artwork, package and shipment.

    Then every package with its deliveries, and why this factory: the rules that were tried for each line,
    those that nearly matched among them. And whether all lines that were acknowledged are routed, rendered
    and delivered. Opens no person.
    """
    from spectrum_orders.store import lines, packages, partners, progress

    with opened(context) as runtime, runtime.database.read() as connection:
        client, order = known_order(connection, handle, number)
        found = progress.of_order(connection, order)
        factories = {one.id: one.handle for one in partners.everybody(connection)}
        ways = packages.deliveries_of(connection, client.id, [one.id for one in found.packages])
        past = lines.history(connection, client.id, order.id)
    held = {one.position: one.note for one in past if one.kind == lines.HELD}
    why = decisions(found, factories)
    plain: dict[str, Any] = {
        "client": client.handle,
        "purchaseOrderNumber": order.purchase_order_number,
        "acknowledgedAt": terminal.instant(order.acknowledged_at),
        "erasedAt": terminal.instant(order.erased_at),
        "lines": [_line(one, factories, held.get(one.line.position, "")) for one in found.lines],
        "packages": [_package(one, ways, factories) for one in found.packages],
        "completions": [
            {
                "package": ids.readable("pkg", one.id),
                "completes": ids.readable("pkg", one.completes),
                "state": one.state,
            }
            for one in found.completions
        ],
        "counts": found.counts,
    }
    plain["gaps"] = [f"line {one['line']} is {one['gap']}" for one in plain["lines"] if one["gap"]]
    plain["decisions"] = why
    if as_json:
        terminal.show_json(plain)
        return
    if plain["erasedAt"]:
        click.echo(f"Its people were erased at {plain['erasedAt']}.\n")
    _show_lines(plain["lines"])
    _show_packages(plain["packages"])
    click.echo("\nWhy this factory?")
    show_decisions(why)
    click.echo("\n" + terminal.folded(_sum(plain["counts"]), sys.stdout, hang=4))
    for gap in plain["gaps"]:
        click.echo("  " + terminal.folded(terminal.visible(f"Gap: {gap}."), sys.stdout, hang=4))


def _show_lines(lines: list[dict[str, Any]]) -> None:
    terminal.show_table(
        ("LINE", "RECIPE SET", "STATUS", "PARTNER", "ARTWORK", "PACKAGE", "SHIPPED"),
        [
            (
                str(line["line"]),
                line["recipeSetId"],
                line["workflowStatus"] + (", on hold" if line["onHoldSince"] else ""),
                line["partner"] or ("not decided" if not line["decided"] else "no rule matched"),
                line["artwork"],
                line["package"] or "none yet",
                "yes" if line["shippedAt"] else "",
            )
            for line in lines
        ],
    )
    # In a column of their own they would leave no room on a terminal, where an id must stay whole.
    for line in lines:
        held = [line["onHoldReason"]] if line["onHoldReason"] else []
        for what, at, more in (
            ("is on hold since", line["onHoldSince"], held),
            ("was shipped at", line["shippedAt"], line["tracking"]),
        ):
            if at:
                said = f"Line {line['line']} {what} {at}" + (f": {', '.join(more)}" if more else "")
                click.echo(terminal.folded(terminal.visible(said), sys.stdout, hang=4))
    if against := [(line["line"], one) for line in lines for one in line["findings"]]:
        click.echo()
        terminal.show_table(
            ("LINE", "AREA", "FOUND", "WANTED", "WHAT TO DO"),
            [
                (str(line), f"{one['product']}/{one['area']}", one["found"], one["wanted"], one["mend"])
                for line, one in against
            ],
        )


_FOLLOWS = {"completion": "completes", "reprint": "repeats", "cancellation": "takes back lines of"}


def _show_packages(packages: list[dict[str, Any]]) -> None:
    """Each package with a row for each of its deliveries, and how the later ones follow the earlier."""
    rows: list[tuple[str, ...]] = []
    for one in packages:
        state = one["state"] + (f" ({one['reason']})" if one["reason"] else "")
        state += ", collected" if one["collectedAt"] else ", accepted" if one["acceptedAt"] else ""
        for way in one["deliveries"] or ({"destination": "", "state": "", "attempts": ""},):
            rest = (way["destination"], way["state"], str(way["attempts"]))
            rows.append((one["package"], one["kind"], state, *rest))
    if rows:
        click.echo()
        terminal.show_table(("PACKAGE", "KIND", "STATE", "DESTINATION", "DELIVERY", "TRIES"), rows)
    for one in packages:
        if one["follows"]:
            does = _FOLLOWS.get(one["kind"], "follows")
            said = f"The {one['kind']} {one['package']} for {one['partner']} "
            said += f"{does} {one['follows']}: {one['state']}."
            click.echo(terminal.folded(said, sys.stdout, hang=4))


def _line(one: Line, factories: dict[int, str], held: str) -> dict[str, Any]:
    line = one.line
    return {
        "line": line.number,
        "recipeSetId": line.recipe_set_id,
        "recipeSetVersion": None if line.recipe_version is None else str(line.recipe_version),
        "workflowStatus": line.workflow_status,
        "onHoldSince": terminal.instant(line.held_at),
        "onHoldReason": held or None if line.held_at is not None else None,
        "decided": one.decision is not None,
        "partner": None if one.partner_id is None else factories[one.partner_id],
        "artwork": _artwork(one),
        "findings": _findings(one),
        "package": None if one.package is None else ids.readable("pkg", one.package.id),
        "packageState": None if one.package is None else one.package.state,
        "reason": None if one.package is None else one.package.reason or None,
        "deliveries": [_way(way) for way in one.deliveries],
        "collectedAt": None if one.package is None else terminal.instant(one.package.collected_at),
        "shippedAt": terminal.instant(line.shipped_at),
        "tracking": list(dict.fromkeys(number for each in one.shipments for number in each.tracking)),
        "gap": _gap(one),
    }


def _package(one: Package, ways: list[Delivery], factories: dict[int, str]) -> dict[str, Any]:
    return {
        "package": ids.readable("pkg", one.id),
        "kind": one.kind,
        "partner": factories[one.partner_id],
        "follows": ids.readable("pkg", one.completes) if one.completes else None,
        "state": one.state,
        "reason": one.reason or None,
        "acceptedAt": terminal.instant(one.accepted_at),
        "collectedAt": terminal.instant(one.collected_at),
        "deliveries": [_way(way) for way in ways if way.package_id == one.id],
    }


def _way(way: Delivery) -> dict[str, Any]:
    return {
        "destination": str(way.destination_id),
        "state": way.state,
        "name": way.name,
        "attempts": way.attempts,
        "settledAt": terminal.instant(way.settled_at),
    }


STEPS = ("acknowledged", "routed", "rendered", "delivered")
"""What every line goes through; a gap is where two of them differ."""


def _sum(counts: dict[str, int]) -> str:
    """``Lines: 2 acknowledged = 2 routed > 1 rendered > 0 delivered``: a gap is where they differ."""
    beside = [f"{counts[word]} {word}" for word in ("collected", "shipped", "cancelled") if counts[word]]
    if not counts["acknowledged"]:
        return f"Lines: {counts['cancelled']}, all cancelled."
    said, before = "Lines: ", None
    for word in STEPS:
        if before is not None:
            said += " = " if counts[word] == before else " > " if counts[word] < before else " < "
        said += f"{counts[word]} {word}"
        before = counts[word]
    return said + (f"; {', '.join(beside)}" if beside else "")


def _artwork(one: Line) -> str:
    if one.artwork is not None:
        return one.artwork.state
    return "awaiting artwork" if one.line.recipe_version is None else "not made yet"


def _findings(one: Line) -> list[dict[str, Any]]:
    """Why its files may not be printed, the worst first."""
    import msgspec

    return [] if one.artwork is None else [msgspec.to_builtins(judged) for judged in one.artwork.against]


def _gap(one: Line) -> str | None:
    """The first step that is missing, in words; ``None`` of a line that nothing is missing of any more."""
    if one.delivered or one.line.cancelled or one.line.shipped_at is not None:
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
