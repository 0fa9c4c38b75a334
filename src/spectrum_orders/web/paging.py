"""Query parameters of what is listed: how many, from where on, and which."""

from __future__ import annotations

from collections.abc import Sequence

from spectrum_orders.errors import BadRequest
from spectrum_orders.web.exchange import Exchange


def limit(exchange: Exchange, default: int, most: int) -> int:
    """The parameter ``limit``. Raises BadRequest."""
    text = exchange.text(b"limit")
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= most:
        raise BadRequest(f"The query parameter limit is a whole number from 1 to {most}.")
    return int(text)


def number(exchange: Exchange, name: bytes) -> int | None:
    """A parameter that an earlier answer gave as ``next``. Raises BadRequest."""
    text = exchange.text(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) >= 2**63:
        raise BadRequest(f"The query parameter {name.decode()} is what an earlier answer gave as next.")
    return int(text)


def choice(exchange: Exchange, name: bytes, allowed: Sequence[str]) -> str | None:
    """A parameter that is one of a few words. Raises BadRequest."""
    text = exchange.text(name)
    if text is not None and text not in allowed:
        raise BadRequest(f"The query parameter {name.decode()} is one of: {', '.join(allowed)}.")
    return text
