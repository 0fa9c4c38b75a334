"""Promise 4: what is known of a delivery is written once, whoever else is told at the same time."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from spectrum_orders.delivery.gathering import Settling
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import packages, sending
from spectrum_orders.store.database import TRIES
from spectrum_orders.store.packages import DELIVERED, Package
from spectrum_orders.store.schema import packages as package_table
from spectrum_orders.store.sending import Arrival
from spectrum_orders.store.transaction import Transaction
from tests.delivery.working import until, working
from tests.harness.factory import Factory, order, sell
from tests.harness.place import POSTGRESQL, Place, Places
from tests.harness.postgres import Cluster
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.store.opening import opened


def only_package(runtime: Runtime) -> Package | None:
    with runtime.database.read() as connection:
        row = connection.execute(package_table.select()).first()
        return None if row is None else packages.read_row(row)


@pytest.fixture
def two_ways(database: Place, tmp_path: Path) -> Place:
    """A package that is owed to two folders of one factory, neither of which is there."""
    with Server(database, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server) as shop:
        Factory(server, tmp_path / "one").receives(shop)
        server.spectrum("destination", "add", "--partner", "press", f"folder://{tmp_path}/two")
        sell(shop, "ABCD1234")
        assert shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    (tmp_path / "one").rmdir()
    return database


def test_two_workers_that_learn_of_two_destinations_at_once_deliver_their_package(
    two_ways: Place,
) -> None:
    with opened(two_ways) as first, opened(two_ways) as second:
        with working(two_ways):
            until(lambda: (found := only_package(first)) is not None and found.state == packages.READY)
        package = only_package(first)
        assert package is not None
        with first.database.read() as connection:
            ways = packages.deliveries_of(connection, package.client_id, [package.id])
        assert len(ways) == 2

        def arrive(runtime: Runtime, destination: int) -> None:
            with runtime.ledger.write() as tx:
                sending.note_sent(tx, [Arrival(package, destination, {"sha256": "0"})])

        other = threading.Thread(target=arrive, args=(second, ways[1].destination_id))
        with first.ledger.write() as tx:
            sending.note_sent(tx, [Arrival(package, ways[0].destination_id, {"sha256": "0"})])
            other.start()
            other.join(0.5)  # it waits for this transaction, or has written what it takes for the truth
        other.join()
        after = only_package(first)
        assert after is not None
        assert after.state == DELIVERED


def test_what_was_undone_for_a_deadlock_is_done_again(cluster: Cluster, tmp_path: Path) -> None:
    tried = []

    def job(tx: Transaction) -> str:
        tried.append(tx)
        if len(tried) < TRIES:
            error = "RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'"
            tx.connection.exec_driver_sql(f"DO $$ BEGIN {error}; END $$")
        return "done"

    async def settle(runtime: Runtime) -> str:
        return str(await Settling(runtime).write(job))

    with opened(Places(POSTGRESQL, tmp_path, lambda: cluster).new()) as runtime:
        assert asyncio.run(settle(runtime)) == "done"
    assert len(tried) == TRIES
