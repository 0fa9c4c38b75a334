"""`spectrum journal`: the append-only record of what happened."""

from __future__ import annotations

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened


@click.group("journal")
def command() -> None:
    """Check the journal's hash chains."""


@command.command("verify")
@terminal.json_option
@click.pass_context
def verify(context: click.Context, as_json: bool) -> int:
    """Recompute every hash chain and hold every receipt against it.

    Exits with 1 when anything was changed.
    """
    from spectrum_orders.store import audit

    with opened(context) as runtime, runtime.database.read() as connection:
        report = audit.verify(connection)
    if as_json:
        terminal.show_json(
            {
                "ok": not report.flaws,
                "chains": report.chains,
                "entries": report.entries,
                "receipts": report.receipts,
                "flaws": [
                    {"chain": flaw.chain, "sequence": flaw.sequence, "message": flaw.message}
                    for flaw in report.flaws
                ],
            }
        )
        return 1 if report.flaws else 0
    for flaw in report.flaws:
        click.echo(f"chain {flaw.chain}, entry {flaw.sequence}: {flaw.message}")
    what = f"{report.entries} entries in {report.chains} chains, {report.receipts} receipts"
    if report.flaws:
        terminal.say(
            f"Error: the journal does not hold ({what} read). Keep this database as it is, and compare it "
            "with the last backup whose journal holds."
        )
        return 1
    terminal.say(f"The journal holds: {what}.")
    return 0
