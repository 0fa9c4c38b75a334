"""The bench measures what it says: every scenario runs, and a false figure does not pass."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import machine
from bench.figures import Dishonest, Figure, Target, at_least, at_most
from bench.lab import SQLITE, Lab, Options
from bench.load import Load, send
from bench.press import DELIVERING, pressing
from bench.scenarios import SCENARIOS, lag
from bench.subject import serving
from tests.harness.place import environment
from tests.harness.server import Server
from tests.harness.shop import Shop

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.door

NAMES = [scenario.name for scenario in SCENARIOS]
TARGETS = {
    "single-sqlite": {"orders", "answer, p99"},
    "one-connection": {"answer, median"},
    "single-postgresql": {"orders", "share of pgbench"},
    "bulk": {"orders, SQLite", "orders, PostgreSQL"},
    "full": {"share of the plain rate"},
    "start": {"to the first order acknowledged", "the same, of the first start"},
    "rendering": {"vector files", "photo files"},
    "packages": {"packages"},
    "outbox": {"rows, SQLite", "rows, PostgreSQL"},
    "lag": {"files to be made, p99", "files made before, p99"},
    "beside": {"share of the idle rate"},
    "memory": {"resident after"},
    "finding": {
        f"{what}, {kind}, p99" for what in ("one order", "a page of 100") for kind in ("sqlite", "postgresql")
    },
    "filled": {"share of the empty rate"},
}
# A moment's worth, where 3 000 would be more.
ORDERS = {"packages": 40, "outbox": 1000, "lag": 3, "finding": 1000}

# The usual stack is installed by `make bench` alone.
if machine.has_usual_stack():
    TARGETS["single-sqlite"].add("times the usual stack")


@pytest.fixture
def wrk() -> None:
    """Skips where the load generator is missing."""
    if shutil.which("wrk") is None:
        pytest.skip("needs wrk (requirements/debian.txt)")


@pytest.fixture
def lab(tmp_path: Path) -> Any:
    """A place to measure in, for a moment."""
    with Lab(Options(tmp_path, seconds=0.2, runs=1), lambda _: None) as opened:
        yield opened


def measure(
    results: Path, *arguments: str, orders: int = 3000
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Runs the bench to its end; what it printed, and its JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--seconds", "0.3", "--runs", "1", "--orders", str(orders),
         "--json", str(results), *arguments],
        cwd=ROOT, env=environment({}) | {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert results.exists(), done.stdout + done.stderr
    return done, json.loads(results.read_text())


@pytest.mark.usefixtures("wrk")
@pytest.mark.parametrize("scenario", NAMES)
def test_every_scenario_measures_each_of_its_targets_beside_a_yardstick(
    scenario: str, tmp_path: Path
) -> None:
    orders = ORDERS.get(scenario, 3000)
    done, document = measure(tmp_path / "results.json", "--only", scenario, orders=orders)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = document["figures"]
    assert {figure["scenario"] for figure in figures} == {scenario}
    assert {figure["name"] for figure in figures if figure["target"]} == TARGETS[scenario]
    assert any(figure["yardstick"] for figure in figures)
    assert all(len(figure["values"]) == 1 and figure["median"] > 0 for figure in figures)
    for figure in figures:
        assert figure["name"] in " ".join(done.stdout.split())


@pytest.mark.usefixtures("wrk")
def test_a_run_leaves_no_database_behind(tmp_path: Path) -> None:
    folder = tmp_path / "databases"
    folder.mkdir()
    measure(tmp_path / "results.json", "--only", "one-connection", "--folder", str(folder))
    assert list(folder.iterdir()) == []


def test_a_machine_is_described_with_what_its_disk_takes(tmp_path: Path) -> None:
    facts = machine.look(tmp_path)
    assert 0 < facts.sync_p50 <= facts.sync_p99
    assert facts.cores >= 1
    assert facts.file_system != "unknown"


@pytest.mark.usefixtures("wrk")
def test_an_order_that_is_stored_without_being_counted_spoils_the_measurement(lab: Lab) -> None:
    with lab.home(SQLITE) as place, serving(lab, place) as subject:
        subject.send(Load(0.1, connections=2))
        with Shop(subject.server) as other:
            order = {
                "purchaseOrderNumber": "uncounted",
                "orderDate": "2026-03-30",
                "lineItems": [{"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "MUG", "quantity": 1}]}],
            }
            assert other.acknowledge(order).status_code == 200
        with pytest.raises(Dishonest, match="are stored"):
            subject.send(Load(0.1, connections=2))


@pytest.mark.usefixtures("wrk")
def test_answers_that_are_errors_spoil_the_measurement(lab: Lab) -> None:
    with (
        lab.home(SQLITE) as place,
        serving(lab, place) as subject,
        pytest.raises(Dishonest, match="with an error"),
    ):
        send(subject.server.url, "spk_test_not-a-token", Load(0.1, connections=2))


@pytest.mark.usefixtures("wrk")
def test_a_load_of_so_many_bodies_stores_exactly_so_many(lab: Lab) -> None:
    with lab.home(SQLITE) as place, serving(lab, place) as subject:
        outcome = subject.send(Load(60, together=10, connections=4, bodies=7)).outcome
        assert outcome.orders == 70


def test_a_package_that_is_missing_or_damaged_spoils_the_measurement(lab: Lab) -> None:
    with (
        lab.home(SQLITE) as place,
        Server(place, DELIVERING) as server,
        pressing(lab, server) as press,
    ):
        press.design("ABCD1234", "Grace")
        press.send("one", "ABCD1234")
        press.wait(1, 0.02)
        press.check(["one"])
        with pytest.raises(Dishonest, match="2 packages were owed"):
            press.check(["one", "two"])
        (package,) = press.packages()
        # One bit of the first member's bytes: the archive still opens.
        damaged = bytearray(package.read_bytes())
        damaged[1000] ^= 1
        package.write_bytes(damaged)
        with pytest.raises(Dishonest, match="no whole package"):
            press.check(["one"])


def test_a_rank_is_a_value_that_was_measured() -> None:
    assert lag.rank([3, 1, 2], 0.5) == 2
    assert lag.rank([3, 1, 2], 0.99) == 3
    assert lag.rank(range(100, 0, -1), 0.99) == 99


@pytest.mark.parametrize(
    ("target", "median", "shortfall"),
    [
        (at_least(100), 100, 0),
        (at_least(100), 250, 0),
        (at_least(100), 80, 0.2),
        (at_most(25), 25, 0),
        (at_most(25), 3, 0),
        (at_most(25), 30, 0.2),
    ],
)
def test_a_target_says_by_how_much_it_is_missed(target: Target, median: float, shortfall: float) -> None:
    assert target.shortfall(median) == pytest.approx(shortfall)
    assert Figure("some", "what", "ms", (median,), target).met == (shortfall == 0)


def test_one_wild_run_does_not_move_the_figure() -> None:
    assert Figure("some", "what", "ms", (10, 11, 900)).median == 11
