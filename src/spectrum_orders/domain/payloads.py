"""Every generation of the wire format, read into one kind of order.

A clean body takes the typed road in one pass. What that refuses, a problem as well as anything
that deserves a warning, takes the plain road, which names every finding at once.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec

from spectrum_orders.domain import plain, repeats, typed
from spectrum_orders.domain.depth import deeper_than
from spectrum_orders.domain.envelope import Many, open_envelope, unmarked
from spectrum_orders.domain.order import Form
from spectrum_orders.domain.reading import Reading
from spectrum_orders.domain.syntax import NO_JSON, not_json
from spectrum_orders.domain.verdict import Accepted, Rejected
from spectrum_orders.errors import NotJson

__all__ = ["Accepted", "Many", "Rejected", "open_envelope", "read_order"]

_SMALL = 65_536
_MOST_VALUES = 250_000
"""Commas and opening brackets in one order: an upper bound for the values that reading it would
make. A megabyte of ``[[],[],…`` becomes 30 MB of objects; this keeps any order below that, and
lets through 1 000 lines of 80 SKUs each."""

MOST_DEPTH = 64
"""Arrays and objects that may stand in each other. An order needs four."""

_decode = msgspec.json.Decoder().decode


def read_order(
    body: bytes | msgspec.Raw, form: Form, zone: ZoneInfo, deepest: int = MOST_DEPTH
) -> Accepted | Rejected:
    """Read one order from its JSON.

    ``zone`` is where a date without an offset belongs. Raises ``NotJson`` with the byte offset
    when the body is not JSON, or nests more than ``deepest`` deep, and nothing else; no message
    repeats a value of the body.
    """
    if isinstance(body, msgspec.Raw):
        body = bytes(body)
    body = unmarked(body)
    if len(body) > _SMALL and body.count(b",") + body.count(b"[") + body.count(b"{") > _MOST_VALUES:
        reading = Reading(zone)
        reading.problem("", "too-many", f"One order may hold at most {_MOST_VALUES} values.")
        return Rejected(None, (), reading.problems, ())
    accepted = typed.read(body, form, zone)
    if accepted is not None:
        return accepted
    # What the typed road takes has no room for depth, so only the plain one need look.
    if deeper_than(body, deepest):
        raise NotJson(f"The body is nested too deeply to be read: more than {deepest} levels.") from None
    try:
        value = _decode(body)
    except NO_JSON as error:
        raise not_json(body, error) from None
    repeated = repeats.find(body) if repeats.may_repeat(body, value) else ()
    return plain.read(value, form, zone, repeated)
