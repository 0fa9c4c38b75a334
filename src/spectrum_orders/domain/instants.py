"""Dates of the wire, read into instants.

Accepted: ``2026-03-30``; ``2022-01-31T13:15``, with seconds, with 0 to 9 fraction digits, with
``Z`` or an offset (``-05:00``, ``-0500``, ``-05``, at most 14 hours), or without any.
Years 1970 to 2999.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_SHAPE = re.compile(
    r"(?:19[7-9][0-9]|2[0-9]{3})-[0-9]{2}-[0-9]{2}"
    r"(?P<time>[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
    r"(?P<offset>[Zz]|[+-](?:(?:0[0-9]|1[0-3])(?::?[0-5][0-9])?|14(?::?00)?))?)?"
)
# The shape is stricter than datetime.fromisoformat, which also takes week dates, any
# separator and, in newer Pythons, 24:00. What is left to it is the calendar: days of months.

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(text: str, zone: ZoneInfo) -> tuple[int, bool] | None:
    """The instant a date means, in microseconds since the Unix epoch, UTC; digits beyond are cut.

    The flag tells that a time of day came without an offset and was therefore read in ``zone``;
    where the clock shows that time twice or skips it, the offset before the change counts.
    A date alone is midnight in ``zone``, without the flag: a real client sends dates alone.
    ``None``: the text is not such a date.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return None
    time, offset = shape.group(1, 2)
    if offset == "z":
        text = text[:-1] + "Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if offset is None:
        moment = moment.replace(tzinfo=zone)
    span = moment - _EPOCH
    return (
        span.days * 86_400_000_000 + span.seconds * 1_000_000 + span.microseconds,
        time is not None and offset is None,
    )


def iso(instant: int) -> str:
    """Microseconds since the epoch as ISO 8601, six fraction digits, ``+00:00``."""
    moment = datetime.fromtimestamp(instant // 1_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{instant % 1_000_000:06d}+00:00"
