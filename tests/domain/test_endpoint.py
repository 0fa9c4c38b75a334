"""Promise 6: an event has ten attempts over 75 hours, an endpoint five days; neither costs the other."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.domain import endpoint, schedule
from spectrum_orders.domain.endpoint import (
    ACTIVE,
    DISABLED,
    DRAINING,
    HOUR_US,
    IN_PLACE,
    LONGEST_PAUSE_US,
    PARKED,
    PARKED_AFTER_US,
    PAUSE_US,
    PROBE_US,
    Attempt,
    Health,
)
from spectrum_orders.domain.schedule import ATTEMPTS, SECOND_US

NOW = 1_700_000_000 * SECOND_US


def failed(attempts: int = 1, *, first_at: int = NOW, **more: object) -> Attempt:
    return msgspec.structs.replace(Attempt(attempts, first_at, "http-503"), **more)


@given(st.floats(0, 1, exclude_max=True))
def test_one_event_to_a_dead_endpoint_parks_it_after_five_days_and_is_never_buried(jitter: float) -> None:
    health, now, tries = Health(), NOW, 0
    while health.state == ACTIVE:
        tries += 1
        verdict = endpoint.fail(health, failed(tries), now, jitter)
        health = verdict.health
        assert verdict.due_at is not None
        assert verdict.parks == (health.state == PARKED)
        now = max(verdict.due_at, health.paused_until)
    parked_at = now - PROBE_US
    assert PARKED_AFTER_US <= parked_at - NOW <= PARKED_AFTER_US + LONGEST_PAUSE_US
    # Those of its timetable, and the ones after it until the endpoint is parked.
    assert ATTEMPTS < tries <= ATTEMPTS + 3
    for _ in range(100):
        verdict = endpoint.fail(health, failed(), now, jitter)
        assert (verdict.due_at, verdict.counts, verdict.parks) == (now, False, False)
        assert verdict.health.paused_until == now + PROBE_US
        health, now = verdict.health, verdict.health.paused_until


def test_an_event_that_alone_is_refused_is_buried_at_the_end_of_its_timetable() -> None:
    health = Health(succeeded_at=NOW + HOUR_US)
    for attempt in range(1, ATTEMPTS):
        assert endpoint.fail(health, failed(attempt), NOW + HOUR_US, 0.5).due_at is not None
    assert endpoint.fail(health, failed(ATTEMPTS), NOW + HOUR_US, 0.5).due_at is None
    # Nothing was taken since it was first tried: that is the endpoint's fault.
    assert endpoint.fail(health, failed(ATTEMPTS, first_at=NOW + 2 * HOUR_US), NOW, 0.5).due_at is not None


def test_after_each_failure_the_endpoint_rests_longer_up_to_five_minutes() -> None:
    health, rests = Health(), []
    for _ in range(12):
        health = endpoint.fail(health, failed(), NOW, 0).health
        rests.append(health.paused_until - NOW)
    assert rests[0] == PAUSE_US
    assert all(after == min(2 * before, LONGEST_PAUSE_US) for before, after in itertools.pairwise(rests))


@pytest.mark.parametrize(
    ("asked", "rest", "least"),
    [(120.0, 120.0, 120.0), (7200.0, 3600.0, 7200.0), (10 * 86_400.0, 3600.0, 86_400.0), (None, 5.0, 4.5)],
)
def test_a_wish_for_peace_is_heard(asked: float | None, rest: float, least: float) -> None:
    verdict = endpoint.fail(Health(), failed(retry_after=asked), NOW, 0)
    assert verdict.health.paused_until == NOW + round(rest * SECOND_US)
    assert verdict.due_at is not None
    assert verdict.due_at >= NOW + round(least * SECOND_US)


def test_who_answers_gone_is_disabled_and_what_it_is_owed_waits() -> None:
    verdict = endpoint.fail(Health(), failed(gone=True), NOW, 0)
    assert (verdict.health.state, verdict.due_at, verdict.counts) == (DISABLED, NOW, False)
    assert endpoint.succeed(verdict.health, NOW, 7, waits=True) is None


def test_who_is_back_drains_what_waited_and_is_active_after_the_last_of_it() -> None:
    parked = Health(PARKED, 9, NOW, None, NOW, "timeout", 0, NOW)
    draining = endpoint.succeed(parked, NOW, 7, waits=True)
    assert draining == Health(DRAINING, succeeded_at=NOW, drains_to=7)
    still = endpoint.succeed(draining, NOW + 1, 9, waits=True)
    assert still == Health(DRAINING, succeeded_at=NOW + 1, drains_to=7)
    assert endpoint.succeed(still, NOW + 2, 9, waits=False) == Health(succeeded_at=NOW + 2)


def test_while_it_drains_an_event_keeps_its_place_for_a_few_attempts() -> None:
    draining = Health(DRAINING, succeeded_at=NOW, drains_to=7)
    dues = [endpoint.fail(draining, failed(attempt), NOW, 0).due_at for attempt in range(1, IN_PLACE + 1)]
    assert dues[:-1] == [NOW] * (IN_PLACE - 1)
    assert dues[-1] is not None
    assert dues[-1] > NOW + schedule.WAITS[1] * SECOND_US


def test_of_success_after_success_nothing_need_be_written() -> None:
    health = endpoint.succeed(Health(), NOW, 1, waits=False)
    assert health == Health(succeeded_at=NOW)
    assert endpoint.succeed(health, NOW + SECOND_US, 2, waits=False) is None
    assert endpoint.succeed(health, NOW + HOUR_US, 3, waits=False) == Health(succeeded_at=NOW + HOUR_US)
    ill = endpoint.fail(health, failed(), NOW, 0).health
    assert endpoint.succeed(ill, NOW + 1, 4, waits=False) == Health(succeeded_at=NOW + 1)


def test_one_that_drains_rests_after_a_failure_and_not_for_anybodys_turn() -> None:
    """A turn that was read a while ago may be over; a pause is not."""
    later = NOW + HOUR_US
    for state in (ACTIVE, DRAINING, PARKED):
        assert Health(state, failures=1, paused_until=later).rests(NOW)
        assert not Health(state, failures=1, paused_until=NOW).rests(NOW)
    assert not Health(DRAINING, paused_until=later).rests(NOW)
    assert Health(PARKED, paused_until=later).rests(NOW)
