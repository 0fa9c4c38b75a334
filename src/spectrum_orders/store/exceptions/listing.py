"""The one list: kind after kind, the most pressing first, and within a kind the oldest first."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.domain.cases import Case
from spectrum_orders.domain.exceptions import KINDS
from spectrum_orders.store.exceptions import erasures, lanes, lines, owners, packages, waits
from spectrum_orders.store.exceptions.look import Key, Look, Source

SOURCES: dict[str, Source] = {
    **lines.SOURCES,
    **waits.SOURCES,
    **packages.SOURCES,
    **lanes.SOURCES,
    **owners.SOURCES,
    **erasures.SOURCES,
}


class Place(msgspec.Struct, frozen=True):
    """Where a page ended: after this case of this kind."""

    kind: str
    key: Key


class Page(msgspec.Struct, frozen=True):
    """Some cases; ``more`` is where the next page begins, ``None`` when there is none."""

    cases: tuple[Case, ...]
    more: Place | None


def is_key(place: Place) -> bool:
    """Whether a page may have ended there."""
    shape = SOURCES[place.kind].shape if place.kind in SOURCES else ()
    return len(shape) == len(place.key) > 0 and all(
        isinstance(value, kind) and ("\0" not in value if isinstance(value, str) else 0 <= value < 2**63)
        for value, kind in zip(place.key, shape, strict=True)
    )


def find(
    connection: Connection, look: Look, kinds: Sequence[str], most: int, after: Place | None = None
) -> Page:
    """Up to so many cases of these kinds, in their order. What was read is read from one moment's facts."""
    left = [kind for kind in KINDS if kind in kinds]
    key: Key = ()
    if after is not None:
        order = list(KINDS)
        left = [kind for kind in left if order.index(kind) >= order.index(after.kind)]
        key = after.key if left[:1] == [after.kind] else ()
    cases: list[Case] = []
    place: Place | None = None
    for kind in left:
        # One more than asked for says whether there is a next page.
        found = SOURCES[kind].find(connection, look, key, most - len(cases) + 1)
        for key, case in found:
            if len(cases) == most:
                return Page(tuple(cases), place)
            cases.append(case)
            place = Place(kind, key)
        key = ()
    return Page(tuple(cases), None)


def count(connection: Connection, look: Look, most: int) -> dict[str, int]:
    """How many exceptions there are of each kind, up to so many; what still waits is not counted."""
    return {kind: SOURCES[kind].count(connection, look, most) for kind in KINDS}
