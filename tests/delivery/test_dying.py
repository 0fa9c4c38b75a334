"""Promise 4: a worker may be killed at any moment; nothing is lost, doubled, or seen half."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spectrum_orders.domain.package import naming
from tests.delivery.working import turn_clock
from tests.harness.factory import Factory, manifest, opened, order, sell
from tests.harness.place import SOURCE, Place, Places, environment, spectrum
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.store.opening import opened as opened_store

SCRIPT = Path(__file__).with_name("dying.py")
ADDRESS = {
    "firstName": "Wilhelmina", "lastName": "Featherstonehaugh", "address1": "1408 Marmalade Crescent",
    "city": "Boulder", "state": "CO", "postalCode": "80302", "country": "US",
}  # fmt: skip
SECONDS = 120


class Stage:
    """A captured order with an address, nothing of it planned, made or sent; and its factory's folder."""

    def __init__(self, places: Places, folder: Path) -> None:
        self.places = places
        self.folder = folder
        self.prepared = places.new()
        with Server(self.prepared, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server) as shop:
            Factory(server, folder).receives(shop)
            sell(shop, "ABCD1234")
            full = order("PO-1", "ABCD1234", customerAddress=ADDRESS, shippingAddress=ADDRESS)
            assert shop.post("/api/order", full).status_code == 200

    def fresh(self) -> Place:
        """The same once more, with an empty factory."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        return self.places.copy(self.prepared)

    def visible(self) -> list[Path]:
        """What the factory sees: a name that begins with a dot is nobody's package."""
        return sorted(path for path in self.folder.rglob("*.zip") if not path.name.startswith("."))

    def check_whole(self) -> None:
        """Whatever the factory sees is a whole package."""
        for package in self.visible():
            assert manifest(opened(package))["purchaseOrderNumber"] == "PO-1"


def work(place: Place, effect: int) -> subprocess.CompletedProcess[str]:
    """A worker over `place` that dies before this side effect; -1 lets it live until nothing is owed."""
    settings = {**environment(place.settings), "PYTHONPATH": f"{SOURCE.parent}:{SOURCE}"}
    return subprocess.run(
        [sys.executable, str(SCRIPT), str(effect)],
        env=settings, cwd=place.data_dir, capture_output=True, text=True, timeout=SECONDS,
    )  # fmt: skip


def live(place: Place) -> int:
    """A worker that lives; how many side effects it had."""
    done = work(place, -1)
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.splitlines()[-1])


def die_and_recover(stage: Stage, effect: int) -> None:
    """Killed before one side effect, then everything else as ever."""
    place = stage.fresh()
    done = work(place, effect)
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    stage.check_whole()
    before = {path: path.read_bytes() for path in stage.visible()}
    with opened_store(place) as runtime:
        turn_clock(runtime)  # or the next one would wait a minute for the lease
    live(place)
    (package,) = stage.visible()
    stage.check_whole()
    assert before.get(package, package.read_bytes()) == package.read_bytes()
    left = [path for path in stage.folder.rglob("*") if path.is_file() and path != package]
    assert left == []
    assert naming.TICKET_JSON in opened(package)
    spectrum(place.settings, "journal", "verify", cwd=place.data_dir)


@pytest.fixture
def stage(places: Places, tmp_path: Path) -> Stage:
    return Stage(places, tmp_path / "factory")


@pytest.mark.door
def test_a_worker_killed_before_any_of_some_side_effects_loses_nothing(stage: Stage) -> None:
    total = live(stage.fresh())
    assert total > 12
    for effect in range(2, total, total // 3):
        die_and_recover(stage, effect)


@pytest.mark.slow
@pytest.mark.door
def test_a_worker_killed_before_every_side_effect_loses_nothing(stage: Stage) -> None:
    total = live(stage.fresh())
    for effect in range(total):
        die_and_recover(stage, effect)
