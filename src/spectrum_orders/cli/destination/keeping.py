"""A new destination, tried as far as that needs no connection, and stored."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spectrum_orders.errors import Conflict, Invalid

if TYPE_CHECKING:
    from spectrum_orders.domain.destinations import Destination
    from spectrum_orders.runtime import Runtime
    from spectrum_orders.store.partners import Partner
    from spectrum_orders.store.transaction import Transaction

LARGEST_AUTHORITY = 1024 * 1024
"""Bytes of a file of certificates: the operating system's own bundle is a quarter of it."""


def refuse_second(runtime: Runtime, partner: Partner, destination: Destination, environment: str) -> None:
    """Raises Conflict when the partner has it already: every package would be sent there twice."""
    from spectrum_orders.store import partners

    with runtime.database.read() as connection:
        for one in partners.list_destinations(connection, partner.id):
            if (one.url, one.environment) == (str(destination), environment):
                raise Conflict(
                    f"{partner.handle} has this destination already, as {one.id}. To change its secret or "
                    f"host key: spectrum destination set {one.id}"
                )


def read_authority(file: Path) -> str:
    """What stands in a file of certificates. Raises Invalid."""
    with file.open("rb") as handle:
        text = handle.read(LARGEST_AUTHORITY + 1)
    if len(text) > LARGEST_AUTHORITY or not text.isascii():
        raise Invalid(f"{file.name} is no file of certificates in PEM form.")
    return text.decode("ascii")


def open_once(
    runtime: Runtime, destination: Destination, secret: str | None, options: dict[str, Any]
) -> None:
    """Open its transport once, so that a mistake is told now and not by the first package. Raises Invalid."""
    from spectrum_orders.delivery.transports import DeliveryFailed, open_transport

    allowed = runtime.settings.outbound_networks or ()

    async def once() -> None:
        await open_transport(destination, secret, options, allowed=allowed).close()

    try:
        asyncio.run(once())
    except DeliveryFailed as failure:
        raise Invalid(failure.message) from None


def store(
    runtime: Runtime,
    partner: Partner,
    destination: Destination,
    environment: str,
    options: dict[str, Any],
    secret: str | None,
) -> tuple[int, int]:
    """The new destination's id, and how many packages had waited for it."""
    from spectrum_orders.delivery import vault
    from spectrum_orders.store import deliveries, partners

    def job(tx: Transaction) -> tuple[int, int]:
        number = tx.ids.take()
        sealed, key = (None, None) if secret is None else vault.seal_secret(runtime.keys, number, secret)
        partners.add_destination(
            tx, partner, str(destination), environment, options=options, number=number, secret=sealed, key=key
        )
        here = environment == runtime.settings.environment
        return number, deliveries.wake_homeless(tx, partner.id) if here else 0

    return runtime.ledger.run(job)
