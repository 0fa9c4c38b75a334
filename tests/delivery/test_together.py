"""Promise 4: packages that a worker sends together, and what becomes of one is nothing to the others."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from spectrum_orders.delivery import lanes, lease, maker, sender, worker
from spectrum_orders.delivery.content import Contents
from spectrum_orders.delivery.names import names_there
from spectrum_orders.delivery.transports.folder import FolderTransport
from spectrum_orders.errors import Unavailable
from spectrum_orders.lifecycle.cancelling import cancel
from spectrum_orders.lifecycle.holds import hold
from spectrum_orders.lifecycle.orders import Caller, Which
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import packages, queue, sending
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.packages import Delivery
from spectrum_orders.store.partners import changed
from spectrum_orders.store.schema import destinations, outbox
from spectrum_orders.store.schema import packages as package_table
from spectrum_orders.store.seats import Seat
from tests.delivery.working import until, working
from tests.harness.factory import Factory
from tests.harness.place import Place, Places
from tests.lifecycle.built import Built, build
from tests.lifecycle.somebody import stored

ORDERS = tuple(f"PO-{number}" for number in range(1, 9))
FIRST, CANCELLED, HELD, POISON, BLOCKED, LAST, *_ = ORDERS


class LockedOut(Exception):
    """What PostgreSQL says when a lock was waited for in vain."""

    orig = SimpleNamespace(sqlstate="55P03")


class House(NamedTuple):
    """A copy of what was built, in which nothing is sent before it is let go."""

    place: Place
    runtime: Runtime
    factory: Factory
    orders: dict[str, StoredOrder]

    @property
    def caller(self) -> Caller:
        return Caller(Seat(self.orders[FIRST].client_id, None), "test")

    def go(self) -> None:
        with self.runtime.ledger.write() as tx:
            tx.connection.execute(sa.update(destinations).values(paused_until=0))
            changed(tx)

    def make_again(self) -> None:
        """Every package is yet to be made ready."""
        with self.runtime.ledger.write() as tx:
            tx.connection.execute(sa.update(outbox).values(kind=queue.MAKE, lane=queue.WORK))
            tx.connection.execute(sa.update(package_table).values(state=packages.MAKING))

    def cancel(self, number: str) -> None:
        with self.runtime.ledger.write() as tx:
            cancel(tx, self.caller, Which(number), "too late")

    def way(self, number: str) -> Delivery:
        """How an order's package stands with its destination."""
        order = self.orders[number]
        with self.runtime.database.read() as connection:
            (package,) = packages.of_order(connection, order.client_id, order.id)
            (way,) = packages.deliveries_of(connection, package.client_id, [package.id])
        return way

    def fate(self, number: str) -> tuple[int, str] | None:
        """Lane and reason of what is owed for an order."""
        mine = outbox.c.order_id == self.orders[number].id
        with self.runtime.database.read() as connection:
            row = connection.execute(sa.select(outbox.c.lane, outbox.c.reason).where(mine)).first()
        return None if row is None else (row.lane, row.reason)

    def arrived(self) -> list[str]:
        """The orders whose packages lie there."""
        return [one.name.split("_")[0] for one in self.factory.packages() if one.is_file()]


@pytest.fixture(scope="module")
def built(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(places, tmp_path_factory.mktemp("built"), *ORDERS)


@pytest.fixture
def house(places: Places, built: Built, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    # These packages hold the CMYK profile: by their size they would each be sent alone.
    monkeypatch.setattr(sender, "SMALL", 1 << 30)
    monkeypatch.setattr(lanes, "TO_ONE", lanes.TO_FOLDER)
    with built.copied(places) as (place, runtime):
        orders = {number: stored(runtime, built.shop, number) for number in ORDERS}
        yield House(place, runtime, built.factory, orders)


def poisoned(number: str, function: Callable[..., Any], order_at: int) -> Callable[..., Any]:
    """The function, which fails for one order in a way that nobody has foreseen."""

    def wrapped(*args: Any) -> Any:
        if args[order_at].purchase_order_number == number:
            raise KeyError("a fault that nobody has foreseen")
        return function(*args)

    return wrapped


def test_of_what_is_sent_together_each_has_a_fate_of_its_own(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    put_all = FolderTransport.put_all
    together: list[int] = []
    make = poisoned(POISON, Contents.build, 3)

    def watched(*args: Any) -> Any:
        seen.append(args[3].purchase_order_number)
        if len(seen) == 1:
            house.cancel(CANCELLED)
        return make(*args)

    async def noted(self: FolderTransport, several: Any) -> Any:
        together.append(len(several))
        return await put_all(self, several)

    monkeypatch.setattr(Contents, "build", watched)
    monkeypatch.setattr(FolderTransport, "put_all", noted)
    way = house.way(BLOCKED)
    (house.factory.folder / way.name).mkdir(parents=True)
    with house.runtime.ledger.write() as tx:
        hold(tx, house.caller, Which(HELD), "a question")
    house.go()
    with working(house.place):
        until(lambda: house.fate(FIRST) is None and house.fate(POISON) == (way.destination_id, "fault"))
    assert together[0] == 5  # or this test tells nothing
    assert house.fate(HELD) == (way.destination_id, "on-hold")
    assert house.fate(BLOCKED) == (queue.BURIED, "exists-different")
    assert [one for one in house.arrived() if one != CANCELLED] == [FIRST, *ORDERS[5:]]
    assert all("_cancellation" in one.name for one in house.factory.packages() if CANCELLED in one.name)


def test_a_fault_in_writing_down_one_failure_leaves_the_others_arrived(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_: Any) -> None:
        raise KeyError("a fault that nobody has foreseen")

    monkeypatch.setattr(sending, "note_buried", faulty)
    way = house.way(BLOCKED)
    (house.factory.folder / way.name).mkdir(parents=True)
    house.go()
    with working(house.place):
        until(lambda: house.fate(BLOCKED) == (way.destination_id, "fault"))
        until(lambda: house.fate(LAST) is None)
    assert [number for number in ORDERS if house.fate(number) is not None] == [BLOCKED]


def test_a_package_that_cannot_be_looked_at_keeps_no_other_from_being_made(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maker, "names_there", poisoned(POISON, names_there, 3))
    house.make_again()
    house.go()
    with working(house.place):
        until(lambda: len(house.arrived()) == len(ORDERS) - 1)
        until(lambda: house.fate(POISON) == (queue.WORK, "fault"))
    assert POISON not in house.arrived()


@pytest.mark.parametrize("making", [False, True])
def test_a_package_that_the_store_cannot_be_asked_about_now_keeps_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch, making: bool
) -> None:
    """As when somebody holds its row for longer than anybody waits."""
    hold_many = packages.hold_many
    theirs = house.way(POISON)

    def locked(tx: Any, marks: Any) -> Any:
        if any(number == theirs.package_id for _, number in marks):
            raise Unavailable("The order store is busy.") from LockedOut
        return hold_many(tx, marks)

    for module in (packages, sending):
        monkeypatch.setattr(module, "hold_many", locked)
    if making:
        house.make_again()
    house.go()
    with working(house.place):
        until(lambda: len(house.arrived()) == len(ORDERS) - 1)
        until(lambda: [number for number in ORDERS if house.fate(number) is not None] == [POISON])
    assert house.fate(POISON) == (queue.WORK if making else theirs.destination_id, "")


def test_no_package_lands_after_the_notice_that_takes_it_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    landed: list[str] = []
    lock = threading.Lock()
    put = FolderTransport._put

    def slow(self: Any, folder: int, leaf: str, *rest: Any) -> Any:
        time.sleep(0.3)
        done = put(self, folder, leaf, *rest)
        with lock:
            landed.append(leaf)
            first = len(landed) == 1
        if first:
            house.cancel(ORDERS[-1])
        return done

    monkeypatch.setattr(FolderTransport, "_put", slow)
    house.go()
    with working(house.place):
        until(lambda: any("_cancellation" in name for name in landed))
        until(lambda: house.fate(ORDERS[-1]) is None)
    theirs = [name for name in landed if name.startswith(f"{ORDERS[-1]}_")]
    assert len(theirs) == 2  # or it was stopped in time, and this test tells nothing
    assert "_cancellation" in theirs[1]


def test_one_that_takes_long_to_build_keeps_its_lease_and_holds_up_only_those_of_its_part(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "UNTRIED", 2)
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.2)
    for module in (lease, worker):
        monkeypatch.setattr(module, "LEASE_US", 1_000_000)
    make, seen = Contents.build, Counter[str]()
    done = threading.Event()

    def slow(*args: Any) -> Any:
        number = args[3].purchase_order_number
        seen[number] += 1
        if number == LAST:
            assert done.wait(60)
        return make(*args)

    monkeypatch.setattr(Contents, "build", slow)
    house.go()
    with working(house.place, workers=2):
        until(lambda: len(house.arrived()) >= len(ORDERS) - 2, "the others")
        time.sleep(2)  # a lease and another one, in which the second worker looks twenty times
        done.set()
        until(lambda: len(house.arrived()) == len(ORDERS))
    assert seen[LAST] == 1


def test_another_machine_than_our_own_is_given_as_many_at_once_as_were_taken(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_all = sender._put_all
    under_way, most = 0, 0

    async def counted(*args: Any) -> Any:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.5)
        under_way -= 1
        return await put_all(*args)

    monkeypatch.setattr(sender, "_put_all", counted)
    monkeypatch.setattr(sender, "is_folder", lambda _: False)
    house.go()
    with working(house.place):
        until(lambda: len(house.arrived()) == len(ORDERS))
    assert most == len(ORDERS)
