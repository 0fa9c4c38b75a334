"""When people work: the weekends and public holidays of a country, or of a part of one.

A code is a country (``DE``), perhaps with a subdivision (``DE-BY``), as ISO 3166 writes them. Without a code
only Saturdays and Sundays are free. A day on which only half of the day is worked is a working day.
"""

from __future__ import annotations

import functools
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

SATURDAY = 5

_DAY = timedelta(days=1)


def is_known(code: str) -> bool:
    """Whether there is a calendar for this code."""
    try:
        _holidays(code, 2026)
    except NotImplementedError:
        return False
    return True


def after(day: date, days: int, code: str) -> date:
    """The working day that comes so many working days after ``day``, which itself is not counted.

    0 days: ``day`` itself when it is a working day, otherwise the next that is.
    """
    if days == 0 and _is_worked(day, code):
        return day
    for _ in range(max(days, 1)):
        day += _DAY
        while not _is_worked(day, code):
            day += _DAY
    return day


def _is_worked(day: date, code: str) -> bool:
    if not code:
        return day.weekday() < SATURDAY
    return day in _worked(code, day.year)


@functools.lru_cache(maxsize=1024)
def _worked(code: str, year: int) -> frozenset[date]:
    """Every working day of a year.

    Kept as a value: several threads ask, and the library's own calendars change as they are read.
    """
    calendar = _holidays(code, year)
    first = date(year, 1, 1)
    days = (first + timedelta(days=number) for number in range((date(year, 12, 31) - first).days + 1))
    return frozenset(day for day in days if calendar.is_working_day(day))


def _holidays(code: str, year: int) -> HolidayBase:
    """Raises NotImplementedError."""
    # Only where a deadline needs it: a start does not wait for the calendars of the world.
    import holidays

    country, _, part = code.partition("-")
    return holidays.country_holidays(country, subdiv=part or None, years=year)
