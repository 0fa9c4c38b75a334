"""Promise 4: no order waits in vain because it was looked at in the moment in which something changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from spectrum_orders.delivery import planner, registry
from spectrum_orders.delivery.lease import LEASE_US
from spectrum_orders.store import partners, queue, routing
from tests.delivery.working import owed
from tests.harness.factory import Factory, order
from tests.harness.place import Place
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.store.opening import opened


@pytest.mark.parametrize("before", [None, "NOTHING-*"], ids=["no rule", "another rule"])
def test_a_rule_that_comes_while_an_order_is_planned_is_not_missed(
    database: Place, tmp_path: Path, before: str | None
) -> None:
    with Server(database, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server) as shop:
        factory = Factory(server, tmp_path / "factory")
        if before is not None:
            factory.receives(shop, sku=before)
        assert shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
        with opened(database) as runtime:
            with runtime.database.read() as connection:
                old = registry.read(connection)
            with runtime.ledger.write() as tx:
                claims = queue.claim(tx, queue.PLAN, 10, LEASE_US)
            # Nothing is parked yet, so that nothing is woken.
            factory.receives(shop)
            planner.plan(runtime, old, claims)
            assert [(row.lane, row.reason) for row in owed(runtime)] == [(queue.PLAN, "")]
            with runtime.database.read() as connection:
                new = registry.read(connection)
            with runtime.ledger.write() as tx:
                again = queue.claim(tx, queue.PLAN, 10, LEASE_US)
            planner.plan(runtime, new, again)
            assert [(row.lane, row.kind) for row in owed(runtime)] == [(queue.WORK, queue.MAKE)]


def test_an_order_that_no_rule_leads_anywhere_waits_aside_until_one_comes(
    database: Place, tmp_path: Path
) -> None:
    with Server(database, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server) as shop:
        factory = Factory(server, tmp_path / "factory")
        assert shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
        with opened(database) as runtime:
            with runtime.database.read() as connection:
                snapshot = registry.read(connection)
                assert partners.generation(connection) == snapshot.generation
            with runtime.ledger.write() as tx:
                claims = queue.claim(tx, queue.PLAN, 10, LEASE_US)
            planner.plan(runtime, snapshot, claims)
            assert [(row.lane, row.reason) for row in owed(runtime)] == [(queue.PARKED, routing.UNROUTED)]
            factory.receives(shop)
            assert [(row.lane, row.reason) for row in owed(runtime)] == [(queue.PLAN, "")]
