"""When a token ends, as people write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_SPAN = re.compile(r"(\d{1,5})\s*(h|d|w|y)", re.ASCII)
_SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1), "y": timedelta(days=365)}

ALLOWED = (
    "a time from now (12h, 90d, 8w, 1y), or a date that is still to come (2030-01-31, 2030-01-31T12:00:00Z)"
)


def read_expiry(text: str, now: int) -> int:
    """The instant that ``text`` means, ``now`` and the result in microseconds since the Unix epoch.

    A date is its beginning in UTC; a date and time without an offset is UTC. Raises ``ValueError``
    for what cannot be read and for what is over.
    """
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    present = epoch + timedelta(microseconds=now)
    match = _SPAN.fullmatch(text.strip().lower())
    try:
        if match is not None:
            end = present + int(match[1]) * _SPANS[match[2]]
        else:
            end = datetime.fromisoformat(text.strip())
            # Overflows when the end lies beyond the year 9999 in UTC, which nothing could show any more.
            end = end.replace(tzinfo=UTC) if end.tzinfo is None else end.astimezone(UTC)
        micros = (end - epoch) // timedelta(microseconds=1)
    except OverflowError:
        raise ValueError(ALLOWED) from None
    if micros <= now:
        raise ValueError(ALLOWED)
    return micros
