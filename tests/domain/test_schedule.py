"""Promise: ten attempts over about 75 hours with jitter, `Retry-After` honoured, a permanent error buried."""

from __future__ import annotations

import itertools
import math
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.domain import schedule
from spectrum_orders.domain.schedule import ATTEMPTS, LONGEST_RETRY_AFTER, WAITS, next_attempt

HOUR_US = 3600 * 1_000_000
DAY_SECONDS = 24 * 3600
START = 1_800_000_000_000_000

attempts = st.integers(min_value=1, max_value=ATTEMPTS - 1)
jitters = st.floats(min_value=0, max_value=1, exclude_max=True)
wishes = st.none() | st.floats()


def run(jitter: random.Random, retry_after: float | None = None) -> list[int]:
    """When each attempt happens if every one fails, on a clock of its own."""
    now, found = START, [START]
    for attempt in itertools.count(1):
        due = next_attempt(
            attempt, permanent=False, retry_after=retry_after, now_us=now, jitter=jitter.random()
        )
        if due is None:
            return found
        now = due
        found.append(now)
    raise AssertionError


@pytest.mark.parametrize("seed", range(20))
def test_ten_attempts_take_about_three_days(seed: int) -> None:
    times = run(random.Random(seed))
    assert len(times) == 10
    assert 68 * HOUR_US < times[-1] - times[0] < 84 * HOUR_US


def test_without_jitter_it_is_the_table_in_the_docstring() -> None:
    told = re.findall(r"^    [0-9]+ +(?:at once|([0-9]+) (s|min|h)) ", schedule.__doc__ or "", re.MULTILINE)
    units = {"s": 1, "min": 60, "h": 3600}
    table = []
    for attempt in range(1, ATTEMPTS):
        due = next_attempt(attempt, permanent=False, retry_after=None, now_us=0, jitter=0.5)
        assert due is not None
        table.append(due // 1_000_000)
    assert table == [int(number) * units[unit] for number, unit in told[1:]]
    assert sum(table) == 75 * 3600 + 35 * 60 + 5


@given(attempts, jitters)
def test_jitter_stays_within_a_tenth(attempt: int, jitter: float) -> None:
    due = next_attempt(attempt, permanent=False, retry_after=None, now_us=START, jitter=jitter)
    assert due is not None
    wait = WAITS[attempt - 1] * 1_000_000
    assert 0.9 * wait - 1 <= due - START <= 1.1 * wait + 1


def test_what_failed_together_does_not_come_back_together() -> None:
    chance = random.Random(7)
    found = {
        next_attempt(3, permanent=False, retry_after=60.0, now_us=START, jitter=chance.random())
        for _ in range(1000)
    }
    assert len(found) > 990


@given(attempts, st.floats(min_value=0, max_value=LONGEST_RETRY_AFTER), jitters)
def test_a_wish_to_wait_is_not_undercut(attempt: int, wish: float, jitter: float) -> None:
    due = next_attempt(attempt, permanent=False, retry_after=wish, now_us=START, jitter=jitter)
    assert due is not None
    assert due - START >= wish * 1_000_000 - 1


@given(attempts, wishes, jitters)
def test_no_wish_brings_it_forward_or_puts_it_off_for_ever(
    attempt: int, wish: float | None, jitter: float
) -> None:
    plain = next_attempt(attempt, permanent=False, retry_after=None, now_us=START, jitter=jitter)
    due = next_attempt(attempt, permanent=False, retry_after=wish, now_us=START, jitter=jitter)
    assert plain is not None
    assert due is not None
    assert plain <= due <= max(plain, START + round(1.1 * DAY_SECONDS * 1_000_000))


@pytest.mark.parametrize("wish", [math.nan, -1.0, -math.inf, 0.0])
def test_a_wish_that_is_none_changes_nothing(wish: float) -> None:
    assert next_attempt(1, permanent=False, retry_after=wish, now_us=START, jitter=0.3) == next_attempt(
        1, permanent=False, retry_after=None, now_us=START, jitter=0.3
    )


def test_a_receiver_that_always_asks_for_more_gets_no_more_attempts() -> None:
    assert len(run(random.Random(1), retry_after=math.inf)) == 10


@given(st.integers(min_value=0, max_value=100), wishes, jitters)
def test_a_permanent_error_ends_it_at_once(attempt: int, wish: float | None, jitter: float) -> None:
    assert next_attempt(attempt, permanent=True, retry_after=wish, now_us=START, jitter=jitter) is None


@given(st.integers(min_value=ATTEMPTS, max_value=1000), wishes, jitters)
def test_after_the_last_attempt_it_is_buried(attempt: int, wish: float | None, jitter: float) -> None:
    assert next_attempt(attempt, permanent=False, retry_after=wish, now_us=START, jitter=jitter) is None
