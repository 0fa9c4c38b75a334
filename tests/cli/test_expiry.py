"""When a token ends, as people write it."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.cli.expiry import read_expiry

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("12h", NOW + timedelta(hours=12)),
        ("90d", NOW + timedelta(days=90)),
        ("8 W", NOW + timedelta(weeks=8)),
        ("1y", NOW + timedelta(days=365)),
        ("2027-01-01", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2027-01-01T10:00", datetime(2027, 1, 1, 10, tzinfo=UTC)),
        ("2027-01-01T10:00:00Z", datetime(2027, 1, 1, 10, tzinfo=UTC)),
        ("2027-01-01T10:00:00-05:00", datetime(2027, 1, 1, 15, tzinfo=UTC)),
    ],
)
def test_an_end_is_a_span_from_now_or_a_date(text: str, end: datetime) -> None:
    assert read_expiry(text, micros(NOW)) == micros(end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "never",
        "90",
        "90 days",
        "-1d",
        "0d",
        "2026-03-01",
        "2020-01-01",
        "99999y",
        "٣d",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_what_is_no_end_or_is_over_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any: the caller has one sentence for all of them
        read_expiry(text, micros(NOW))


@given(st.text(max_size=30))
def test_whatever_is_typed_is_refused_or_still_to_come(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert read_expiry(text, micros(NOW)) > micros(NOW)
