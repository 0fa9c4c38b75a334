"""``/api/webhooks``: where a client or a partner wants its events sent."""

from __future__ import annotations

import msgspec

from spectrum_orders.capture import Intake
from spectrum_orders.domain import wish as wishes
from spectrum_orders.domain.instants import iso
from spectrum_orders.store import endpoints, webhooks
from spectrum_orders.store.endpoints import Endpoint
from spectrum_orders.store.transaction import now_us
from spectrum_orders.web import documents
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look
from spectrum_orders.web.webhooks import asking, showing
from spectrum_orders.webhooks import registering

_encode = msgspec.json.Encoder().encode


class Endpoints:
    """The endpoints of one process, each for an owner's own."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._runtime = intake.runtime

    async def add(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/webhooks``, with the secret this once."""
        owner = asking.owner(principal)
        wish = wishes.read(await documents.read(exchange), new=True)
        assert wish.url is not None
        await registering.judge(self._runtime, wish.url)
        keys, client_id = self._runtime.keys, asking.journalled(principal)
        endpoint, secret = await self._intake.run(
            lambda tx: registering.add(tx, keys, owner, wish, principal.actor, client_id=client_id)
        )
        warnings = registering.warnings(self._runtime, wish)
        body = showing.endpoint(endpoint, now_us()) | {"secret": secret, "warnings": warnings}
        where = (b"location", f"/api/webhooks/{endpoint.readable_id}".encode())
        await exchange.respond(201, _encode(body), headers=(where,))

    async def read_all(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``GET /api/webhooks``."""
        owner = asking.owner(principal)
        found = await look(lambda: self._of_owner(owner))
        body = {"webhooks": [showing.endpoint(one, now_us()) for one in found]}
        await exchange.respond(200, _encode(body))

    async def read(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``GET /api/webhooks/{webhookId}``."""
        await self._show(exchange, await look(lambda: self._known(exchange, principal)))

    async def change(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``PATCH /api/webhooks/{webhookId}``."""
        owner, number = asking.owner(principal), asking.number(exchange)
        wish = wishes.read(await documents.read(exchange), new=False)
        await look(lambda: self._known(exchange, principal))
        if wish.url is not None:
            await registering.judge(self._runtime, wish.url)
        actor, client_id = principal.actor, asking.journalled(principal)
        changed = await self._intake.run(
            lambda tx: registering.change(tx, owner, number, wish, actor, client_id=client_id)
        )
        body = showing.endpoint(changed, now_us()) | {"warnings": registering.warnings(self._runtime, wish)}
        await exchange.respond(200, _encode(body))

    async def remove(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``DELETE /api/webhooks/{webhookId}``."""
        owner, number = asking.owner(principal), asking.number(exchange)
        actor, client_id = principal.actor, asking.journalled(principal)
        removed = await self._intake.run(
            lambda tx: registering.remove(tx, owner, number, actor, client_id=client_id)
        )
        await exchange.respond(200, _encode({"id": removed.readable_id, "removed": True}))

    async def rotate(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/webhooks/{webhookId}/secret``, with the new secret this once."""
        owner, number = asking.owner(principal), asking.number(exchange)
        keys, actor, client_id = self._runtime.keys, principal.actor, asking.journalled(principal)
        endpoint, secret, until = await self._intake.run(
            lambda tx: registering.rotate(tx, keys, owner, number, actor, client_id=client_id)
        )
        body = {"id": endpoint.readable_id, "secret": secret, "secondSecretUntil": iso(until)}
        await exchange.respond(200, _encode(body))

    async def try_out(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/webhooks/{webhookId}/test`` with what came back."""
        endpoint = await look(lambda: self._known(exchange, principal))
        outcome = await registering.try_out(self._runtime, endpoint)
        await self._intake.run(lambda tx: webhooks.note_attempt(tx, endpoint.id, 0, outcome.attempt))
        await exchange.respond(200, _encode(showing.trial(outcome)))

    async def _show(self, exchange: Exchange, endpoint: Endpoint) -> None:
        await exchange.respond(200, _encode(showing.endpoint(endpoint, now_us())))

    def _known(self, exchange: Exchange, principal: Principal) -> Endpoint:
        with self._runtime.database.read() as connection:
            return endpoints.known(connection, asking.owner(principal), asking.number(exchange))

    def _of_owner(self, owner: int) -> list[Endpoint]:
        with self._runtime.database.read() as connection:
            return endpoints.of_owner(connection, owner)
