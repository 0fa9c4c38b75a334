"""Members that stand more than once in one JSON object: the last one counts, and its sender is told.

No decoder tells of them, and one that did would cost an order more than all else that is read. But each
brings a colon, which is missing when what was decoded is written again; so colons are counted.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import msgspec

from spectrum_orders.domain.reading import token

_encode = msgspec.json.Encoder().encode


class _Object(list[tuple[str, Any]]):
    """An object as it was sent: pairs of name and value."""


def may_repeat(body: bytes, decoded: object) -> bool:
    """Whether ``body`` may repeat a member, which then is missing in what it was ``decoded`` to.

    Missed is only what makes up for its colon: one that is escaped elsewhere, or a null that gave way to a
    value.
    """
    again = _encode(decoded)
    more = body.count(b":") - again.count(b":")
    # What is typed is written again without the members that are null.
    return more != 0 and more != body.count(b"null") - again.count(b"null")


def find(body: bytes) -> list[str]:
    """JSON Pointers of the members that are repeated in ``body``, which is JSON and not nested deeply."""
    found: list[str] = []
    # Digits stay text: of an integer's many Python would make none.
    _walk(json.loads(body, object_pairs_hook=_Object, parse_int=str, parse_float=str), "", found)
    return found


def _walk(value: object, at: str, found: list[str]) -> None:
    if isinstance(value, _Object):
        last = dict(value)
        if len(last) < len(value):
            times = Counter(name for name, _ in value)
            found += [f"{at}/{token(name)}" for name, count in times.items() if count > 1]
        for name, member in last.items():
            _walk(member, f"{at}/{token(name)}", found)
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            _walk(entry, f"{at}/{index}", found)
