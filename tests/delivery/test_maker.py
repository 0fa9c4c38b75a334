"""Promise 4: no package waits in vain because it was made in the moment in which something changed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from spectrum_orders.artwork.pool import Pool
from spectrum_orders.delivery import planner, registry
from spectrum_orders.delivery.gathering import Looking, Settling
from spectrum_orders.delivery.lease import LEASE_US
from spectrum_orders.delivery.maker import Maker
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.delivery.studio import Studio
from spectrum_orders.domain.exceptions import NO_DESTINATION
from spectrum_orders.domain.partner import PartnerSettings
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import parties, partners, queue, routing
from spectrum_orders.store.queue import Claim
from tests.delivery.working import owed, taken
from tests.harness.factory import order, sell
from tests.harness.place import Place, spectrum
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.store.opening import opened


def claimed(runtime: Runtime, lane: int) -> list[Claim]:
    """What is due in a lane."""
    with runtime.ledger.write() as tx:
        return queue.claim(tx, lane, 10, LEASE_US)


def known(runtime: Runtime) -> Snapshot:
    """What a worker would know that looks now."""
    with runtime.database.read() as connection:
        return registry.read(connection)


def make(runtime: Runtime, snapshot: Snapshot, claim: Claim) -> None:
    """Have the package of a claim made by somebody who knows this much."""
    pool = Pool(processes=1, seconds=60, memory=2 * 1024**3)

    async def made() -> None:
        settling = Settling(runtime)
        maker = Maker(runtime, Studio(runtime, pool), Looking(runtime), settling)
        await maker.make(snapshot, taken(claim), [claim])
        await settling.close()

    try:
        asyncio.run(made())
    finally:
        pool.close()


def test_a_destination_that_comes_while_a_package_is_made_is_not_missed(
    database: Place, tmp_path: Path
) -> None:
    with Server(database, {"SPECTRUM_DELIVER": "off"}) as server, Shop(server) as shop:
        sell(shop, "ABCD1234")
        assert shop.acknowledge(order("PO-1", "ABCD1234")).status_code == 200
    with opened(database) as runtime:
        with runtime.ledger.write() as tx:
            homeless = partners.create(tx, "press", name="", settings=PartnerSettings())
            client = parties.find_client(tx.connection, shop.handle)
            assert client is not None
            routing.add(tx, client.id, homeless.id, sku=None, country=None, rank=None)
        old = known(runtime)
        planner.plan(runtime, old, claimed(runtime, queue.PLAN))
        (claim,) = claimed(runtime, queue.WORK)
        make(runtime, old, claim)
        assert [(row.lane, row.reason) for row in owed(runtime)] == [(queue.PARKED, NO_DESTINATION)]
        with runtime.ledger.write() as tx:
            queue.wake_order(tx, claim.client_id, claim.order_id, queue.MAKE, queue.WORK)
        (again,) = claimed(runtime, queue.WORK)
        # Nothing is parked yet, so that nothing is woken.
        arguments = ("destination", "add", "--partner", "press", f"folder://{tmp_path}")
        said = spectrum(database.settings, *arguments, cwd=database.data_dir)
        assert "had waited" not in said.stdout + said.stderr
        make(runtime, old, again)
        assert [(row.lane, row.reason) for row in owed(runtime)] == [(queue.WORK, "")]
        (last,) = claimed(runtime, queue.WORK)
        make(runtime, known(runtime), last)
        assert [row.kind for row in owed(runtime)] == [queue.DELIVER]
