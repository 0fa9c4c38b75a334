"""`spectrum person erasures` and `confirm`: what factories were asked to forget, and whether they did."""

from __future__ import annotations

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.ordered import known_order
from spectrum_orders.cli.partner import known_partner
from spectrum_orders.errors import NotFound

ACTOR = "cli"


@click.command("erasures")
@click.option("--client", "handle", metavar="HANDLE", help="Of this client alone.")
@click.option("--open", "open_ones", is_flag=True, help="Only those that are not confirmed.")
@terminal.json_option
@click.pass_context
def erasures(context: click.Context, handle: str | None, open_ones: bool, as_json: bool) -> None:
    """List what factories were asked to forget: told when, confirmed when, by whom."""
    from spectrum_orders.lifecycle.exporting import erasure
    from spectrum_orders.store import erasures as store
    from spectrum_orders.store.seats import Seat

    with opened(context) as runtime, runtime.database.read() as connection:
        seat = None if handle is None else Seat(known_client(connection, handle).id, None)
        found = []
        after = 0
        while page := store.find_listed(
            connection, seat, confirmed=False if open_ones else None, after=after, most=500
        ):
            found += [{"client": one.client, **erasure(one.erasure, one.partner)} for one in page]
            after = page[-1].erasure.order_id
    if as_json:
        terminal.show_json(found)
        return
    terminal.show_table(
        ("CLIENT", "ORDER", "PARTNER", "STATE", "ERASED", "CONFIRM BY", "CONFIRMED BY"),
        [
            (
                one["client"],
                one["purchaseOrderNumber"],
                one["partner"],
                one["state"],
                one["erasedAt"][:10],
                one["confirmBy"][:10],
                one["confirmedBy"] or "",
            )
            for one in found
        ],
    )


@click.command("confirm")
@click.option("--client", "handle", required=True, metavar="HANDLE", help="Whose order it was.")
@click.option("--partner", "partner_handle", required=True, metavar="HANDLE", help="Who has deleted it.")
@click.argument("number", metavar="PO")
@click.pass_context
def confirm(context: click.Context, handle: str, partner_handle: str, number: str) -> None:
    """Note that a factory has said that it deleted what it was sent of the order PO.

    Factories with a token say so themselves: POST /api/erasures/{id}/confirmed
    """
    from spectrum_orders.store import erasures as store

    with opened(context) as runtime, runtime.ledger.write() as tx:
        client, order = known_order(tx.connection, handle, number)
        partner = known_partner(tx.connection, partner_handle)
        found = store.find(tx.connection, client.id, order.id, partner.id)
        if found is None:
            raise NotFound(
                f"{partner.handle} was not asked to delete anything of this order. "
                "See who was: spectrum person erasures"
            )
        done = store.confirm(tx, found, ACTOR)
    terminal.say(f"Confirmed at {terminal.instant(done.confirmed_at)} by {done.confirmed_by}.")
