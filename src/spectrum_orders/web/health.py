"""``/healthz``: the process answers. ``/readyz``: it could take an order now."""

from __future__ import annotations

import asyncio

import msgspec

from spectrum_orders.capture import Intake
from spectrum_orders.errors import Unavailable
from spectrum_orders.store import deployment
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.web.auth import token_of
from spectrum_orders.web.exchange import Exchange

_encode = msgspec.json.Encoder().encode

PROBE_SECONDS = 5.0


class Health:
    """Both endpoints of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._probing: asyncio.Task[None] | None = None

    async def live(self, exchange: Exchange) -> None:
        """200 as long as the event loop turns. Says which token header arrived, for ``doctor``."""
        _, header = token_of(exchange.headers)
        await exchange.respond(
            200, _encode({"status": "ok"}), headers=((b"x-spectrum-token-header", header.encode()),)
        )

    async def ready(self, exchange: Exchange) -> None:
        """200 when a transaction can be written, 503 otherwise."""
        # Whoever asks while a probe is on its way shares it: the route is public, and each probe is
        # a commit.
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._intake.run(_probe))
        try:
            await asyncio.wait_for(asyncio.shield(self._probing), PROBE_SECONDS)
        except TimeoutError:
            raise Unavailable("The order store does not answer.", retry_after=5) from None
        await exchange.respond(200, _encode({"status": "ready", "waiting": self._intake.writer.waiting}))


def _probe(tx: Transaction) -> None:
    deployment.touch(tx.connection, tx.now)
