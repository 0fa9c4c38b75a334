"""`spectrum route`: which partner makes a line, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.partner import known_partner
from spectrum_orders.cli.route.explaining import explain
from spectrum_orders.cli.route.simulating import simulate

if TYPE_CHECKING:
    from spectrum_orders.store.routing import RouteRow
    from spectrum_orders.store.transaction import Transaction


@click.group("route")
def command() -> None:
    """Decide which partner makes a line, and explain it.

    A client's rules are tried in the order of their ranks; the first that matches decides.
    """


command.add_command(explain)
command.add_command(simulate)


@command.command("add")
@click.option("--client", "client_handle", required=True, metavar="HANDLE", help="Whose lines it is about.")
@click.option("--partner", "partner_handle", required=True, metavar="HANDLE", help="Who makes them.")
@click.option("--sku", metavar="PATTERN", help="Only SKUs such as 'MUG-*': * is any text, ? one character.")
@click.option("--country", metavar="CC", help="Only orders to these countries: two letters, commas between.")
@click.option("--rank", type=click.IntRange(0, 2**31), metavar="N", help="When it is tried. Default: last.")
@terminal.json_option
@click.pass_context
def add(
    context: click.Context,
    client_handle: str,
    partner_handle: str,
    sku: str | None,
    country: str | None,
    rank: int | None,
    as_json: bool,
) -> None:
    """Add a rule: lines that match go to the partner.

    Orders that no rule led anywhere are looked at again.
    """
    from spectrum_orders.domain import routing as rules
    from spectrum_orders.store import routing

    faults = rules.faults(sku, country)
    if faults:
        raise click.UsageError(" ".join(faults), context)

    def job(tx: Transaction) -> RouteRow:
        client = known_client(tx.connection, client_handle)
        partner = known_partner(tx.connection, partner_handle)
        return routing.add(tx, client.id, partner.id, sku=sku, country=country, rank=rank)

    with opened(context) as runtime:
        row = runtime.ledger.run(job)
    if as_json:
        terminal.show_json(_plain(row, client_handle, partner_handle))
    else:
        terminal.say(f"Added the rule {row.id} with the rank {row.rank}.")


@command.command("list")
@click.option("--client", "handle", metavar="HANDLE", help="Only this client's.")
@terminal.json_option
@click.pass_context
def list_(context: click.Context, handle: str | None, as_json: bool) -> None:
    """List rules in the order in which they are tried."""
    from spectrum_orders.store import parties, partners, routing

    with opened(context) as runtime, runtime.database.read() as connection:
        only = None if handle is None else known_client(connection, handle).id
        clients = {one.id: one.handle for one in parties.list_clients(connection)}
        factories = {one.id: one.handle for one in partners.everybody(connection)}
        rows = [
            _plain(row, clients[row.client_id], factories[row.partner_id])
            for row in routing.list_all(connection, only)
        ]
    if as_json:
        terminal.show_json(rows)
        return
    terminal.show_table(
        ("ID", "CLIENT", "RANK", "SKU", "COUNTRY", "PARTNER"),
        [
            (
                row["id"],
                row["client"],
                str(row["rank"]),
                row["sku"] or "any",
                row["country"] or "any",
                row["partner"],
            )
            for row in rows
        ],
    )


@command.command("remove")
@click.argument("number", type=int, metavar="ID")
@terminal.json_option
@click.pass_context
def remove(context: click.Context, number: int, as_json: bool) -> None:
    """Take the rule ID away. What it decided stays decided."""
    from spectrum_orders.store import routing

    with opened(context) as runtime:
        runtime.ledger.run(lambda tx: routing.remove(tx, number))
    if as_json:
        terminal.show_json({"id": str(number)})
    else:
        terminal.say(f"Removed the rule {number}.")


@command.command("move")
@click.argument("number", type=int, metavar="ID")
@click.argument("rank", type=click.IntRange(0, 2**31))
@terminal.json_option
@click.pass_context
def move(context: click.Context, number: int, rank: int, as_json: bool) -> None:
    """Have the rule ID tried at RANK. What was decided stays decided."""
    from spectrum_orders.store import routing

    with opened(context) as runtime:
        runtime.ledger.run(lambda tx: routing.move(tx, number, rank))
    if as_json:
        terminal.show_json({"id": str(number), "rank": rank})
    else:
        terminal.say(f"The rule {number} now has the rank {rank}.")


def _plain(row: RouteRow, client: str, partner: str) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "client": client,
        "rank": row.rank,
        "sku": row.sku,
        "country": row.country,
        "partner": partner,
        "createdAt": terminal.instant(row.created_at),
    }
