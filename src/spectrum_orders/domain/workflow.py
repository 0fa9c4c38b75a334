"""The statuses of a line, in the words of the wire, and which moves are made."""

from __future__ import annotations

import re

NOT_STARTED = "not-started"
REVISION = "revision"
DELIVERED, CANCELLED = "delivered", "cancelled"

STATUSES = (
    NOT_STARTED,
    "in-progress",
    "in-progress-step-1",
    "completed",
    REVISION,
    "on-hold",
    "approved",
    "released",
    DELIVERED,
    CANCELLED,
)


UNBEGUN = (NOT_STARTED, "on-hold", "approved")
"""In these nobody has said that a line is being made."""

_PLAIN = re.compile("[^a-z0-9]")
_WORDS = {_PLAIN.sub("", status): status for status in STATUSES}


def status_of(word: str) -> str | None:
    """The status that a word means, in any case and however it is joined; ``None`` when it means none."""
    return _WORDS.get(_PLAIN.sub("", word.lower()))


def after(before: str, wanted: str) -> str:
    """The status of a line that was ``before`` when ``wanted`` is asked for.

    Nothing leads out of ``cancelled``, and out of ``delivered`` only ``cancelled`` does: a factory's client
    is known to send ``in-progress`` again, even after the shipment. Every other move is made.
    """
    if before == CANCELLED or (before == DELIVERED and wanted != CANCELLED):
        return before
    return wanted
