"""A moment that is over, as people write it, and how long ago one is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ALLOWED = "a date or a time such as 2026-03-30 or 2026-03-30T12:00:00Z, in UTC unless it says otherwise"


class Moment(click.ParamType[int]):
    """An instant in microseconds since the Unix epoch. A date is its beginning."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Raises BadParameter."""
        try:
            moment = datetime.fromisoformat(str(value).strip())
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"allowed is {ALLOWED}.", param, ctx)
        return (moment - _EPOCH) // timedelta(microseconds=1)


MOMENT = Moment()

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def age(since: int, now: int) -> str:
    """How long ago in its largest unit, such as ``3 h``; ``since`` and ``now`` are microseconds."""
    seconds = max(0, now - since) // 1_000_000
    for unit, length in _UNITS:
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
