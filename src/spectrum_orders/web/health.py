"""``/healthz``: the process answers. ``/readyz``: it could take an order now."""

from __future__ import annotations

import asyncio

import msgspec
import sqlalchemy as sa

from spectrum_orders.capture import Intake
from spectrum_orders.errors import Unavailable
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.web.auth import token_of
from spectrum_orders.web.exchange import Exchange

_encode = msgspec.json.Encoder().encode

PROBE_SECONDS = 5.0


class Health:
    """Both endpoints of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def live(self, exchange: Exchange) -> None:
        """200 as long as the event loop turns. Says which token header arrived, for ``doctor``."""
        _, header = token_of(exchange.headers)
        await exchange.respond(
            200, _encode({"status": "ok"}), headers=((b"x-spectrum-token-header", header.encode()),)
        )

    async def ready(self, exchange: Exchange) -> None:
        """200 when a transaction can be written, 503 otherwise."""
        try:
            await asyncio.wait_for(self._intake.run(_probe), PROBE_SECONDS)
        except TimeoutError:
            raise Unavailable("The order store does not answer.", retry_after=5) from None
        await exchange.respond(200, _encode({"status": "ready", "waiting": self._intake.writer.waiting}))


def _probe(tx: Transaction) -> None:
    tx.connection.execute(sa.text("SELECT 1"))
