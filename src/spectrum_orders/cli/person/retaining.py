"""`spectrum person retention`: whose time is over, and whose is not because an order is still open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.client import known_client
from spectrum_orders.cli.context import opened

if TYPE_CHECKING:
    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.parties import Client
    from spectrum_orders.store.retention import Old

ACTOR = "cli"


@click.command("retention")
@click.option("--client", "handle", metavar="HANDLE", help="Of this client alone.")
@click.option("--dry-run", is_flag=True, help="Say whose people would be erased, and change nothing.")
@terminal.json_option
@click.pass_context
def retention(context: click.Context, handle: str | None, dry_run: bool, as_json: bool) -> None:
    """Erase the people of orders that are older than their client keeps them, which servers do by themselves.

    An order of which something is still to be shipped keeps its people, and is listed.
    """
    from spectrum_orders.lifecycle import erasing
    from spectrum_orders.store import parties

    shown: list[dict[str, Any]] = []
    with opened(context) as runtime:
        with runtime.database.read() as connection:
            if handle is not None:
                clients = [known_client(connection, handle)]
            else:
                clients = parties.list_clients(connection)
        for client in clients:
            if client.settings.retention_days is None:
                continue
            for old in _old(runtime, client, client.settings.retention_days):
                if not old.open and not dry_run:
                    erasing.carry_out(runtime, client.id, old.order_id, actor=ACTOR, why=erasing.RETENTION)
                shown.append(_plain(client, old, dry_run))
        if not dry_run and any(one["state"] == "erased" for one in shown):
            erasing.clear_log(runtime)
    if as_json:
        terminal.show_json(shown)
        return
    terminal.show_table(
        ("CLIENT", "ORDER", "ACKNOWLEDGED", "STATE"),
        [
            (one["client"], one["purchaseOrderNumber"], one["acknowledgedAt"][:10], one["state"])
            for one in shown
        ],
    )
    if not any(client.settings.retention_days is not None for client in clients):
        terminal.say("People are kept for ever: no client has a number of days set.")


def _old(runtime: Runtime, client: Client, days: int) -> list[Old]:
    from spectrum_orders.store import retention as store
    from spectrum_orders.store.transaction import now_us

    found: list[Old] = []
    after: int | None = 0
    while after is not None:
        with runtime.database.read() as connection:
            window = store.find(connection, client.id, days, now_us(), after=after)
        found += window.found
        after = window.after
    return found


def _plain(client: Client, old: Old, dry_run: bool) -> dict[str, Any]:
    state = "kept: still open" if old.open else "would be erased" if dry_run else "erased"
    return {
        "client": client.handle,
        "purchaseOrderNumber": old.purchase_order_number,
        "acknowledgedAt": terminal.instant(old.acknowledged_at),
        "state": state,
    }
