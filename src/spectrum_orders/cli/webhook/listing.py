"""`spectrum webhook list` and `show`: which there are, and how each is."""

from __future__ import annotations

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.webhook import owning, showing


@click.command("list")
@owning.owner_options
@terminal.json_option
@click.pass_context
def list_(context: click.Context, client: str | None, partner: str | None, as_json: bool) -> None:
    """List webhooks, of one owner or of all, and how each is."""
    if client is not None and partner is not None:
        raise click.UsageError("Give --client or --partner, not both.", context)
    from spectrum_orders.store import endpoints
    from spectrum_orders.store.transaction import now_us

    with opened(context) as runtime, runtime.database.read() as connection:
        if client is None and partner is None:
            found = endpoints.list_all(connection)
        else:
            whose = owning.owner(connection, client, partner)
            found = endpoints.of_owner(connection, whose.id)
        listed = [showing.plain(one, endpoints.owner_of(connection, one), now_us()) for one in found]
    if as_json:
        terminal.show_json(listed)
        return
    terminal.show_table(
        ("ID", "OWNER", "URL", "STATE", "LAST", "ERROR"),
        [
            (
                one["id"],
                one.get("client") or one.get("partner") or "",
                one["url"],
                one["state"],
                f"{one['lastSequence']:,}",
                one["lastError"],
            )
            for one in listed
        ],
    )
    if not listed:
        terminal.say("There is none. Add one with: spectrum webhook add --client HANDLE URL")


@click.command("show")
@click.argument("which", metavar="ID")
@terminal.json_option
@click.pass_context
def show(context: click.Context, which: str, as_json: bool) -> None:
    """Show the webhook ID and how it is."""
    from spectrum_orders.store.transaction import now_us

    with opened(context) as runtime, runtime.database.read() as connection:
        shown = showing.plain(*owning.known(connection, which), now_us())
    if as_json:
        terminal.show_json(shown)
        return
    rows = [
        (name, ", ".join(value) or "all" if isinstance(value, list) else "" if value is None else str(value))
        for name, value in shown.items()
    ]
    terminal.show_table(("MEMBER", "VALUE"), rows)
