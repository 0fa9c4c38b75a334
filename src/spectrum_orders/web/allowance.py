"""How much may be said about the orders of one bulk request, all in all.

About one order everything is said. But 16 MiB of small wrong orders have a hundred times their size to say,
and nobody reads a million findings: once the allowance is used up, an answer is what the order came to and
little else.
"""

from __future__ import annotations

import msgspec

from spectrum_orders.domain.payloads import Accepted
from spectrum_orders.errors import Problem
from spectrum_orders.web.answers import Answer

KEPT_BYTES = 1 << 20
"""The allowance of a request whose answer is kept under an idempotency key: it is in memory as a whole."""

BRIEF = 1024
"""Bytes of an answer that is never cut: a plain one has a third of it."""

_UNLISTED = Problem(
    "", "more", "There is more to say, but not in an answer about so many orders: send this one by itself."
)
_LENGTHY = ("statuses", "errors", "warnings", "differences", "foreseen")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Allowance:
    """What is left of a number of bytes."""

    def __init__(self, size: int) -> None:
        self._left = size

    def answer(self, answer: Answer) -> Answer:
        """The answer, or what the allowance leaves of it."""
        if len(answer.body) <= BRIEF:
            return answer
        self._left -= len(answer.body)
        return answer if self._left >= 0 else _brief(answer)

    def item(self, item: Accepted | Answer) -> Accepted | Answer:
        """An order with its warnings, or what the allowance leaves of them; an answer as by ``answer``."""
        if isinstance(item, Answer):
            return self.answer(item)
        if item.warnings:
            self._left -= sum(len(found.pointer) + len(found.message) for found in item.warnings)
            if self._left < 0 and len(item.warnings) > 1:
                return Accepted(item.order, (_UNLISTED,))
        return item


def _brief(answer: Answer) -> Answer:
    members: dict[str, object] = {}
    members.update(_decode(answer.body))
    cut = [name for name in _LENGTHY if name in members]
    for name in cut:
        # Empty, and not away, so that who reads a list finds one.
        members[name] = ()
    members["errors" if "errors" in cut else "warnings"] = (_UNLISTED,)
    return Answer(answer.status, _encode(members))
