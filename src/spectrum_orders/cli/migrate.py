"""`spectrum migrate`: bring the database's schema up to date."""

from __future__ import annotations

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import for_operators, quiet_log, read_settings


@click.command("migrate")
@click.pass_context
def command(context: click.Context) -> None:
    """Bring the database's schema up to date. Does nothing when it is.

    PostgreSQL needs this once at the beginning and after an upgrade, before the servers start;
    SQLite is migrated by any command that opens it.
    """
    from spectrum_orders.runtime import open_database, open_runtime
    from spectrum_orders.store import migrations

    settings = read_settings(context)
    quiet_log(settings)
    with for_operators():
        database = open_database(settings)
        try:
            before = migrations.upgrade(database)
        finally:
            database.close()
        # Marks a new database as this environment's, and makes the key ring before the first start needs it.
        with open_runtime(settings):
            pass
    if before is None:
        terminal.say(f"The schema is up to date ({migrations.head()}).")
    else:
        terminal.say(f"The schema was {before} and is now {migrations.head()}.")
