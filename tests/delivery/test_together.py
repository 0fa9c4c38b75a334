"""Promise 4: packages that a worker sends together, and what becomes of one is nothing to the others."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from spectrum_orders.delivery.content import Contents
from spectrum_orders.lifecycle.cancelling import cancel
from spectrum_orders.lifecycle.holds import hold
from spectrum_orders.lifecycle.orders import Caller, Which
from spectrum_orders.store import packages, queue
from spectrum_orders.store.partners import changed
from spectrum_orders.store.schema import destinations, outbox
from spectrum_orders.store.seats import Seat
from tests.delivery.working import until, working
from tests.harness.place import Places
from tests.lifecycle.built import build
from tests.lifecycle.somebody import stored

FIRST, CANCELLED, HELD, POISON, BLOCKED, LAST = (f"PO-{number}" for number in range(1, 7))
ORDERS = (FIRST, CANCELLED, HELD, POISON, BLOCKED, LAST)


def test_of_what_is_sent_together_each_has_a_fate_of_its_own(
    places: Places, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = build(places, tmp_path_factory.mktemp("built"), *ORDERS)
    numbers: list[str] = []
    with built.copied(places) as (place, runtime):
        theirs = {number: stored(runtime, built.shop, number) for number in ORDERS}
        caller = Caller(Seat(theirs[FIRST].client_id, None), "test")
        make = Contents.build

        def watched(self: Contents, snapshot: Any, package: Any, order: Any, *rest: Any) -> Any:
            numbers.append(order.purchase_order_number)
            if order.purchase_order_number == POISON:
                raise KeyError("a fault that nobody has foreseen")
            if len(numbers) == 1:
                with runtime.ledger.write() as tx:
                    cancel(tx, caller, Which(CANCELLED), "too late")
            return make(self, snapshot, package, order, *rest)

        monkeypatch.setattr(Contents, "build", watched)
        with runtime.database.read() as connection:
            (blocked,) = packages.of_order(connection, theirs[BLOCKED].client_id, theirs[BLOCKED].id)
            (way,) = packages.deliveries_of(connection, blocked.client_id, [blocked.id])
        (built.factory.folder / way.name).mkdir(parents=True)
        with runtime.ledger.write() as tx:
            hold(tx, caller, Which(HELD), "a question")
            tx.connection.execute(sa.update(destinations).values(paused_until=0))
            changed(tx)

        def fate(number: str) -> tuple[int, str] | None:
            mine = outbox.c.order_id == theirs[number].id
            with runtime.database.read() as connection:
                row = connection.execute(sa.select(outbox.c.lane, outbox.c.reason).where(mine)).first()
            return None if row is None else (row.lane, row.reason)

        with working(place):
            until(lambda: fate(FIRST) is None and fate(POISON) == (way.destination_id, "fault"))
        assert [fate(number) for number in (FIRST, HELD, BLOCKED, LAST)] == [
            None,
            (way.destination_id, "on-hold"),
            (queue.BURIED, "exists-different"),
            None,
        ]
        arrived = [one.name.split("_")[0] for one in built.factory.packages() if one.is_file()]
        assert arrived == [FIRST, LAST]
    # All but the one on hold were built before anything was sent, or this test tells nothing.
    assert sorted(numbers[:5]) == sorted({*ORDERS} - {HELD})
