"""Promise 4: what is owed is claimed by one at a time, comes back by itself, and is settled by its holder."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from spectrum_orders.runtime import Runtime
from spectrum_orders.store import queue
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.schema import outbox
from tests.harness.place import Place
from tests.store.opening import opened

MINUTE = 60_000_000
LANE = 5_000
CLIENT = 7


def owe(runtime: Runtime, count: int, **kind: int) -> None:
    with runtime.ledger.write() as tx:
        queue.add(
            tx,
            [
                queue.row(CLIENT, tx.ids.take(), place, queue.DELIVER, tx.now, **{"lane": LANE, **kind})
                for place in range(count)
            ],
        )


def claim(runtime: Runtime, most: int = 100, lease: int = MINUTE, lane: int = LANE) -> list[Claim]:
    with runtime.ledger.write() as tx:
        return queue.claim(tx, lane, most, lease)


def left(runtime: Runtime) -> int:
    with runtime.database.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()


def test_a_claimed_row_is_not_claimed_again_while_its_lease_lasts(database: Place) -> None:
    with opened(database) as runtime:
        owe(runtime, 3)
        assert len(claim(runtime)) == 3
        assert claim(runtime) == []


def test_what_a_killed_worker_held_comes_back_when_its_lease_ends(database: Place) -> None:
    with opened(database) as runtime:
        owe(runtime, 2)
        held = claim(runtime, lease=0)
        again = claim(runtime)
        assert {one.id for one in again} == {one.id for one in held}
        assert all(one.claims == 2 for one in again)


def test_who_lost_the_lease_settles_postpones_and_extends_nothing(database: Place) -> None:
    with opened(database) as runtime:
        owe(runtime, 1)
        (late,) = claim(runtime, lease=0)
        (holder,) = claim(runtime)
        with runtime.ledger.write() as tx:
            assert queue.settle(tx, [late]) == set()
            assert not queue.postpone(tx, late, tx.now, "why")
            assert queue.extend(tx, [late], tx.now + MINUTE) == 0
            assert queue.settle(tx, [holder]) == {holder.id}
        assert left(runtime) == 0


def test_the_urgent_goes_first_then_the_older_order(database: Place) -> None:
    with opened(database) as runtime:
        for urgency, instant in ((2, 1), (1, 9), (0, 8), (1, 3), (0, 2)):
            owe(runtime, 1, urgency=urgency, order_instant=instant)
        taken = claim(runtime)
        assert [(one.urgency, one.order_instant) for one in taken] == [(0, 2), (0, 8), (1, 3), (1, 9), (2, 1)]


def test_a_claim_of_two_takes_the_two_most_urgent(database: Place) -> None:
    with opened(database) as runtime:
        for urgency in (2, 0, 1):
            owe(runtime, 1, urgency=urgency)
        assert [one.urgency for one in claim(runtime, most=2)] == [0, 1]


def test_a_lane_is_not_seen_from_another(database: Place) -> None:
    with opened(database) as runtime:
        owe(runtime, 1)
        assert claim(runtime, lane=LANE + 1) == []
        with runtime.database.read() as connection:
            far = 2**62
            assert queue.due_lanes(connection, [LANE, LANE + 1], far) == [LANE]


def test_a_postponed_row_waits_and_counts_its_attempt(database: Place) -> None:
    with opened(database) as runtime:
        owe(runtime, 1)
        (one,) = claim(runtime)
        with runtime.ledger.write() as tx:
            assert queue.postpone(tx, one, tx.now + MINUTE, "unreachable")
        assert claim(runtime) == []
        with runtime.database.read() as connection:
            row = connection.execute(sa.select(outbox)).one()
        assert (row.attempts, row.reason) == (1, "unreachable")


def test_a_parked_row_is_woken_where_it_belongs_and_its_old_holder_has_lost_it(database: Place) -> None:
    with opened(database) as runtime:
        owe(runtime, 1)
        (one,) = claim(runtime)
        with runtime.ledger.write() as tx:
            queue.postpone(tx, one, tx.now + MINUTE, "awaiting-artwork", lane=queue.PARKED)
        with runtime.ledger.write() as tx:
            assert queue.wake(tx, outbox.c.id == one.id, LANE) == 1
        (woken,) = claim(runtime)
        assert (woken.attempts, woken.reason) == (0, "")
        with runtime.ledger.write() as tx:
            assert queue.settle(tx, [one]) == set()


@pytest.mark.parametrize("workers", [20])
def test_twenty_workers_that_race_take_every_row_once(database: Place, workers: int) -> None:
    count = 400
    with opened(database) as runtime:
        owe(runtime, count)
    taken: list[int] = []
    faults: list[BaseException] = []
    lock = threading.Lock()
    start = threading.Barrier(workers)

    def work() -> None:
        try:
            # A ledger of its own for each: as so many processes have.
            with opened(database) as runtime:
                start.wait(60)
                while some := claim(runtime, most=7):
                    with runtime.ledger.write() as tx:
                        settled = queue.settle(tx, some)
                    with lock:
                        taken.extend(settled)
        except BaseException as fault:
            faults.append(fault)
            raise

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not faults
    assert len(taken) == len(set(taken)) == count
    with opened(database) as runtime:
        assert left(runtime) == 0
