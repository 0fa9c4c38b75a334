"""The description as JSON and as one page. Both are made at the first request for them and kept."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence

import msgspec

from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.openapi import describe
from spectrum_orders.web.routes import Route


class Reference:
    """The three endpoints of one process. ``routes`` is everything that is served, these included."""

    def __init__(self, routes: Sequence[Route], environment: str) -> None:
        self._routes = routes
        self._environment = environment

    async def openapi(self, exchange: Exchange) -> None:
        """Answer with the OpenAPI document."""
        await exchange.respond(200, self._document)

    async def page(self, exchange: Exchange) -> None:
        """Answer with the page, under a policy that lets it load nothing but itself."""
        # In a thread: the first time costs about 50 ms, most of it for loading the template engine.
        page, policy = await asyncio.to_thread(lambda: self._page)
        await exchange.respond(
            200,
            page,
            b"text/html; charset=utf-8",
            ((b"content-security-policy", policy), (b"referrer-policy", b"no-referrer")),
        )

    async def front(self, exchange: Exchange) -> None:
        """Send people on to the page."""
        await exchange.respond(
            302, b"The reference is at /docs.\n", b"text/plain; charset=utf-8", ((b"location", b"/docs"),)
        )

    @functools.cached_property
    def _document(self) -> bytes:
        return msgspec.json.encode(describe(self._routes, self._environment))

    @functools.cached_property
    def _page(self) -> tuple[bytes, bytes]:
        from spectrum_orders.web.reference.page import render

        return render(msgspec.json.decode(self._document))
