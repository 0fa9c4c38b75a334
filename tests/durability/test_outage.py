"""Promise: disk full, I/O error, database gone: 503, no false acknowledgement, recovery without a hand."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.durability.disk import BROKEN, FULL, UNSYNCED, Disk
from tests.durability.history import check_answers, check_stored
from tests.durability.load import SINGLE, Connection, Load, order
from tests.durability.opened import check_whole
from tests.harness.place import POSTGRESQL, SQLITE, Place, spectrum
from tests.harness.postgres import Cluster
from tests.harness.server import Server
from tests.harness.shop import Shop

DURING: tuple[int | None, ...] = (200, 409, 503)
"""No answer at all would be a failure too: the server itself is well all the while."""


def check_refusal(connection: Connection, number: str, path: str = SINGLE) -> None:
    """An order that comes during an outage is refused in words, with the time to come back."""
    attempt = connection.send(number, path, order(number))
    assert attempt.status == 503, (attempt.status, attempt.answer)
    said = json.loads(attempt.answer)
    assert said["code"] == "unavailable"
    assert said["retryable"] is True
    assert "nothing doubles" in said["detail"]


def wait_until(what: Callable[[], bool]) -> None:
    """Returns once it is so."""
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline, "it did not come about within 30 s"
        time.sleep(0.02)


def outage(server: Server, shop: Shop, begin: Callable[[], None], end: Callable[[], object]) -> None:
    """Orders come before, during and after an outage; nobody touches the server."""
    pid = server.pid
    with Load(server, shop.token, "o", pause=0.002) as load:
        load.wait_for(80, 200)
        begin()
        load.wait_for(40, 503)
        before = load.count(200)
        refused = shop.get("/readyz")
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) >= 1
        assert shop.get("/healthz").status_code == 200
        connection = Connection(server, shop.token)
        check_refusal(connection, "during")
        bulk = shop.acknowledge([order(f"during-{number}") for number in range(150)])
        assert bulk.status_code == 503
        assert int(bulk.headers["Retry-After"]) >= 1
        assert load.count(200) <= before + 20, "orders were acknowledged during the outage"
        end()
        load.wait_for(80, 200)
    wait_until(lambda: shop.get("/readyz").status_code == 200)
    check_answers(load.attempts, DURING)
    check_stored(server, shop.token, load.attempts)
    assert connection.send("during", SINGLE, order("during")).status in (200, 409)
    connection.close()
    assert server.pid == pid
    assert server.running


@pytest.mark.parametrize("trouble", [FULL, BROKEN, UNSYNCED], ids=["full", "io-error", "sync-error"])
def test_a_disk_that_fails_costs_no_order_and_mends_by_itself(
    disk_library: Path, folder: Path, trouble: str
) -> None:
    disk = Disk(disk_library, folder)
    place = Place(SQLITE, folder)
    with Server(place, disk.settings) as server, Shop(server) as shop:
        outage(server, shop, lambda: disk.fail(trouble), disk.heal)
        # What an outage left behind must not surface when the process dies either.
        server.kill()
        server.start()
        check_whole(place.settings)


@pytest.mark.parametrize("how", ["stop", "crash"])
def test_a_postgresql_that_goes_away_costs_no_order_and_is_found_again(folder: Path, how: str) -> None:
    with Cluster() as cluster:
        place = Place(POSTGRESQL, folder, cluster.create_database("orders"))
        spectrum(place.settings, "migrate", cwd=folder)
        with Server(place) as server, Shop(server) as shop:
            outage(server, shop, getattr(cluster, how), cluster.start)
            check_whole(place.settings)


def test_a_postgresql_that_stalls_keeps_neither_a_request_nor_a_stop_waiting_for_ever(folder: Path) -> None:
    with Cluster() as cluster:
        place = Place(POSTGRESQL, folder, cluster.create_database("orders"))
        spectrum(place.settings, "migrate", cwd=folder)
        with Server(place, {"SPECTRUM_SHUTDOWN_TIMEOUT": "1 s"}) as server, Shop(server) as shop:
            assert shop.acknowledge(order("before")).status_code == 200
            postmaster = (cluster.folder / "data/postmaster.pid").read_text().split()[0]
            children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
            stalled = [int(postmaster), *map(int, children)]
            for process in stalled:
                os.kill(process, signal.SIGSTOP)
            try:
                time.sleep(1)  # what is cached about tokens is believed for less than this
                connection = Connection(server, shop.token)
                check_refusal(connection, "during")
                connection.close()
                server.stop()
            finally:
                for process in stalled:
                    os.kill(process, signal.SIGCONT)
            assert "left behind" in server.logs()
            server.start()
            assert shop.acknowledge(order("before")).status_code == 409
        check_whole(place.settings)


def test_a_first_start_on_a_broken_disk_is_one_sentence(disk_library: Path, folder: Path) -> None:
    disk = Disk(disk_library, folder)
    disk.fail(FULL)
    place = Place(SQLITE, folder)
    done = spectrum({**place.settings, **disk.settings}, "client", "list", cwd=folder, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
