"""`spectrum keys`: the master keys under which every order's own key is wrapped."""

from __future__ import annotations

import base64
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.errors import Conflict

if TYPE_CHECKING:
    from spectrum_orders.crypto import KeyRing
    from spectrum_orders.runtime import Runtime

SETTLE = 2.0
"""Seconds for running servers to notice a new ring; they look every second."""

SAY_EVERY = 2.0
"""Seconds between two lines that say how far a rotation has come."""


@click.group("keys")
def command() -> None:
    """Show, rotate and retire the master keys."""


@command.command("show")
@terminal.json_option
@click.pass_context
def show(context: click.Context, as_json: bool) -> None:
    """Show the versions of the master key, how many orders each wraps, and the public key. No secrets."""
    from spectrum_orders.store import people

    with opened(context) as runtime:
        ring = runtime.keys
        where = runtime.settings.sources.get("keyring") or str(runtime.settings.keyring_file)
        with runtime.database.read() as connection:
            counts = people.count_by_version(connection)
    public = base64.b64encode(ring.public_key).decode()
    if as_json:
        terminal.show_json(
            {
                "from": where,
                "active": ring.active,
                "versions": [{"version": v, "orders": counts.get(v, 0)} for v in ring.versions],
                "keyId": ring.key_id,
                "publicKey": public,
            }
        )
        return
    terminal.show_table(
        ("VERSION", "STATE", "ORDERS"),
        [
            (str(version), "active" if version == ring.active else "old", str(counts.get(version, 0)))
            for version in ring.versions
        ],
    )
    click.echo(f"\nkey ring    {where}\nkey id      {ring.key_id}\npublic key  {public}")


@command.command("rotate")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Only write the ring with a new version to FILE, for rings that are kept in the environment.",
)
@click.pass_context
def rotate(context: click.Context, output: Path | None) -> None:
    """Add a new master key and wrap every order's key under it, beside running servers.

    May be stopped at any moment: called again, it first finishes what was begun.
    """
    from spectrum_orders import crypto

    with opened(context) as runtime:
        if output is not None:
            if output.exists():
                raise Conflict(f"{output} is there already; choose a new name.")
            crypto.save(output, runtime.keys.with_new_version())
            terminal.say(
                f"Wrote the next ring to {output}. Put it in the place of the present one, restart every "
                "process, then call: spectrum keys rotate"
            )
            return
        ring = runtime.keys
        if _unfinished(runtime, ring):
            terminal.say(f"Finishing the rotation to version {ring.active} that was begun before.")
        elif runtime.settings.keyring is not None:
            raise Conflict(
                f"The key ring comes from {runtime.settings.sources['keyring']} and cannot be changed from "
                "here. Write the next one with: spectrum keys rotate --output FILE"
            )
        else:
            ring = _with_new_version(runtime)
            terminal.say(
                f"Version {ring.active} is the active one now. "
                f"Back up {runtime.settings.keyring_file}, apart from the database."
            )
            # Until a server has seen the new ring it seals new orders under the old version.
            time.sleep(SETTLE)
        _rewrap(runtime, ring)
    old = ", ".join(str(version) for version in ring.versions if version != ring.active)
    terminal.say(f"Every order's key is wrapped under version {ring.active}.")
    if old:
        terminal.say(f"Retire what is no longer needed (now: {old}) with: spectrum keys retire VERSION")


@command.command("retire")
@click.argument("version", type=click.IntRange(min=1))
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def retire(context: click.Context, version: int, yes: bool) -> None:
    """Take VERSION off the key ring, so that nothing wrapped under it ever opens again.

    Refused while any order needs it. Backups of the database from before the last rotation need it too.
    """
    from spectrum_orders import crypto

    with opened(context) as runtime:
        if runtime.settings.keyring is not None:
            raise Conflict(
                f"The key ring comes from {runtime.settings.sources['keyring']} and cannot be changed from "
                "here. Take the version out where the ring is kept."
            )
        runtime.keys.without_version(version)  # refuses what is unknown or active before anybody is asked
        _refuse_needed(runtime, version)
        if not yes:
            click.confirm(
                f"Database backups that need version {version} can never be read again. Retire it?",
                abort=True,
                err=True,
            )
        # A rotation a moment ago: a server that has not seen it yet may still be using this version.
        time.sleep(SETTLE)
        _refuse_needed(runtime, version)
        with runtime.ledger.write() as tx:
            tx.record("keys.retired", "cli", {"version": version})

        def without(ring: KeyRing) -> KeyRing:
            # Once more under the lock: another process may have rotated meanwhile.
            _refuse_needed(runtime, version)
            return ring.without_version(version)

        crypto.update(runtime.settings.keyring_file, without)
    terminal.say(f"Version {version} is retired. Destroy it in the backups of the key ring as well.")


def _with_new_version(runtime: Runtime) -> KeyRing:
    from spectrum_orders import crypto

    ring = crypto.update(runtime.settings.keyring_file, lambda ring: ring.with_new_version())
    with runtime.ledger.write() as tx:
        tx.record("keys.rotated", "cli", {"version": ring.active})
    return ring


def _rewrap(runtime: Runtime, ring: KeyRing) -> None:
    from spectrum_orders.store import people

    said = -math.inf

    def progress(done: int) -> None:
        nonlocal said
        if time.monotonic() - said >= SAY_EVERY:
            terminal.say(f"  {terminal.count(done, 'order')}")
            said = time.monotonic()

    while _unfinished(runtime, ring):
        people.rewrap(runtime.ledger, ring, progress)


def _unfinished(runtime: Runtime, ring: KeyRing) -> bool:
    return any(count for version, count in _counts(runtime).items() if version != ring.active)


def _counts(runtime: Runtime) -> dict[int, int]:
    from spectrum_orders.store import people

    with runtime.database.read() as connection:
        return people.count_by_version(connection)


def _refuse_needed(runtime: Runtime, version: int) -> None:
    count = _counts(runtime).get(version, 0)
    if count:
        raise Conflict(
            f"{terminal.count(count, 'order')} still {'needs' if count == 1 else 'need'} version {version}. "
            "Wrap them anew first: spectrum keys rotate"
        )
