"""`spectrum serve`: ready when it says so, stopped when it is asked to, and clear when it cannot."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import FreshServer
from tests.harness.place import POSTGRESQL, SQLITE, Place, Places, spectrum
from tests.harness.postgres import Cluster
from tests.harness.processes import command_line, spawned, wait_until
from tests.harness.server import Server
from tests.harness.shop import Shop

ENOUGH = 60
"""Seconds after which what was waited for is taken not to come. Nothing is measured by it."""


def order(number: str) -> dict[str, object]:
    return {
        "purchaseOrderNumber": number,
        "orderDate": "2026-03-30",
        "lineItems": [{"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "S-1", "quantity": 1}]}],
    }


def test_it_listens_when_it_says_so_and_says_nothing_else_on_standard_output(server: Server) -> None:
    assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
    stdout = server.data_dir.with_name(f"{server.data_dir.name}.stdout").read_text()
    assert stdout == f"listening on {server.url}\n"


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = spectrum({}, "serve", "--port", str(port), cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: Port {port} on 127.0.0.1 is taken by another program; choose another with --port.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_several_workers_do_not_share_a_taken_port(tmp_path: Path) -> None:
    settings = {"SPECTRUM_DATABASE_URL": "postgresql:///nothing?host=/nowhere"}
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = spectrum(settings, "serve", "--port", port, "--workers", "2", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "is taken by another program" in done.stderr


def test_an_address_of_another_machine_is_one_sentence(tmp_path: Path) -> None:
    done = spectrum({}, "serve", "--host", "192.0.2.1", "--port", "0", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr == "Error: 192.0.2.1 is not an address of this machine; choose another with --host.\n"


def test_several_workers_are_refused_on_sqlite_with_the_reason(tmp_path: Path) -> None:
    done = spectrum({}, "serve", "--workers", "2", "--port", "0", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "one process takes orders" in done.stderr
    assert "needs PostgreSQL" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_keeps_it_from_starting_is_one_sentence(database: Place, tmp_path: Path) -> None:
    refuse_to_start(database, tmp_path, "1")


def test_what_keeps_several_workers_from_starting_is_one_sentence(shared: Place, tmp_path: Path) -> None:
    refuse_to_start(shared, tmp_path, "2")


def refuse_to_start(place: Place, folder: Path, workers: str) -> None:
    """Start over a database of another environment."""
    spectrum(place.settings, "client", "list", cwd=folder)
    other = {**place.settings, "SPECTRUM_ENVIRONMENT": "production"}
    done = spectrum(other, "serve", "--port", "0", "--workers", workers, cwd=folder, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Error: This database belongs to the environment 'test'")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_in_the_middle_answers_everything_that_was_accepted(
    fresh_server: FreshServer, number: signal.Signals
) -> None:
    server = fresh_server()
    shop = Shop(server)
    answered: list[str] = []
    unanswered: list[str] = []
    sending = threading.Event()

    def send(thread: int) -> None:
        with httpx.Client(trust_env=False, timeout=ENOUGH) as client:
            for turn in range(100_000):
                name = f"{thread}-{turn}"
                try:
                    answer = client.post(
                        f"{server.url}/api/order/acknowledgement",
                        json=order(name),
                        headers={"SPECTRUM_API_TOKEN": shop.token},
                    )
                except httpx.TransportError:
                    unanswered.append(name)  # nobody listens any more
                    return
                if answer.status_code == 200:
                    answered.append(name)
                sending.set()

    threads = [threading.Thread(target=send, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    assert sending.wait(ENOUGH)
    os.kill(server.pid, number)
    for thread in threads:
        thread.join()
    server.stop()  # asserts exit status 0
    assert "Traceback" not in server.logs()
    server.start()
    for name in answered:
        assert shop.get(f"/api/order/order-number/{name}").status_code == 200, name
    for name in unanswered:
        assert shop.get(f"/api/order/order-number/{name}").status_code == 404, name
    shop.close()


@pytest.fixture
def shared(cluster: Cluster, tmp_path: Path) -> Place:
    """A place that several processes may write at once."""
    return Places(POSTGRESQL, tmp_path, lambda: cluster).new()


@pytest.fixture
def two_workers(shared: Place) -> Iterator[Server]:
    """A server with two web processes."""
    server = Server(shared, None, "--workers", "2").start()
    yield server
    server.kill()


def test_a_worker_that_dies_is_replaced_and_the_others_go_on(two_workers: Server) -> None:
    dies, stays = spawned(two_workers.pid)
    os.kill(dies, signal.SIGKILL)
    wait_until(lambda: dies not in spawned(two_workers.pid) and len(spawned(two_workers.pid)) == 2)
    assert stays in spawned(two_workers.pid)
    for _ in range(20):
        assert httpx.get(f"{two_workers.url}/healthz", trust_env=False, timeout=ENOUGH).status_code == 200
    two_workers.stop()
    assert "A web process died and is replaced" in two_workers.logs()


def test_workers_whose_parent_is_killed_go_too(two_workers: Server) -> None:
    workers = spawned(two_workers.pid)
    assert len(workers) == 2
    os.kill(two_workers.pid, signal.SIGKILL)
    wait_until(lambda: not any(command_line(pid) for pid in workers))


def test_a_second_server_on_the_same_data_directory_says_so_and_the_first_goes_on(tmp_path: Path) -> None:
    with Server(Place(SQLITE, tmp_path)) as first:
        done = first.spectrum("serve", "--port", "0", check=False)
        assert done.returncode == 1
        assert "Another server is already running" in done.stderr
        assert httpx.get(f"{first.url}/readyz", trust_env=False).status_code == 200
