"""The table of routes: what is served, to whom, and by which function."""

from __future__ import annotations

import urllib.parse
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from spectrum_orders.errors import MethodNotAllowed, NotFound
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange

Handler = Callable[[Exchange, Principal], Awaitable[None]]
PublicHandler = Callable[[Exchange], Awaitable[None]]


class Route(msgspec.Struct, frozen=True):
    """One operation. ``pattern`` may end in one ``{parameter}``; a trailing slash never matters.

    ``scope`` is what a token needs for it; a route without one is public.
    """

    method: str
    pattern: str
    scope: str | None
    handler: Handler | None = None
    public: PublicHandler | None = None


class Router:
    """Finds the route of a request. Exact paths cost one look-up."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self._exact: dict[str, dict[str, Route]] = {}
        self._prefixed: list[tuple[str, dict[str, Route]]] = []
        for route in routes:
            prefix, brace, _ = route.pattern.partition("{")
            if not brace:
                self._exact.setdefault(route.pattern, {})[route.method] = route
                continue
            for known, methods in self._prefixed:
                if known == prefix:
                    methods[route.method] = route
                    break
            else:
                self._prefixed.append((prefix, {route.method: route}))

    def find(self, exchange: Exchange) -> Route:
        """The route, with the path's parameter put in ``exchange.parameter``.

        Raises NotFound or MethodNotAllowed.
        """
        methods = self._exact.get(exchange.path)
        if methods is None:
            methods = self._find_prefixed(exchange)
        route = methods.get(exchange.method)
        if route is None and exchange.method == "HEAD":
            route = methods.get("GET")
        if route is None:
            allowed = ", ".join(sorted(methods))
            exchange.route = next(iter(methods.values())).pattern
            exchange.extra_headers.append((b"allow", allowed.encode()))
            raise MethodNotAllowed(f"{exchange.method} is not served here; allowed: {allowed}.")
        exchange.route = route.pattern
        return route

    def _find_prefixed(self, exchange: Exchange) -> dict[str, Route]:
        # The raw path: a purchase order number may hold an encoded slash, and one that ends in a slash
        # must not lose it to the rule about trailing slashes.
        raw = exchange.scope["raw_path"].decode("latin-1")
        for prefix, methods in self._prefixed:
            if raw.startswith(prefix):
                segment = raw[len(prefix) :].removesuffix("/")
                if segment and "/" not in segment:
                    try:
                        exchange.parameter = urllib.parse.unquote(segment, errors="strict")
                    except UnicodeDecodeError:
                        break
                    if "\0" in exchange.parameter:  # PostgreSQL cannot even be asked for it
                        break
                    return methods
        raise NotFound("There is nothing at this path. The routes are listed at /docs.")
