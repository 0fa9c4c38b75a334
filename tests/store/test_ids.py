"""Promise: an id is made once, ids follow time, and a mistyped token never reaches the database."""

from __future__ import annotations

import random
import string
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders import ids

EPOCH = ids.EPOCH_MS


class Clock:
    """A clock that says what it is told, and the last thing for ever."""

    def __init__(self, *readings: int) -> None:
        self.readings = list(readings)

    def __call__(self) -> int:
        return self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]


def test_many_threads_get_no_id_twice_and_each_sees_its_own_grow() -> None:
    flakes = ids.Snowflakes(5)

    def take(_: int) -> list[int]:
        return [flakes.take() for _ in range(5_000)]

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(take, range(8)))
    assert len({number for some in taken for number in some}) == 40_000
    assert all(some == sorted(some) for some in taken)


@given(readings=st.lists(st.integers(EPOCH + 1, EPOCH + 2**41 - 100), min_size=1, max_size=50))
def test_ids_only_grow_whatever_the_clock_does(readings: list[int]) -> None:
    flakes = ids.Snowflakes(1, Clock(*readings))
    taken = [flakes.take() for _ in range(len(readings) + 5)]
    assert taken == sorted(set(taken))
    assert all(0 < number < 2**63 for number in taken)


def test_more_than_a_milliseconds_ids_borrow_from_the_future_and_repeat_nothing() -> None:
    flakes = ids.Snowflakes(1, Clock(EPOCH + 1000))
    taken = [flakes.take() for _ in range(5_000)]
    assert len(set(taken)) == 5_000
    assert taken == sorted(taken)


def test_a_clock_that_jumps_back_an_hour_repeats_nothing() -> None:
    clock = Clock(EPOCH + 7_200_000)
    flakes = ids.Snowflakes(1, clock)
    before = [flakes.take() for _ in range(10)]
    clock.readings = [EPOCH + 3_600_000]
    after = [flakes.take() for _ in range(10)]
    assert min(after) > max(before)


@given(first=st.integers(0, ids.NODES - 1), second=st.integers(0, ids.NODES - 1))
def test_two_nodes_never_make_the_same_id(first: int, second: int) -> None:
    one, two = ids.Snowflakes(first, Clock(EPOCH + 1)), ids.Snowflakes(second, Clock(EPOCH + 1))
    mine, theirs = {one.take() for _ in range(3000)}, {two.take() for _ in range(3000)}
    assert (mine & theirs == set()) == (first != second)


@given(number=st.integers(0, 2**63 - 1), other=st.integers(0, 2**63 - 1))
def test_a_readable_id_leads_back_to_its_number_and_sorts_like_it(number: int, other: int) -> None:
    text = ids.readable("ord", number)
    assert ids.parse_readable("ord", text) == number
    assert ids.parse_readable("ord", text.upper().replace("ORD", "ord")) == number
    assert ids.parse_readable("rcp", text) is None
    assert (text < ids.readable("ord", other)) == (number < other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ord",
        "ord_",
        "ord_123",
        "ord_0000000000000x",
        "ord_000000000000u",
        "ord_zzzzzzzzzzzzz",
        "0000000000000",
    ],
)
def test_what_is_no_readable_id_is_none(text: str) -> None:
    assert ids.parse_readable("ord", text) is None


def test_two_thousand_one_character_mutations_of_a_token_are_all_recognised_by_the_token_alone() -> None:
    chance = random.Random("mutations")
    alphabet = string.ascii_letters + string.digits + "_-. é"
    for number in range(2_000):
        token = ids.new_token(("test", "production", "eu-staging")[number % 3])
        place = chance.randrange(len(token))
        kind = number % 4
        if kind == 0:
            mutated = token[:place] + token[place + 1 :]
        elif kind == 1:
            mutated = token[:place] + chance.choice(alphabet) + token[place:]
        elif kind == 2 and place + 1 < len(token):
            mutated = token[:place] + token[place + 1] + token[place] + token[place + 2 :]
        else:
            mutated = token[:place] + chance.choice(alphabet) + token[place + 1 :]
        if mutated == token:
            continue
        assert ids.token_environment(mutated) is None, (place, kind)


def test_a_token_names_its_environment_and_holds_at_least_160_random_bits() -> None:
    tokens = {ids.new_token("eu-staging") for _ in range(200)}
    assert len(tokens) == 200
    assert {ids.token_environment(token) for token in tokens} == {"eu-staging"}
    secrets = [token.removeprefix("spk_eu-staging_")[:-6] for token in tokens]
    assert all(len(set(column)) > 20 for column in zip(*secrets, strict=True)), "a place that hardly varies"
    assert 62 ** len(secrets[0]) >= 2**160


@pytest.mark.parametrize(
    "text", ["", "spk_", "spk_test_", "spk__", "x" * 1000, "spk_test_" + "é" * 38, "spk"]
)
def test_what_is_no_token_names_no_environment(text: str) -> None:
    assert ids.token_environment(text) is None
