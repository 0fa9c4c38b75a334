"""Query parameters: those that are known, and of what is listed how many, from where on, and which."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spectrum_orders.domain.members import nearest
from spectrum_orders.domain.reading import LONGEST_NAME
from spectrum_orders.errors import BadRequest
from spectrum_orders.web.exchange import Exchange

_LARGEST = 1 << 62
_NEAR = 0.7
"""How alike a parameter is to the one that was probably meant. Their names are short: by less ``sort`` is
like ``source`` and ``from`` like ``format``, and wrong advice is worse than the list of what is known."""


def refuse_unknown(exchange: Exchange, *known: str) -> None:
    """Raises BadRequest when the query has a parameter that is none of ``known``, in any case.

    For routes where a parameter that is not read means more than was asked for.
    """
    for sent, _ in exchange.asked():
        name = sent.decode("latin-1")[:LONGEST_NAME]
        if name and name.lower() not in (one.lower() for one in known):
            meant = nearest(name, known, _NEAR)
            shown = f"'{name}'" if name.isascii() and name.isprintable() else "that was sent"
            listed = f"; known are {', '.join(known)}." if known else "; the route has none."
            hint = f"; did you mean {meant}?" if meant else listed
            raise BadRequest(f"The query parameter {shown} is not known here{hint}")


def whole(exchange: Exchange, name: str, *, low: int, high: int = _LARGEST, default: int) -> int:
    """A whole number. Raises BadRequest."""
    text = exchange.text(name.encode())
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,19}", text) or not low <= int(text) <= high:
        raise BadRequest(f"The query parameter {name} is a whole number from {low} to {high}.")
    return int(text)


def limit(exchange: Exchange, default: int, most: int) -> int:
    """The parameter ``limit``. Raises BadRequest."""
    return whole(exchange, "limit", low=1, high=most, default=default)


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
