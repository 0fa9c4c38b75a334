"""When a delivery that failed is tried again: policy as data.

    attempt   after the one before   after the first
    1         at once                0
    2         5 s                    5 s
    3         5 min                  5 min
    4         30 min                 35 min
    5         2 h                    2 h 35 min
    6         5 h                    7 h 35 min
    7         10 h                   17 h 35 min
    8         14 h                   31 h 35 min
    9         20 h                   51 h 35 min
    10        24 h                   75 h 35 min, the last: then it is buried, to be replayed by hand

Every wait is lengthened or shortened by up to a tenth, so that what failed together does not come back
together. It is the timetable that the Standard Webhooks specification proposes: the first repeat mends a
lost packet, the hours give a person time to mend a machine, and three days outlast a weekend.
"""

from __future__ import annotations

import math

SECOND_US = 1_000_000
_MINUTE, _HOUR = 60, 3600

WAITS = (5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR)
"""Seconds between an attempt and the next."""

ATTEMPTS = len(WAITS) + 1

SPREAD = 0.2
"""The width of the jitter, as a part of the wait: from 0.9 to 1.1 of it."""

LONGEST_RETRY_AFTER = 24 * _HOUR
"""A receiver may ask for a day of peace at most: no attempt is put off beyond the longest wait."""


def next_attempt(
    attempts: int, *, permanent: bool, retry_after: float | None, now_us: int, jitter: float
) -> int | None:
    """When to try again, in microseconds since the epoch. None: never, bury it.

    ``attempts`` counts those made, the one that has just failed included. ``retry_after`` are the seconds
    that the receiver asked for: the next attempt is not before them, up to ``LONGEST_RETRY_AFTER``, and no
    attempt is added by them. ``jitter`` is a random number from 0 to below 1.
    """
    if permanent or attempts >= ATTEMPTS:
        return None
    wait = WAITS[max(attempts, 1) - 1] * (1 - SPREAD / 2 + SPREAD * jitter)
    if retry_after is not None and not math.isnan(retry_after) and retry_after > 0:
        # Spread upwards only: a receiver's wish is not to be undercut.
        wait = max(wait, min(retry_after, LONGEST_RETRY_AFTER) * (1 + SPREAD / 2 * jitter))
    return now_us + round(wait * SECOND_US)
