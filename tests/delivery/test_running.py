"""The worker beside a server has a process of its own, which lives and ends with the server."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from spectrum_orders.runtime import Runtime
from spectrum_orders.store import partners, queue
from spectrum_orders.store.transaction import now_us
from tests.harness.factory import Factory, manifest, nobody_tries, order, sell
from tests.harness.factory import opened as members
from tests.harness.processes import command_line, spawned, wait_until
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.store.opening import opened


@pytest.fixture
def factory(factory: Factory, own_shop: Shop) -> Factory:
    factory.receives(own_shop)
    sell(own_shop, "ABCD1234")
    return factory


def at_work(shop: Shop, factory: Factory) -> int:
    """The worker's process, once it has delivered something."""
    shop.acknowledge(order("PO-1", "ABCD1234"))
    factory.await_packages()
    (worker,) = spawned(shop.server.pid)
    return worker


def test_a_server_with_nobody_to_deliver_to_pays_for_no_worker_until_there_is_one(
    serving: Server, own_shop: Shop, tmp_path: Path
) -> None:
    assert own_shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    time.sleep(2)  # several looks
    assert spawned(serving.pid) == set()
    there = Factory(serving, tmp_path / "factory")
    there.receives(own_shop)
    sell(own_shop, "ABCD1234")
    there.await_packages()


def test_a_worker_that_dies_is_started_again_while_the_server_goes_on_answering(
    own_shop: Shop, factory: Factory
) -> None:
    server = own_shop.server
    wait_until(lambda: len(spawned(server.pid)) == 1)
    (dies,) = spawned(server.pid)
    os.kill(dies, signal.SIGKILL)
    assert own_shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    factory.await_packages()
    assert dies not in spawned(server.pid)
    assert "the worker died and is started again" in server.logs()


@pytest.mark.usefixtures("factory")
def test_a_server_that_is_killed_leaves_no_worker_behind(serving: Server) -> None:
    wait_until(lambda: len(spawned(serving.pid)) == 1)
    (worker,) = spawned(serving.pid)
    os.kill(serving.pid, signal.SIGKILL)
    wait_until(lambda: not command_line(worker))


def test_ctrl_c_in_a_terminal_ends_both_and_is_no_death_of_the_worker(
    own_shop: Shop, factory: Factory
) -> None:
    server = own_shop.server
    worker = at_work(own_shop, factory)
    os.killpg(server.pid, signal.SIGINT)
    wait_until(lambda: not server.running)
    server.stop()  # asserts exit status 0
    assert not command_line(worker)
    assert "died" not in server.logs()
    assert "Traceback" not in server.logs()


@pytest.mark.usefixtures("factory")
def test_ctrl_c_while_the_worker_is_being_started_is_as_quiet(serving: Server) -> None:
    wait_until(lambda: len(spawned(serving.pid)) == 1)
    os.killpg(serving.pid, signal.SIGINT)
    wait_until(lambda: not serving.running)
    serving.stop()
    assert "Traceback" not in serving.logs()


def test_a_second_ctrl_c_waits_for_neither(own_shop: Shop, factory: Factory) -> None:
    server = own_shop.server
    worker = at_work(own_shop, factory)
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        # A request whose body does not come keeps a graceful stop waiting.
        head = f"POST /api/order HTTP/1.1\r\nHost: x\r\nSPECTRUM_API_TOKEN: {own_shop.token}\r\n"
        connection.sendall(f"{head}Content-Length: 9\r\n\r\n{{".encode())
        time.sleep(0.5)
        os.killpg(server.pid, signal.SIGINT)
        time.sleep(0.5)
        assert server.running
        os.killpg(server.pid, signal.SIGINT)
        wait_until(lambda: not server.running)
    assert not command_line(worker)
    # What was cut off is told in one line, and is no fault.
    (line,) = [one for one in server.logs().splitlines() if "cut off" in one]
    assert json.loads(line)["level"] == "warning"
    assert "Cancelled" not in server.logs()


# Over PostgreSQL many workers have tests of their own.
@pytest.mark.parametrize("places", ["sqlite"], indirect=True)
def test_a_second_process_helps_while_many_deliveries_wait_and_ends_when_none_do(
    own_shop: Shop, factory: Factory
) -> None:
    server, many = own_shop.server, 400
    worker = at_work(own_shop, factory)
    with opened(server.place) as runtime, nobody_tries(factory):
        own_shop.acknowledge([order(f"MANY-{number}", "ABCD1234") for number in range(many)])
        wait_until(lambda: _due(runtime) == many)
        assert spawned(server.pid) == {worker}  # who is rested from is not helped with
    wait_until(lambda: len(spawned(server.pid)) == 2)
    numbers = [
        manifest(members(package))["purchaseOrderNumber"] for package in factory.await_packages(many + 1)
    ]
    assert len(numbers) == len(set(numbers))
    wait_until(lambda: spawned(server.pid) == {worker})
    assert "died" not in server.logs()


def _due(runtime: Runtime) -> int:
    with runtime.database.read() as connection:
        lanes = [one.id for one in partners.list_destinations(connection)]
        return queue.count_due(connection, lanes, now_us(), most=1000)
