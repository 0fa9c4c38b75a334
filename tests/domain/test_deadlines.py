"""When a line has to be shipped: tables of awkward days, and what holds for every day there is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.domain import calendars, deadlines
from spectrum_orders.domain.order import LineContent, OrderContent, SkuQuantity
from spectrum_orders.domain.partner import PartnerSettings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = PartnerSettings(timezone="Europe/Berlin")

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "America/Havana",
)
CALENDARS = ("", "DE", "DE-BY", "US", "GB-SCT", "AE", "IL", "CN", "JP")

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
zones = st.sampled_from(ZONES).map(ZoneInfo)


def instant(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def content(line: str | None = None, order: str | None = None) -> OrderContent:
    return OrderContent(
        line_items=(LineContent("ABCD1234", (SkuQuantity(1, "MUG"),), estimated_delivery_date=line),),
        order_date="2026-03-30",
        purchase_order_number="PO-1",
        estimated_delivery_date=order,
    )


@pytest.mark.parametrize(
    ("routed", "days", "code", "shipped_on"),
    [
        # A Friday: the day itself is not counted, the weekend neither.
        ("2026-11-27", 1, "", "2026-11-30"),
        ("2026-11-27", 5, "", "2026-12-04"),
        # 0 is the same day, or the next that is worked.
        ("2026-11-27", 0, "", "2026-11-27"),
        ("2026-11-28", 0, "", "2026-11-30"),
        ("2026-11-28", 1, "", "2026-11-30"),
        # Over the turn of the year: the 1st is a holiday, and so is the 6th in Bavaria but not in Berlin.
        ("2026-12-30", 2, "DE", "2027-01-04"),
        ("2027-01-05", 1, "DE-BE", "2027-01-06"),
        ("2027-01-05", 1, "DE-BY", "2027-01-07"),
        # Christmas Eve and New Year's Eve are half days in many a trade, and working days here.
        ("2026-12-23", 1, "DE", "2026-12-24"),
        ("2026-12-23", 2, "DE", "2026-12-28"),
        # The 4th of July 2026 is a Saturday, so that it is observed on the Friday.
        ("2026-07-02", 1, "US", "2026-07-06"),
        # Other weekends: Friday and Saturday in Israel.
        ("2026-11-26", 1, "IL", "2026-11-29"),
        # A Sunday that is worked, to make up for the holidays of the New Year 2025.
        ("2025-01-25", 0, "CN", "2025-01-26"),
        # A leap day is a day.
        ("2028-02-28", 1, "", "2028-02-29"),
    ],
)
def test_working_days(routed: str, days: int, code: str, shipped_on: str) -> None:
    assert calendars.after(date.fromisoformat(routed), days, code) == date.fromisoformat(shipped_on)


@pytest.mark.parametrize(
    ("day", "zone", "ends"),
    [
        ("2026-11-27", "UTC", "2026-11-27T23:59:59+00:00"),
        ("2026-11-27", "Europe/Berlin", "2026-11-27T22:59:59+00:00"),
        # The days of 23 and of 25 hours.
        ("2026-03-29", "Europe/Berlin", "2026-03-29T21:59:59+00:00"),
        ("2026-10-25", "Europe/Berlin", "2026-10-25T22:59:59+00:00"),
        ("2026-03-08", "America/New_York", "2026-03-09T03:59:59+00:00"),
        # In Cairo the 24th of April 2026 begins at one o'clock, and in Havana one o'clock comes twice.
        ("2026-04-23", "Africa/Cairo", "2026-04-23T21:59:59+00:00"),
        ("2026-10-31", "America/Havana", "2026-11-01T03:59:59+00:00"),
        ("2026-12-31", "Pacific/Kiritimati", "2026-12-31T09:59:59+00:00"),
    ],
)
def test_the_end_of_a_day(day: str, zone: str, ends: str) -> None:
    assert deadlines.end_of_day(date.fromisoformat(day), ZoneInfo(zone)) == instant(ends)


@pytest.mark.parametrize(
    ("line", "order", "partner", "due"),
    [
        # The line's own date, then the order's, then the promise, then nothing.
        ("2026-12-01", "2026-12-09", PartnerSettings(sla_days=1), "2026-12-02T04:59:59+00:00"),
        (None, "2026-12-09", PartnerSettings(sla_days=1), "2026-12-10T04:59:59+00:00"),
        (None, None, PartnerSettings(sla_days=1), "2026-12-01T04:59:59+00:00"),
        (None, None, PartnerSettings(), None),
        (None, None, None, None),
        # A day is the partner's day, once it has said where it is; without a partner the client's.
        ("2026-12-01", None, BERLIN, "2026-12-01T22:59:59+00:00"),
        ("2026-12-01", None, None, "2026-12-02T04:59:59+00:00"),
        (None, None, PartnerSettings(sla_days=1, timezone="Asia/Tokyo"), "2026-11-30T14:59:59+00:00"),
        # A time of day is that time: with an offset its own, without one the client's.
        ("2026-12-01T12:00:00+09:00", None, BERLIN, "2026-12-01T03:00:00+00:00"),
        ("2026-12-01T12:00", None, BERLIN, "2026-12-01T17:00:00+00:00"),
    ],
)  # fmt: skip
def test_whose_word_counts(
    line: str | None, order: str | None, partner: PartnerSettings | None, due: str | None
) -> None:
    # A Friday evening in New York, and Saturday already in Tokyo.
    routed = instant("2026-11-27T22:00:00+00:00")
    found = deadlines.ship_by(content(line, order), 0, partner, NEW_YORK, routed)
    assert found == (None if due is None else instant(due))


@given(days, st.integers(0, 40), st.sampled_from(CALENDARS))
def test_a_promise_is_kept_on_a_working_day_with_so_many_working_days_before_it(
    day: date, count: int, code: str
) -> None:
    found = calendars.after(day, count, code)
    assert calendars.after(found, 0, code) == found, "somebody works then"
    later = [day + timedelta(days=number) for number in range(1, (found - day).days + 1)]
    worked = [one for one in later if calendars.after(one, 0, code) == one]
    assert len(worked) == count or (count == 0 and worked in ([], [found]))


@given(days, st.integers(0, 40), st.sampled_from(CALENDARS))
def test_more_days_are_never_earlier_nor_is_a_later_start(day: date, count: int, code: str) -> None:
    found = calendars.after(day, count, code)
    assert found <= calendars.after(day, count + 1, code)
    assert found <= calendars.after(day + timedelta(days=1), count, code)
    assert found >= day


@given(days, zones)
def test_the_end_of_a_day_is_on_that_day_and_the_next_second_is_not(day: date, zone: ZoneInfo) -> None:
    last = EPOCH + timedelta(microseconds=deadlines.end_of_day(day, zone))
    assert last.astimezone(zone).date() == day
    assert (last + timedelta(seconds=1)).astimezone(zone).date() > day


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 20),
    zones,
    st.sampled_from(CALENDARS),
)
def test_a_deadline_is_never_before_the_line_was_routed(
    routed: datetime, count: int, zone: ZoneInfo, code: str
) -> None:
    at = (routed - EPOCH) // timedelta(microseconds=1)
    due = deadlines.promised(at, count, zone, code)
    assert due > at - deadlines.SECOND_US
    assert (due + deadlines.SECOND_US) % (15 * 60 * 1_000_000) == 0, "a day ends where a day begins"


@pytest.mark.parametrize(("code", "known"), [("DE", True), ("GB-SCT", True), ("DE-XX", False), ("XX", False)])
def test_a_calendar_that_nobody_has_is_not_known(code: str, known: bool) -> None:
    assert calendars.is_known(code) is known
