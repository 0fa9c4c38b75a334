"""What a draft of the rules would change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from spectrum_orders.domain.routing.decision import Decision, decide, in_order
from spectrum_orders.domain.routing.rule import Facts, Rule

S = TypeVar("S")
"""Whatever the caller names a line by."""


class Difference(msgspec.Struct, Generic[S], frozen=True):
    """A line that a draft would lead elsewhere."""

    subject: S
    now: Decision
    draft: Decision


class Simulation(msgspec.Struct, Generic[S], frozen=True):
    """``moves`` counts all lines that would go elsewhere, by partner before and after; ``differences``
    names the first of them."""

    lines: int
    moves: dict[tuple[str | None, str | None], int]
    differences: tuple[Difference[S], ...]


def simulate(
    rules_now: Iterable[Rule],
    rules_draft: Iterable[Rule],
    facts: Iterable[tuple[S, Facts]],
    most: int = 1_000,
) -> Simulation[S]:
    """What would become of these lines under a draft of the rules, beside what the rules say now.

    ``most`` is how many differences are named. Both sides are decided here: what was stored for a line
    may stem from rules older than those of today.
    """
    before, after = in_order(rules_now), in_order(rules_draft)
    lines = 0
    moves: dict[tuple[str | None, str | None], int] = {}
    differences: list[Difference[S]] = []
    for subject, one in facts:
        lines += 1
        now, draft = decide(before, one), decide(after, one)
        if now.partner == draft.partner:
            continue
        move = (now.partner, draft.partner)
        moves[move] = moves.get(move, 0) + 1
        if len(differences) < most:
            differences.append(Difference(subject, now, draft))
    return Simulation(lines, moves, tuple(differences))
