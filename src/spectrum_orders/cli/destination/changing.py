"""`spectrum destination set`: the factory changed its password, its key or its address."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.destination import wanting
from spectrum_orders.cli.destination.advising import say_what_next
from spectrum_orders.cli.destination.fitting import (
    BODIES,
    CERTIFICATES,
    WHOLE,
    trust_options,
)
from spectrum_orders.cli.destination.listing import known_destination
from spectrum_orders.cli.destination.wanting import Asked, Wanted
from spectrum_orders.cli.setting import OrNone

if TYPE_CHECKING:
    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.partners import DestinationRow
    from spectrum_orders.store.transaction import Transaction

LABELS = {
    wanting.URL: "URL",
    wanting.SECRET: "secret",
    wanting.KEY: "host key",
    wanting.CA: "CA",
    wanting.POSTS: "body",
}


@click.command("set")
@click.argument("number", type=int, metavar="ID")
@click.option(
    "--url", metavar="URL", help="Its new place, of the same kind: another host, port, user, path or bucket."
)
@trust_options
@click.option(
    "--ca",
    "authority",
    type=OrNone(CERTIFICATES),
    metavar="FILE",
    help="Of https:// and s3://: certificates (PEM) to trust instead of the system's; none: the system's.",
)
@click.option(
    "--body", type=BODIES, help="Of https://: post whole packages, or the JSON job ticket of each alone."
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@terminal.json_option
@click.pass_context
def set_(context: click.Context, /, number: int, dry_run: bool, as_json: bool, **options: Any) -> None:
    """Change what is named of the destination ID; the rest stays as it is.

    For a factory that changed its password, access key, host key or address. What it is owed is tried at
    once, with the new secret and at the new place; packages keep their names. Its partner, its environment
    and the kind of its URL stay.

    What was given up stays so until it is replayed: spectrum delivery replay --destination ID
    """
    asked = Asked(**options)
    if asked == Asked():
        raise click.UsageError("Say what to change; see: spectrum destination set --help", context)
    from spectrum_orders.store import deliveries, partners

    with opened(context) as runtime:
        with runtime.database.read() as connection:
            before = known_destination(connection, number)
            (partner,) = [one for one in partners.everybody(connection) if one.id == before.partner_id]
        wanted = wanting.wanted(context, runtime, before, partner, asked)
        if wanted.what and not dry_run:
            _store(runtime, before, wanted)
        with runtime.database.read() as connection:
            owed = deliveries.count_owed(connection).get(number, 0)
            buried = deliveries.count_buried(connection, number)
        here = before.environment == runtime.settings.environment
    if as_json:
        told = _plain(before, partner.handle, wanted)
        terminal.show_json(told | {"dryRun": dry_run, "owed": owed, "buried": buried})
        return
    _say_changes(before, partner.handle, wanted, dry_run=dry_run)
    if owed and here:
        _say_owed(number, owed, wanted, dry_run=dry_run)
    if buried:
        what = "1 delivery stays" if buried == 1 else f"{buried:,} deliveries stay"
        terminal.say(f"{what} given up. To send again what was given up:")
        terminal.say(f"  spectrum delivery replay --destination {number}")
    if wanted.what and not dry_run:
        say_what_next(wanted.destination, number, here=here)


def _store(runtime: Runtime, before: DestinationRow, wanted: Wanted) -> None:
    from spectrum_orders.delivery import vault
    from spectrum_orders.delivery.lease import LEASE_US
    from spectrum_orders.store import deliveries, partners

    def job(tx: Transaction) -> None:
        sealed = before.secret
        if wanted.secret is not None:
            sealed = vault.seal_another(tx.connection, runtime.keys, before.id, wanted.secret)
        # The queue before the destination, as whoever settles a delivery.
        deliveries.hurry(tx, before.id, LEASE_US)
        after = (str(wanted.destination), wanted.options, sealed)
        partners.change_destination(tx, before, after, wanted.what)

    runtime.ledger.run(job)


def _say_changes(before: DestinationRow, handle: str, wanted: Wanted, *, dry_run: bool) -> None:
    names = ", ".join(LABELS[one] for one in wanted.what)
    if not wanted.what:
        terminal.say(f"The destination {before.id} is like that already, and nothing was changed.")
    elif dry_run:
        now, then = (before.url, before.options), (str(wanted.destination), wanted.options)
        rows = [(LABELS[one], _shown(one, *now), _shown(one, *then)) for one in wanted.what]
        terminal.show_table(("WHAT", "NOW", "THEN"), rows)
        terminal.say(
            f"Of the destination {before.id} of {handle} would be changed: {names}. Nothing was changed."
        )
    else:
        terminal.say(f"Of the destination {before.id} of {handle} was changed: {names}.")


def _say_owed(number: int, owed: int, wanted: Wanted, *, dry_run: bool) -> None:
    what = "1 delivery is owed to it" if owed == 1 else f"{owed:,} deliveries are owed to it"
    if not wanted.what:
        terminal.say(f"{what}. To try now: spectrum destination resume {number}")
    else:
        terminal.say(f"{what} and {'would' if dry_run else 'will'} be tried at once.")


def _shown(what: str, url: str, options: dict[str, Any]) -> str:
    """One thing about a destination, as far as that is nobody's secret."""
    from spectrum_orders.delivery.transports import AUTHORITY, BODY, HOST_KEY, fingerprint

    if what == wanting.URL:
        return url
    if what == wanting.KEY:
        pinned = str(options[HOST_KEY])
        return pinned if pinned.startswith("SHA256:") else fingerprint(pinned)
    if what == wanting.CA:
        own = options.get(AUTHORITY)
        return "the system's" if own is None else f"SHA-256 {hashlib.sha256(own.encode()).hexdigest()[:16]}"
    return options.get(BODY, WHOLE) if what == wanting.POSTS else "not shown"


def _plain(before: DestinationRow, handle: str, wanted: Wanted) -> dict[str, Any]:
    from spectrum_orders.delivery.transports import BODY, HOST_KEY

    return {
        "id": str(before.id),
        "partner": handle,
        "url": str(wanted.destination),
        "environment": before.environment,
        "hasSecret": before.secret is not None,
        "hostKey": wanted.options.get(HOST_KEY),
        "body": wanted.options.get(BODY, WHOLE),
        "changed": list(wanted.what),
    }
