"""Dates become instants, and what is no date becomes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.domain.instants import parse
from tests.domain.samples import NEW_YORK
from tests.domain.samples import UTC as ZONE

NOON = 1_643_630_400_000_000
"""2022-01-31T12:00:00Z"""


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2022-01-31T12:00:00Z", NOON),
        ("2022-01-31T12:00Z", NOON),
        ("2022-01-31t12:00:00z", NOON),
        ("2022-01-31 12:00:00Z", NOON),
        ("2022-01-31T12:00:00.Z", None),
        ("2022-01-31T12:00:00.1Z", NOON + 100_000),
        ("2022-01-31T12:00:00,25Z", NOON + 250_000),
        ("2022-01-31T12:00:00.123456Z", NOON + 123_456),
        ("2022-01-31T12:00:00.1234569Z", NOON + 123_456),
        ("2022-01-31T12:00:00.999999999Z", NOON + 999_999),
        ("2022-01-31T12:00:00.1234567890Z", None),
        ("2022-01-31T07:00:00-05:00", NOON),
        ("2022-01-31T07:00:00-0500", NOON),
        ("2022-01-31T07:00:00-05", NOON),
        ("2022-02-01T02:00:00+14:00", NOON),
        ("2022-01-31T17:30:00+05:30", NOON),
        ("2022-01-31T12:00:00-00:00", NOON),
        ("2022-01-31T12:00:00+14:01", None),
        ("2022-01-31T12:00:00+15:00", None),
        ("2022-01-31T12:00:00+05:60", None),
        ("2022-01-31T24:00:00Z", None),
        ("2022-01-31T12:60:00Z", None),
        ("2022-01-31T12:00:60Z", None),
        ("2022-01-31T12Z", None),
        ("2022-02-29", None),
        ("2024-02-29", 1_709_164_800_000_000),
        ("2000-02-29", 951_782_400_000_000),
        ("2100-02-29", None),
        ("2022-04-31", None),
        ("2022-13-01", None),
        ("2022-00-01", None),
        ("1969-12-31", None),
        ("1970-01-01", 0),
        ("1970-01-01T00:00:00+01:00", -3_600_000_000),
        ("2999-12-31T23:59:59Z", 32_503_679_999_000_000),
        ("3000-01-01", None),
        ("20220131", None),
        ("2022-W05-1", None),
        ("2022-031", None),
        ("2022-1-31", None),
        ("31.01.2022", None),
        ("2022-01-31Z", None),
        ("2022-01-31T", None),
        (" 2022-01-31", None),
        ("2022-01-31\n", None),
        ("２０２２-01-31", None),
        ("1643630400", None),
        ("", None),
    ],
)
def test_a_date_is_an_instant_or_nothing(text: str, instant: int | None) -> None:
    assert parse(text, ZONE) == (None if instant is None else (instant, False))


@pytest.mark.parametrize(
    ("text", "offset_hours", "floating"),
    [
        ("2022-01-31", -5, False),
        ("2022-07-31", -4, False),
        ("2022-01-31T12:00:00", -5, True),
        ("2022-07-31T12:00:00.5", -4, True),
        ("2022-11-06T01:30:00", -4, True),  # comes twice: the summer's
        ("2022-03-13T02:30:00", -5, True),  # never comes: the winter's
    ],
)
def test_without_an_offset_the_clients_zone_counts(text: str, offset_hours: int, floating: bool) -> None:
    zone = timezone(timedelta(hours=offset_hours))
    expected = datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1_000_000
    assert parse(text, NEW_YORK) == (expected, floating)


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(2999, 12, 30)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(("auto", "seconds", "milliseconds", "microseconds")),
)
def test_every_moment_written_with_any_offset_is_read_back(moment: datetime, minutes: int, spec: str) -> None:
    written = moment.replace(tzinfo=timezone(timedelta(minutes=minutes))).isoformat(timespec=spec)
    expected = (datetime.fromisoformat(written) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
        microseconds=1
    )
    assert parse(written, NEW_YORK) == (expected, False)


@given(st.text(st.sampled_from("0123456789-:TZ+. ,"), max_size=36))
def test_no_text_is_too_odd_to_be_looked_at(text: str) -> None:
    found = parse(text, NEW_YORK)
    assert found is None or text[:4] >= "1970"
