"""The same promises as in tests/durability, held for longer: `make prove`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import FreshServer
from tests.durability.killing import kill_rounds
from tests.durability.power import Recording, cut_power_often
from tests.durability.rotation import rotate_rounds

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", ["a", "b", "c", "d", "e"])
def test_after_fifty_kills_under_load_everything_acknowledged_is_there_once(
    fresh_server: FreshServer, seed: str
) -> None:
    kill_rounds(fresh_server(), 10, seed=seed)


def test_a_power_cut_at_three_hundred_moments_of_several_checkpoints_loses_nothing(
    disk_library: Path, folder: Path, tmp_path: Path
) -> None:
    recording = Recording(disk_library, folder, 2_500)
    assert cut_power_often(recording, 300, tmp_path, seed="many") == set()


def test_rotations_killed_at_ten_random_moments_lose_no_order(fresh_server: FreshServer) -> None:
    rotate_rounds(fresh_server(), 10, seed="ten", prepared=5_000)
