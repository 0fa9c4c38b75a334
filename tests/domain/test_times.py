"""How long a line has been where: examples to read, and sums that always come out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.domain.times import STAGES, Moved, Reached, line_times
from spectrum_orders.domain.workflow import CANCELLED, DELIVERED, STATUSES

HOUR = 3_600_000_000
BEGUN = 1_000 * HOUR

hours = st.integers(0, 200)
perhaps = st.none() | hours.map(lambda count: BEGUN + count * HOUR)


def after(count: float) -> int:
    return BEGUN + round(count * HOUR)


def test_each_stage_lasts_until_the_next_one_is_reached() -> None:
    reached = Reached(routed=after(1), ready=after(3), delivered=after(4))
    found = line_times(BEGUN, reached, [], after(10)).stages
    assert [(one.name, one.lasted, one.current) for one in found] == [
        ("acknowledged", 1 * HOUR, False),
        ("routed", 2 * HOUR, False),
        ("ready", 1 * HOUR, False),
        ("delivered", 6 * HOUR, True),
    ]


def test_what_is_shipped_or_cancelled_takes_no_more_time() -> None:
    reached = Reached(routed=after(1), delivered=after(4), shipped=after(9))
    *_, delivered, shipped = line_times(BEGUN, reached, [], after(99)).stages
    assert (delivered.lasted, shipped.lasted, shipped.current) == (5 * HOUR, None, False)
    gone = [Moved(after(2), "not-started", CANCELLED)]
    *_, routed = line_times(BEGUN, Reached(routed=after(1)), gone, after(99)).stages
    assert (routed.name, routed.lasted, routed.current) == ("routed", HOUR, False)


def test_a_shipment_that_overtakes_its_package_leaves_no_time_for_it() -> None:
    reached = Reached(routed=after(1), delivered=after(6), shipped=after(4))
    assert [one.lasted for one in line_times(BEGUN, reached, [], after(9)).stages] == [
        1 * HOUR,
        3 * HOUR,
        0,
        None,
    ]


def test_the_visits_of_a_status_are_added_and_calls_without_effect_are_not_visits() -> None:
    moves = [
        Moved(after(1), "not-started", "in-progress"),
        Moved(after(2), "in-progress", "revision"),
        Moved(after(3), "revision", "revision"),
        Moved(after(5), "revision", "in-progress"),
        # A factory's name, and a hold, are no statuses.
        Moved(after(6), "press", "other-press"),
        Moved(after(6), "", "held"),
    ]
    found = line_times(BEGUN, Reached(), moves, after(8)).statuses
    assert [(one.name, one.lasted, one.current) for one in found] == [
        ("not-started", 1 * HOUR, False),
        ("in-progress", 4 * HOUR, True),
        ("revision", 3 * HOUR, False),
    ]
    done = line_times(BEGUN, Reached(), [Moved(after(1), "not-started", DELIVERED)], after(8)).statuses
    assert [(one.name, one.lasted) for one in done] == [("not-started", HOUR), (DELIVERED, None)]


@given(st.fixed_dictionaries(dict.fromkeys(STAGES[1:], perhaps)), hours)
def test_the_stages_together_are_the_time_since_the_order_came(
    instants: dict[str, int | None], late: int
) -> None:
    known = [at for at in instants.values() if at is not None]
    now = max([BEGUN, *known]) + late * HOUR
    found = line_times(BEGUN, Reached(**instants), [], now).stages
    end = instants["shipped"] or now
    assert sum(one.lasted or 0 for one in found) == end - BEGUN
    assert all(one.lasted is None or one.lasted >= 0 for one in found)
    assert sum(one.current for one in found) == (instants["shipped"] is None)


@given(st.lists(st.tuples(st.sampled_from(STATUSES), hours), max_size=12), hours)
def test_the_statuses_together_are_it_too(steps: list[tuple[str, int]], late: int) -> None:
    at, status = BEGUN, "not-started"
    moves: list[Moved] = []
    for wanted, wait in steps:
        at += wait * HOUR
        if status not in (DELIVERED, CANCELLED):
            moves.append(Moved(at, status, wanted))
            status = wanted
    now = at + late * HOUR
    found = line_times(BEGUN, Reached(), moves, now).statuses
    end = moves[-1].at if status in (DELIVERED, CANCELLED) else now
    assert sum(one.lasted or 0 for one in found) == end - BEGUN
    assert [one.name for one in found if one.current] == [status]
