"""Workers of their own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.harness.factory import Factory, order, sell
from tests.harness.place import POSTGRESQL, SQLITE, Place, Places, environment, spectrum
from tests.harness.postgres import Cluster
from tests.harness.server import Server
from tests.harness.shop import Shop


def test_on_sqlite_there_is_no_worker_of_its_own(tmp_path: Path) -> None:
    done = spectrum(Place(SQLITE, tmp_path).settings, "worker", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "`spectrum serve` makes files and delivers itself" in done.stderr


def test_a_worker_beside_a_server_that_does_not_deliver_makes_and_sends_and_stops(
    cluster: Cluster, tmp_path: Path
) -> None:
    place = Places(POSTGRESQL, tmp_path, lambda: cluster).new()
    with Server(place, {"SPECTRUM_DELIVER": "off"}) as server:
        worker = subprocess.Popen(
            [sys.executable, "-m", "spectrum_orders.cli", "worker"],
            env=environment(server.settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "working\n"
            with Shop(server) as shop:
                factory = Factory(server, tmp_path / "press")
                factory.receives(shop)
                sell(shop, "ABCD1234")
                shop.acknowledge(order("PO-1", "ABCD1234"))
                factory.await_packages()
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(60) == 0
        finally:
            worker.kill()
            worker.communicate()
