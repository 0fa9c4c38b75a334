"""Promise 6: a delivery that fails is tried ten times over about 75 hours, and then waits to be replayed."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path

import pytest

from spectrum_orders.domain.schedule import ATTEMPTS, WAITS
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import queue
from spectrum_orders.store.transaction import now_us
from tests.delivery.working import owed, turn_clock, until, working
from tests.harness.factory import Factory, opened, order, sell
from tests.harness.place import Place, spectrum
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.store.opening import opened as opened_store

HOUR_US = 3_600_000_000


@pytest.fixture
def factory_folder(tmp_path: Path) -> Path:
    return tmp_path / "factory"


@pytest.fixture
def captured(database: Place, factory_folder: Path) -> Place:
    """One order for a factory, nothing of it made yet, and no server."""
    with Server(database, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server) as shop:
        Factory(server, factory_folder).receives(shop)
        sell(shop, "ABCD1234")
        assert shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    return database


def test_a_factory_that_is_down_for_days_is_tried_by_the_timetable_and_then_replayed(
    captured: Place, factory_folder: Path
) -> None:
    shutil.rmtree(factory_folder)
    waits: list[float] = []
    with opened_store(captured) as clock, working(captured):
        for attempt in range(1, ATTEMPTS + 1):
            until(functools.partial(_tried, clock, attempt), f"attempt {attempt}")
            (row,) = owed(clock)
            if attempt < ATTEMPTS:
                assert row.lane > queue.BURIED, "it waits in the lane of its destination"
                waits.append((row.due_at - now_us()) / 1e6)
                turn_clock(clock)
        (row,) = owed(clock)
        assert (row.lane, row.reason) == (queue.BURIED, "no-folder")
        # What was waited in truth: a second more or less, and a tenth of jitter.
        assert all(abs(wait - meant) <= meant * 0.1 + 2 for wait, meant in zip(waits, WAITS, strict=True))
        assert 67 < sum(waits) / 3600 < 84

        factory_folder.mkdir()
        (lying,) = json.loads(_spectrum(captured, "delivery", "list", "--state", "buried", "--json"))
        _spectrum(captured, "delivery", "replay", "--package", lying["package"])
        until(lambda: owed(clock) == [], "the replayed delivery")
    (package,) = factory_folder.rglob("*.zip")
    opened(package)


def test_while_a_factory_is_down_its_other_packages_keep_their_attempts(
    database: Place, factory_folder: Path
) -> None:
    with Server(database, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server) as shop:
        Factory(server, factory_folder).receives(shop)
        sell(shop, "ABCD1234")
        for number in range(40):
            assert shop.acknowledge(order(f"PO-{number}", "ABCD1234")).status_code == 200
    shutil.rmtree(factory_folder)
    with opened_store(database) as clock:
        with working(database):
            until(lambda: any(row.attempts for row in owed(clock) if row.kind == queue.DELIVER), "a failure")
            until(lambda: sum(row.kind == queue.DELIVER for row in owed(clock)) == 40, "forty packages")
        tried = [row.attempts for row in owed(clock)]
        assert sum(tried) <= 8, "after the first failures nobody tries it for a while"
        factory_folder.mkdir()
        turn_clock(clock)
        with working(database):
            until(lambda: owed(clock) == [], "all of them")
    assert len(list(factory_folder.rglob("*.zip"))) == 40


def test_what_was_put_off_for_days_is_buried_without_an_attempt_being_added(
    captured: Place, factory_folder: Path
) -> None:
    factory_folder.rmdir()
    factory_folder.write_text("a file where a folder belongs")
    with opened_store(captured) as clock, working(captured):
        until(lambda: [row.lane for row in owed(clock)] == [queue.BURIED], "a permanent failure")
        (row,) = owed(clock)
        assert (row.attempts, row.due_at <= now_us() + HOUR_US) == (1, True)


def _tried(clock: Runtime, attempts: int) -> bool:
    return [row.attempts for row in owed(clock)] == [attempts]


def _spectrum(place: Place, *arguments: str) -> str:
    return spectrum(place.settings, *arguments, cwd=place.data_dir).stdout
