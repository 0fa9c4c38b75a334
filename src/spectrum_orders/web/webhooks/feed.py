"""``GET /api/events``: the feed, from wherever its reader stopped; and which events there are."""

from __future__ import annotations

import asyncio
import functools
import time

import msgspec

from spectrum_orders.capture import Intake
from spectrum_orders.domain import notice as notices
from spectrum_orders.domain.events import CATALOGUE, KINDS
from spectrum_orders.errors import BadRequest
from spectrum_orders.store import events, feed
from spectrum_orders.store.feed import Page
from spectrum_orders.web import paging
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look
from spectrum_orders.web.webhooks import asking

DEFAULT_LIMIT, MOST = 100, 1_000
LONGEST_WAIT = 30

LOOK_SECONDS = 0.5
"""Between two looks for somebody who waits: one probe of an index, twice a second."""

_encode = msgspec.json.Encoder().encode


class Feed:
    """The endpoints of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._wanted = False

    async def read(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``GET /api/events``. Who asks for the first time has events told from then on."""
        after = paging.whole(exchange, "after", low=0, default=0)
        most = paging.whole(exchange, "limit", low=1, high=MOST, default=DEFAULT_LIMIT)
        wait = paging.whole(exchange, "wait", low=0, high=LONGEST_WAIT, default=0)
        kinds = _kinds(exchange)
        await self._want()
        until = time.monotonic() + wait
        while True:
            read = functools.partial(self._page, principal, after, most, kinds)
            page = await look(read)
            if page.entries or page.more or time.monotonic() >= until:
                break
            # What was looked at in vain need not be looked at again.
            after = page.next
            await asyncio.sleep(min(LOOK_SECONDS, max(0.0, until - time.monotonic())))
        body = {
            "events": [notices.plain(notice, sequence=number) for number, notice in page.entries],
            "next": page.next,
            "more": page.more,
        }
        await exchange.respond(200, _encode(body))

    async def types(self, exchange: Exchange, _: Principal) -> None:
        """Answer ``GET /api/event-types``."""
        body = [
            {
                "type": kind.name,
                "when": kind.when,
                "data": [{"member": name, "meaning": meaning} for name, meaning in kind.members],
            }
            for kind in CATALOGUE
        ]
        await exchange.respond(200, _encode({"types": body}))

    def _page(self, principal: Principal, after: int, most: int, kinds: frozenset[str]) -> Page:
        only = principal.client_id or None if principal.partner_id is not None else None
        with self._intake.runtime.database.read() as connection:
            return feed.read(connection, asking.reader(principal), after, most, kinds=kinds, client_id=only)

    async def _want(self) -> None:
        if self._wanted:
            return
        if not await look(self._is_wanted):
            await self._intake.run(events.want)
        self._wanted = True

    def _is_wanted(self) -> bool:
        with self._intake.runtime.database.read() as connection:
            return events.wanted(connection)


def _kinds(exchange: Exchange) -> frozenset[str]:
    text = exchange.text(b"types")
    found = frozenset(text.split(",")) if text else frozenset()
    if not found.issubset(KINDS):
        raise BadRequest(
            "The query parameter types names types of events, with commas between; GET /api/event-types "
            "lists them."
        )
    return found
