"""``/api/webhooks/{webhookId}/deliveries`` and ``…/replay``: what was sent, and sending it again."""

from __future__ import annotations

import msgspec

from spectrum_orders.capture import Intake
from spectrum_orders.domain import replay as replays
from spectrum_orders.errors import BadRequest
from spectrum_orders.store import endpoints, webhooks
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.store.webhooks import STATES, Attempt, Webhook
from spectrum_orders.web import documents, paging
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look
from spectrum_orders.web.webhooks import asking, showing
from spectrum_orders.webhooks import registering

DEFAULT_LIMIT, MOST = 50, 200
"""Each may have ten attempts and more, with a kibibyte of answer."""

_encode = msgspec.json.Encoder().encode

_Listed = tuple[list[tuple[Webhook, str]], dict[int, list[Attempt]]]


class Deliveries:
    """The endpoints of one process, each for an owner's own."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._runtime = intake.runtime

    async def read(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``GET /api/webhooks/{webhookId}/deliveries``."""
        owner, number = asking.owner(principal), asking.number(exchange)
        after = paging.whole(exchange, "after", low=0, default=0)
        most = paging.whole(exchange, "limit", low=1, high=MOST, default=DEFAULT_LIMIT)
        state = exchange.text(b"state")
        if state is not None and state not in STATES:
            raise BadRequest(f"The query parameter state is one of {', '.join(STATES)}.")
        found, log = await look(lambda: self._find(owner, number, state, after, most + 1))
        shown = found[:most]
        body = {
            "deliveries": [showing.delivery(one, kind, log.get(one.sequence, ())) for one, kind in shown],
            "next": shown[-1][0].sequence if shown else after,
            "more": len(found) > most,
        }
        await exchange.respond(200, _encode(body))

    def _find(self, owner: int, number: int | None, state: str | None, after: int, most: int) -> _Listed:
        with self._runtime.database.read() as connection:
            endpoint = endpoints.known(connection, owner, number)
            found = webhooks.list_some(connection, endpoint.id, state=state, after=after, most=most)
            sequences = [one.sequence for one, _ in found]
            return found, webhooks.attempts_of(connection, endpoint.id, sequences)

    async def replay(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/webhooks/{webhookId}/replay``."""
        owner, number = asking.owner(principal), asking.number(exchange)
        wish = replays.read(await documents.read(exchange))
        await look(lambda: self._find(owner, number, None, 0, 1))
        if wish.url:
            await registering.judge(self._runtime, wish.url)
        actor, client_id = principal.actor, asking.journalled(principal)

        def send_again(tx: Transaction) -> tuple[int, int | None]:
            return registering.replay(tx, owner, number, wish, actor, client_id=client_id)

        count, after = await self._intake.run(send_again)
        body = {"replayed": count, "more": after is not None, "next": after}
        await exchange.respond(200, _encode(body))
