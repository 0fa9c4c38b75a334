"""The worker beside a server has a process of its own, which lives and ends with the server."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import FreshServer
from tests.delivery.test_fulfilment import ADDRESS
from tests.harness.factory import PATIENCE, Factory, opened, order, sell
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture
def serving(fresh_server: FreshServer) -> Server:
    return fresh_server(SPECTRUM_DELIVER="on")


@pytest.fixture
def own_shop(serving: Server) -> Iterator[Shop]:
    with Shop(serving) as shop:
        yield shop


@pytest.fixture
def factory(serving: Server, tmp_path: Path, own_shop: Shop) -> Factory:
    there = Factory(serving, tmp_path / "factory")
    there.receives(own_shop)
    sell(own_shop, "ABCD1234")
    return there


def workers(server: Server) -> set[int]:
    """The worker's process, while it runs."""
    try:
        found = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    except FileNotFoundError:
        return set()
    return {int(pid) for pid in found if "spawn_main" in command_line(pid)}


def command_line(pid: int | str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_server_with_nobody_to_deliver_to_pays_for_no_worker_until_there_is_one(
    serving: Server, own_shop: Shop, tmp_path: Path
) -> None:
    assert own_shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    time.sleep(2)  # several looks
    assert workers(serving) == set()
    there = Factory(serving, tmp_path / "factory")
    there.receives(own_shop)
    sell(own_shop, "ABCD1234")
    there.await_packages()


def test_a_worker_that_dies_is_started_again_while_the_server_goes_on_answering(
    own_shop: Shop, factory: Factory
) -> None:
    server = own_shop.server
    wait_until(lambda: len(workers(server)) == 1)
    (dies,) = workers(server)
    os.kill(dies, signal.SIGKILL)
    assert own_shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    factory.await_packages()
    assert dies not in workers(server)
    assert "the worker died and is started again" in server.logs()


@pytest.mark.usefixtures("factory")
def test_a_server_that_is_killed_leaves_no_worker_behind(serving: Server) -> None:
    wait_until(lambda: len(workers(serving)) == 1)
    (worker,) = workers(serving)
    os.kill(serving.pid, signal.SIGKILL)
    wait_until(lambda: not command_line(worker))


def test_ctrl_c_in_a_terminal_ends_both_and_is_no_death_of_the_worker(
    own_shop: Shop, factory: Factory
) -> None:
    server = own_shop.server
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    factory.await_packages()
    (worker,) = workers(server)
    os.killpg(server.pid, signal.SIGINT)
    wait_until(lambda: not server.running)
    server.stop()  # asserts exit status 0
    assert not command_line(worker)
    assert "died" not in server.logs()
    assert "Traceback" not in server.logs()


@pytest.mark.usefixtures("factory")
def test_a_second_ctrl_c_waits_for_neither(serving: Server, own_shop: Shop) -> None:
    wait_until(lambda: len(workers(serving)) == 1)
    (worker,) = workers(serving)
    host, port = serving.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        # A request whose body does not come keeps a graceful stop waiting.
        head = f"POST /api/order HTTP/1.1\r\nHost: x\r\nSPECTRUM_API_TOKEN: {own_shop.token}\r\n"
        connection.sendall(f"{head}Content-Length: 9\r\n\r\n{{".encode())
        time.sleep(0.5)
        os.killpg(serving.pid, signal.SIGINT)
        time.sleep(0.5)
        assert serving.running
        os.killpg(serving.pid, signal.SIGINT)
        wait_until(lambda: not serving.running)
    assert not command_line(worker)


def test_a_rotation_of_the_keys_reaches_a_worker_that_runs(own_shop: Shop, factory: Factory) -> None:
    server = own_shop.server
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    factory.await_packages()
    server.spectrum("keys", "rotate")
    full = order("PO-2", "ABCD1234", customerAddress=ADDRESS, shippingAddress=ADDRESS)
    assert own_shop.post("/api/order", full).status_code == 200
    packages = factory.await_packages(2)
    (after,) = (package for package in packages if "PO-2" in package.name)
    assert b"Featherstonehaugh" in opened(after)["ticket.json"]
