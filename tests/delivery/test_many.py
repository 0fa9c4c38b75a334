"""Promise 4 with many workers and many orders: each package once, and nobody waits for another's trouble."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from spectrum_orders.store import queue
from spectrum_orders.store.schema import deliveries, packages
from tests.conftest import FreshServer
from tests.delivery.working import drained, until, working
from tests.harness.factory import NAMED, NO_FONT, Factory, manifest, opened, order, sell
from tests.harness.place import Place
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.store.opening import opened as opened_store


@pytest.fixture
def own_shop(fresh_server: FreshServer) -> Iterator[Shop]:
    with Shop(fresh_server(SPECTRUM_DELIVER="on")) as shop:
        yield shop


def test_twenty_workers_make_and_send_every_package_once(database: Place, tmp_path: Path) -> None:
    count = 150
    folder = tmp_path / "factory"
    with Server(database, {"SPECTRUM_DELIVER": "on"}) as server, Shop(server) as shop:
        factory = Factory(server, folder)
        sell(shop, "ABCD1234")
        assert shop.get("/api/webtoprint/ABCD1234").status_code == 200
        for number in range(count):
            assert shop.acknowledge(order(f"PO-{number}", "ABCD1234")).status_code == 200
        server.stop()
        factory.receives(shop)
    workers = 20 if database.url is not None else 1
    with working(database, workers):
        until(lambda: drained(database), "the end of the queue")
    packages = factory.packages()
    assert len(packages) == count
    numbers = {manifest(opened(package))["purchaseOrderNumber"] for package in packages}
    assert numbers == {f"PO-{number}" for number in range(count)}
    assert factory.leftovers() == []


def test_a_poison_recipe_among_good_ones_fails_alone_and_says_what_to_mend(
    own_shop: Shop, tmp_path: Path
) -> None:
    factory = Factory(own_shop.server, tmp_path / "factory")
    factory.receives(own_shop)
    sell(own_shop, *(f"GOOD{number:04}" for number in range(12)))
    assert own_shop.put("/api/recipesets/POISON01", NO_FONT).status_code in (200, 201)
    orders = [order(f"PO-{number}", f"GOOD{number % 12:04}") for number in range(24)]
    orders.insert(3, order("PO-POISON", "POISON01"))
    answer = own_shop.acknowledge(orders).json()
    assert answer["counts"]["acknowledged"] == 25
    factory.await_packages(24)
    said = ""
    deadline = time.monotonic() + 60
    while "preflight-rejected" not in said:
        assert time.monotonic() < deadline
        said = own_shop.server.spectrum("exceptions", "--json").stdout
    assert "PO-POISON" in said
    refused = own_shop.get("/api/webtoprint/POISON01")
    assert refused.status_code == 422
    assert refused.json()["findings"]

    mended = {"recipes": NAMED["recipes"]}
    assert own_shop.put("/api/recipesets/POISON01", mended).status_code == 200
    factory.await_packages(25)


def test_one_dead_factory_never_delays_another(own_shop: Shop, tmp_path: Path) -> None:
    alive = Factory(own_shop.server, tmp_path / "alive", handle="alive")
    dead = Factory(own_shop.server, tmp_path / "dead", handle="dead")
    dead.receives(own_shop, sku="DEAD")
    alive.receives(own_shop)
    shutil.rmtree(dead.folder)
    sell(own_shop, "ABCD1234")
    both = [
        one
        for number in range(30)
        for one in (
            order(f"D-{number}", "ABCD1234", sku="DEAD"),
            order(f"A-{number}", "ABCD1234", sku="ALIVE"),
        )
    ]
    assert own_shop.acknowledge(both).json()["allSuccessful"] is True
    assert len(alive.await_packages(30)) == 30
    said = own_shop.server.spectrum("exceptions", "--json").stdout
    assert "no-folder" in said


def test_addresses_that_come_between_two_attempts_do_not_change_the_package(
    own_shop: Shop, tmp_path: Path
) -> None:
    address = {
        "firstName": "Ada", "lastName": "Quartermain", "address1": "1 Main Street", "city": "Boulder",
        "state": "CO", "postalCode": "80302", "country": "US",
    }  # fmt: skip
    factory = Factory(own_shop.server, tmp_path / "factory")
    factory.receives(own_shop)
    sell(own_shop, "ABCD1234")
    assert own_shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    (package,) = factory.await_packages()
    before = package.read_bytes()
    full = order("PO-1", "ABCD1234", customerAddress=address, shippingAddress=address)
    assert own_shop.post("/api/order", full).status_code == 200
    factory.await_packages(2)
    # As if nobody had noted that it was sent: the same package once more, now that the address is known.
    package.unlink()
    with opened_store(own_shop.server.place) as runtime, runtime.ledger.write() as tx:
        sent = sa.select(deliveries).order_by(deliveries.c.package_id).limit(1)
        row = tx.connection.execute(sent).one()
        tx.connection.execute(
            sa.update(deliveries).where(deliveries.c.package_id == row.package_id).values(state="pending")
        )
        order_id = tx.connection.execute(
            sa.select(packages.c.order_id).where(packages.c.id == row.package_id)
        ).scalar_one()
        owed = queue.row(
            row.client_id, tx.ids.take(), order_id, queue.DELIVER, tx.now,
            lane=row.destination_id, subject=row.package_id,
        )  # fmt: skip
        queue.add(tx, [owed])
    factory.await_packages(2)
    assert package.read_bytes() == before


def test_a_server_over_a_factory_that_is_slow_still_stops_in_time(own_shop: Shop, tmp_path: Path) -> None:
    server: Server = own_shop.server
    factory = Factory(server, tmp_path / "factory")
    factory.receives(own_shop)
    sell(own_shop, *(f"SLOW{number:04}" for number in range(10)))
    many = [order(f"PO-{number}", f"SLOW{number:04}") for number in range(10)]
    assert own_shop.acknowledge(many).status_code == 200
    factory.await_packages(1)
    server.restart()
    factory.await_packages(10)
    assert factory.leftovers() == []
