"""`spectrum doctor`: is this deployment well, and what should be done?"""

from __future__ import annotations

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.checks.check import Check
from spectrum_orders.cli.context import quiet_log, read_settings
from spectrum_orders.config import Settings, describe

MARKS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}


@click.command("doctor")
@click.option(
    "--url",
    envvar="SPECTRUM_URL",
    metavar="URL",
    help="The base URL that clients use, to see whether the token's header passes the proxies on the way.",
)
@terminal.json_option
@click.pass_context
def command(context: click.Context, url: str | None, as_json: bool) -> int:
    """Print the settings (secrets hidden), check everything around them, and say what to do.

    Changes nothing. Exits with 1 when a check fails; warnings alone are 0.
    """
    settings = read_settings(context)
    quiet_log(settings)
    checks = examine(settings, url)
    failed = any(check.state == "fail" for check in checks)
    if as_json:
        terminal.show_json(
            {
                "ok": not failed,
                "settings": [
                    {"name": row.name, "value": row.value, "source": row.source} for row in describe(settings)
                ],
                "checks": [
                    {"name": c.name, "state": c.state, "message": c.message, "advice": c.advice}
                    for c in checks
                ],
            }
        )
        return 1 if failed else 0
    click.echo("Settings")
    for row in describe(settings):
        click.echo(f"  {row.variable:<32}{row.value}  ({row.source})")
    click.echo("\nChecks")
    for check in checks:
        click.echo(f"  {MARKS[check.state]}  {check.name}: {terminal.visible(check.message)}")
        if check.advice:
            click.echo(f"        -> {check.advice}")
    if url is None:
        click.echo("\nTo check the proxies in front of the server: spectrum doctor --url https://…")
    return 1 if failed else 0


def examine(settings: Settings, url: str | None) -> list[Check]:
    """Every check of a deployment, in the order in which it makes sense to mend them."""
    from spectrum_orders.cli.checks.database import check_database
    from spectrum_orders.cli.checks.disk import check_disk
    from spectrum_orders.cli.checks.fulfilment import check_fulfilment
    from spectrum_orders.cli.checks.keys import check_keys
    from spectrum_orders.cli.checks.machine import check_machine
    from spectrum_orders.cli.checks.proxy import check_proxy
    from spectrum_orders.cli.checks.rendering import check_rendering

    checks = [
        *check_machine(settings),
        *check_disk(settings),
        *check_database(settings),
        *check_keys(settings),
        *check_fulfilment(settings),
        *check_rendering(settings),
    ]
    return checks if url is None else [*checks, *check_proxy(url)]
