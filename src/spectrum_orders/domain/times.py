"""How long a line has been in each workflow status, and in each stage from the order to the parcel.

Instants are microseconds since the Unix epoch, and so are lengths of time.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from spectrum_orders.domain.workflow import CANCELLED, DELIVERED, NOT_STARTED, STATUSES

STAGES = ("acknowledged", "routed", "ready", "delivered", "collected", "shipped")
"""In their order. ``ready`` is a package that is made, ``collected`` one that its partner says to have."""

SHIPPED = STAGES[-1]


class Reached(msgspec.Struct, frozen=True):
    """When a line reached each stage after its acknowledgement; ``None`` of one that it has not reached."""

    routed: int | None = None
    ready: int | None = None
    delivered: int | None = None
    collected: int | None = None
    shipped: int | None = None


class Moved(msgspec.Struct, frozen=True):
    """A move from one workflow status to another; what is not between two statuses does not count."""

    at: int
    before: str
    after: str


class Spell(msgspec.Struct, frozen=True):
    """A stage or status, when it was reached first, and how long it lasted in all; ``None`` of the one that
    ends it all. ``current``: the line is in it now."""

    name: str
    at: int
    lasted: int | None
    current: bool


class Times(msgspec.Struct, frozen=True):
    """Of one line: stages in their order, statuses in the order of their first visits."""

    stages: tuple[Spell, ...]
    statuses: tuple[Spell, ...]


def line_times(acknowledged: int, reached: Reached, moves: Sequence[Moved], now: int) -> Times:
    """The times of one line. ``moves`` are in their order."""
    real = [one for one in moves if one.before != one.after and {one.before, one.after} <= set(STATUSES)]
    cancelled = next((one.at for one in real if one.after == CANCELLED), None)
    return Times(
        _stages(acknowledged, reached, now if cancelled is None else cancelled, cancelled is not None),
        _statuses(acknowledged, real, now),
    )


def _stages(acknowledged: int, reached: Reached, end: int, ended: bool) -> tuple[Spell, ...]:
    instants = (acknowledged, *(getattr(reached, stage) for stage in STAGES[1:]))
    # A machine's clock may be behind another's: nothing is before the acknowledgement.
    known = [
        (stage, max(at, acknowledged)) for stage, at in zip(STAGES, instants, strict=True) if at is not None
    ]
    found: list[Spell] = []
    for place, (stage, at) in enumerate(known):
        # A stage ends with the first of the later ones, also when that was reached before it.
        later = [other for _, other in known[place + 1 :]]
        until = max(at, min(later, default=max(end, at)))
        last = not later and (ended or stage == SHIPPED)
        lasted = None if last and stage == SHIPPED else until - at
        found.append(Spell(stage, at, lasted, not later and not last))
    return tuple(found)


def _statuses(acknowledged: int, moves: Sequence[Moved], now: int) -> tuple[Spell, ...]:
    lasted: dict[str, int] = {}
    first: dict[str, int] = {}
    status, since = (moves[0].before if moves else NOT_STARTED), acknowledged
    for one in moves:
        first.setdefault(status, since)
        lasted[status] = lasted.get(status, 0) + max(0, one.at - since)
        status, since = one.after, max(one.at, since)
    first.setdefault(status, since)
    final = status in (DELIVERED, CANCELLED)
    if not final:
        lasted[status] = lasted.get(status, 0) + max(0, now - since)
    return tuple(
        Spell(name, at, None if name == status and final else lasted[name], name == status)
        for name, at in first.items()
    )
