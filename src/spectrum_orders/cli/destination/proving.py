"""`spectrum destination test`: does a file arrive there?"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
import msgspec

from spectrum_orders.cli import terminal
from spectrum_orders.cli.context import opened
from spectrum_orders.cli.destination.advising import advice
from spectrum_orders.cli.destination.listing import known_destination
from spectrum_orders.errors import Conflict

if TYPE_CHECKING:
    from spectrum_orders.delivery.transports import Proof
    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.partners import DestinationRow


class Probe(msgspec.Struct, frozen=True):
    """A few words as a file."""

    text: bytes
    media_type: str = "text/plain; charset=utf-8"

    @property
    def size(self) -> int:
        return len(self.text)

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.text).digest()

    def chunks(self) -> Iterator[bytes]:
        yield self.text


@click.command("test")
@click.argument("number", type=int, metavar="ID")
@terminal.json_option
@click.pass_context
def prove(context: click.Context, number: int, as_json: bool) -> int:
    """Deliver a small text file to the destination ID, as a package would be, and say how that is known.

    The file is spectrum-test/TIME-….txt. It holds no order and stays there, because nothing is ever deleted
    at a factory. Exits with 1 when it did not arrive. A success ends a pause after failures.
    """
    from spectrum_orders.delivery.transports import DeliveryFailed
    from spectrum_orders.store.transaction import now_us

    with opened(context) as runtime:
        with runtime.database.read() as connection:
            row = known_destination(connection, number)
        here = runtime.settings.environment
        if row.environment != here:
            raise Conflict(
                f"The destination is for the environment {row.environment!r}, and this deployment is "
                f"{here!r}: nothing is sent there from here."
            )
        # Another name and other bytes each time: what is there already would prove nothing about writing.
        stamp = (terminal.instant(now_us()) or "").replace("-", "").replace(":", "")
        name = f"spectrum-test/{stamp}-{secrets.token_hex(3)}.txt"
        probe = Probe(
            f"A test of Spectrum Orders ({here}): {name}\nIt holds no order and may be deleted.\n".encode()
        )
        told: dict[str, Any] = {"destination": str(number), "url": row.url, "ok": True}
        try:
            told |= asyncio.run(_put(runtime, row, name, probe)).as_json()
        except DeliveryFailed as failure:
            told |= {
                "ok": False,
                "code": failure.code,
                "message": failure.message,
                "nextStep": advice(failure),
                "permanent": failure.permanent,
            }
        _note(runtime, row, name, told)
    if as_json:
        terminal.show_json(told)
    else:
        _say(told, name)
    return 0 if told["ok"] else 1


async def _put(runtime: Runtime, row: DestinationRow, name: str, probe: Probe) -> Proof:
    from spectrum_orders.delivery import vault
    from spectrum_orders.delivery.transports import open_transport
    from spectrum_orders.domain import destinations

    with runtime.database.read() as connection:
        secret = vault.open_secret(connection, runtime.keys, row)
    transport = open_transport(
        destinations.parse(row.url), secret, row.options, allowed=runtime.settings.outbound_networks or ()
    )
    try:
        return await transport.put(name, probe)
    finally:
        await transport.close()


def _note(runtime: Runtime, row: DestinationRow, name: str, told: dict[str, Any]) -> None:
    from spectrum_orders.store import partners

    with runtime.ledger.write() as tx:
        outcome = "ok" if told["ok"] else told["code"]
        tx.record("destination.tested", "cli", {"destination": str(row.id), "name": name, "outcome": outcome})
        if told["ok"] and row.failures:
            partners.note_health(tx, row.id, failures=0, paused_until=0, last_error="")
            partners.changed(tx)


def _say(told: dict[str, Any], name: str) -> None:
    if told["ok"]:
        click.echo(f"It arrived: {terminal.visible(told['where'])}")
        terminal.say(f"{told['checked']} The file stays there and may be deleted.")
        return
    click.echo(f"{name} did not arrive ({told['code']}): {told['message']}")
    if told["nextStep"]:
        terminal.say(f"What to do: {told['nextStep']}")
