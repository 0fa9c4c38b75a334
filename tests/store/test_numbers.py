"""Promise: a line's number is given out once, whoever asks and whatever is undone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from spectrum_orders.store.numbers import BLOCK, Numbers
from tests.harness.place import Place
from tests.store.opening import opened


def test_several_suppliers_never_hand_out_the_same_number(database: Place) -> None:
    with opened(database) as runtime:

        def take(_: int) -> list[int]:
            supply = Numbers(runtime.database, "lines")
            taken = []
            for _ in range(3):
                supply.ensure(BLOCK // 2 + 1)  # never fits into what is left of a block
                taken += [supply.take() for _ in range(BLOCK // 2 + 1)]
            return taken

        with ThreadPoolExecutor(4) as threads:
            taken = [number for some in threads.map(take, range(4)) for number in some]
    assert len(taken) == len(set(taken))
    assert min(taken) == 1
    assert max(taken) < 2**31, "a 32-bit client must be able to hold it"


def test_a_request_beyond_a_block_is_served_whole(database: Place) -> None:
    with opened(database) as runtime:
        supply = Numbers(runtime.database, "lines")
        supply.ensure(BLOCK * 3)
        taken = [supply.take() for _ in range(BLOCK * 3)]
        assert taken == list(range(taken[0], taken[0] + BLOCK * 3))


def test_what_was_not_ensured_is_not_handed_out(database: Place) -> None:
    with opened(database) as runtime:
        supply = Numbers(runtime.database, "lines")
        with pytest.raises(AssertionError, match="not ensured"):
            supply.take()
