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
    """One operation. Each segment of ``pattern`` is a word or a ``{parameter}``; a trailing slash
    never matters.

    ``scope`` is what a client's token needs for it; a route without one is public. ``partners`` may come too,
    with tokens of their own.
    """

    method: str
    pattern: str
    scope: str | None
    handler: Handler | None = None
    public: PublicHandler | None = None
    partners: bool = False


class Shape(msgspec.Struct, frozen=True):
    """A pattern with parameters, cut at its slashes; of a parameter the word is ``None``."""

    words: tuple[str | None, ...]
    methods: dict[str, Route]

    def fits(self, segments: Sequence[str]) -> bool:
        """Whether a path of as many segments has every word, and something in place of each parameter."""
        return all(
            segment == word if word is not None else bool(segment)
            for word, segment in zip(self.words, segments, strict=True)
        )


class Router:
    """Finds the route of a request. Exact paths cost one look-up."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self._exact: dict[str, dict[str, Route]] = {}
        self._shaped: dict[int, list[Shape]] = {}
        found: dict[tuple[str | None, ...], dict[str, Route]] = {}
        for route in routes:
            if "{" not in route.pattern:
                self._exact.setdefault(route.pattern, {})[route.method] = route
                continue
            words = tuple(None if word[:1] == "{" else word for word in route.pattern.split("/"))
            found.setdefault(words, {})[route.method] = route
        # Where two patterns fit, the one that has a word further to the left is meant.
        for words in sorted(found, key=lambda words: [word is None for word in words]):
            self._shaped.setdefault(len(words), []).append(Shape(words, found[words]))

    def find(self, exchange: Exchange) -> Route:
        """The route, with the path's parameters put in ``exchange.parameters``.

        Raises NotFound or MethodNotAllowed.
        """
        raw: bytes = exchange.scope["raw_path"]
        methods = self._exact.get(exchange.path)
        # An encoded slash at the end is no trailing slash, although it looks like one once decoded.
        if methods is None or b"%" in raw:
            methods = self._find_shaped(exchange, raw) or methods
        if methods is None:
            raise NotFound("There is nothing at this path. The routes are listed at /docs.")
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

    def _find_shaped(self, exchange: Exchange, raw: bytes) -> dict[str, Route] | None:
        # The raw path: a purchase order number may hold an encoded slash, and one that ends in a slash
        # must not lose it to the rule about trailing slashes.
        segments = raw.decode("latin-1").removesuffix("/").split("/")
        for shape in self._shaped.get(len(segments), ()):
            if shape.fits(segments):
                try:
                    exchange.parameters = tuple(
                        urllib.parse.unquote(segment, errors="strict")
                        for word, segment in zip(shape.words, segments, strict=True)
                        if word is None
                    )
                except UnicodeDecodeError:
                    return None
                if any("\0" in parameter for parameter in exchange.parameters):
                    return None  # PostgreSQL cannot even be asked for it
                return shape.methods
        return None
