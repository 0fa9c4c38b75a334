"""What an erasure does to packages: before they leave, while they leave, and when they have left."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from spectrum_orders.errors import Conflict
from spectrum_orders.lifecycle import erasing
from spectrum_orders.lifecycle.cancelling import cancel
from spectrum_orders.lifecycle.orders import Caller, Which
from spectrum_orders.lifecycle.redelivering import redeliver, reprint
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import departures, erasures, packages, partners, queue, sending
from spectrum_orders.store.departures import Gate
from spectrum_orders.store.packages import Package
from spectrum_orders.store.partners import changed
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.schema import destinations, outbox
from spectrum_orders.store.schema import packages as package_table
from spectrum_orders.store.seats import Seat
from spectrum_orders.store.sending import Arrival
from tests.delivery.working import until, working
from tests.harness.factory import Factory, manifest, opened
from tests.harness.place import Place, Places, spectrum
from tests.harness.shop import Shop
from tests.lifecycle.built import FAR, Built, build
from tests.lifecycle.somebody import erase_in, stored
from tests.store.opening import opened as opened_place


class House(NamedTuple):
    """An order whose package is made, and whose factory takes nothing yet. No server runs."""

    place: Place
    runtime: Runtime
    shop: Shop
    factory: Factory

    def package(self) -> Package:
        """The first package."""
        return self.packages()[0]

    def packages(self) -> list[Package]:
        found = stored(self.runtime, self.shop, "PO-1")
        with self.runtime.database.read() as connection:
            return packages.of_order(connection, found.client_id, found.id)

    def claim(self) -> Claim:
        """Take the delivery in hand, as a sender does."""
        with self.runtime.ledger.write() as tx:
            lane = tx.connection.execute(sa.select(destinations.c.id)).scalar_one()
            (claim,) = queue.claim(tx, lane, 1, FAR)
        return claim

    def begin(self, claim: Claim) -> Gate:
        with self.runtime.ledger.write() as tx:
            return departures.begin(tx, [(claim, self.package())])[0]

    def erase(self) -> erasing.Erased:
        return erase_in(self.runtime, stored(self.runtime, self.shop, "PO-1"))

    def let_go(self) -> None:
        """The factory takes packages from now on."""
        with self.runtime.ledger.write() as tx:
            tx.connection.execute(sa.update(destinations).values(paused_until=0))
            tx.connection.execute(sa.update(outbox).where(outbox.c.lane > queue.BURIED).values(due_at=1))
            changed(tx)

    def exceptions(self) -> list[str]:
        """The reasons of what waits for somebody."""
        with self.runtime.database.read() as connection:
            rows = connection.execute(sa.select(outbox.c.reason).where(outbox.c.lane == queue.PARKED))
            return list(rows.scalars())


@pytest.fixture(scope="module")
def built(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(places, tmp_path_factory.mktemp("built"), "PO-1")


@pytest.fixture
def house(places: Places, built: Built) -> Iterator[House]:
    with built.copied(places) as (place, runtime):
        yield House(place, runtime, built.shop, built.factory)


def test_a_package_that_has_not_left_is_held_back_and_seen_until_its_lines_are_cancelled(
    house: House,
) -> None:
    done = house.erase()
    assert (done.told, done.held) == ((), (house.package().id,))
    assert (house.package().state, house.package().reason) == ("waiting", "person-erased")
    house.let_go()
    with house.runtime.ledger.write() as tx:
        # A day has passed: a worker looks at it, and leaves it where it is.
        tx.connection.execute(sa.update(outbox).where(outbox.c.lane == queue.PARKED).values(due_at=1))
        queue.unpark(tx)
    with working(house.place):
        until(lambda: house.exceptions() == ["person-erased"], "the exception")
    assert house.factory.packages() == []
    said = json.loads(spectrum(house.place.settings, "exceptions", "--json", cwd=house.place.data_dir).stdout)
    assert [(one["kind"], "order cancel" in one["nextStep"]) for one in said] == [("person-erased", True)]
    with house.runtime.ledger.write() as tx:
        caller = Caller(Seat(house.package().client_id, None), "test")
        cancel(tx, caller, Which("PO-1"), "its people were erased")
    assert house.exceptions() == []
    assert house.package().state == packages.CANCELLED


def test_what_is_being_sent_arrives_and_its_factory_is_asked_to_delete_it(house: House) -> None:
    claim = house.claim()
    assert house.begin(claim) is Gate.OPEN
    done = house.erase()
    assert done.held == ()
    assert done.told == (house.package().partner_id,)
    with house.runtime.ledger.write() as tx:
        queue.settle(tx, [claim])
        sending.note_sent(tx, [Arrival(house.package(), claim.lane, {"sha256": "0"})])
    assert house.package().state == packages.DELIVERED
    notice = house.packages()[1]
    assert notice.kind == packages.ERASURE
    house.let_go()
    with working(house.place):
        (arrived,) = house.factory.await_packages(1)
        until(lambda: house.packages()[1].state == packages.DELIVERED, "the notice")
    assert manifest(opened(arrived))["erases"] == [manifest_id(house.package())]
    with house.runtime.database.read() as connection:
        found = erasures.find(connection, notice.client_id, notice.order_id, notice.partner_id)
    assert found is not None
    assert (found.state, found.packages) == ("told", (house.package().id,))


def manifest_id(package: Package) -> str:
    from spectrum_orders import ids

    return ids.readable("pkg", package.id)


def test_an_attempt_that_fails_after_the_erasure_is_not_made_again(house: House) -> None:
    claim = house.claim()
    assert house.begin(claim) is Gate.OPEN
    house.erase()
    with house.runtime.ledger.write() as tx:
        assert queue.postpone(tx, claim, tx.now, "timeout")
        sending.note_failure(tx, house.package(), claim.lane, {"code": "timeout"})
    house.let_go()
    with working(house.place):
        (arrived,) = house.factory.await_packages(1)
        until(lambda: house.exceptions() == ["person-erased"], "the exception")
    assert manifest(opened(arrived))["kind"] == "erasure"
    assert house.package().state == packages.WAITING


def test_a_sender_that_read_the_people_before_the_erasure_meets_a_closed_gate(house: House) -> None:
    claim = house.claim()
    # What a sender does before it comes to the gate is done; the erasure comes in between.
    house.erase()
    assert house.begin(claim) is not Gate.OPEN


def test_an_erasure_waits_for_a_gate_that_is_just_being_passed(house: House) -> None:
    claim = house.claim()
    done: list[erasing.Erased] = []
    with opened_place(house.place) as other:
        found = stored(other, house.shop, "PO-1")
        thread = threading.Thread(target=lambda: done.append(erase_in(other, found)))
        with house.runtime.ledger.write() as tx:
            assert departures.begin(tx, [(claim, house.package())]) == [Gate.OPEN]
            thread.start()
            thread.join(0.3)
            assert thread.is_alive()
        thread.join()
    assert done[0].told == (house.package().partner_id,)
    assert done[0].held == ()


def test_a_package_that_is_made_after_the_erasure_does_not_leave(house: House) -> None:
    house.erase()
    with house.runtime.ledger.write() as tx:
        # As by a planner that had read the order before.
        late = house.package()
        tx.connection.execute(sa.delete(outbox))
        tx.connection.execute(
            sa.update(package_table).where(package_table.c.id == late.id).values(state="making", reason="")
        )
        row = queue.row(
            late.client_id, tx.ids.take(), late.order_id, queue.MAKE, tx.now, lane=queue.WORK, subject=late.id
        )
        queue.add(tx, [row])
    house.let_go()
    with working(house.place):
        until(lambda: house.exceptions() == ["person-erased"], "the exception")
    assert house.factory.packages() == []


def test_nothing_of_an_erased_order_is_sent_or_printed_again(house: House) -> None:
    claim = house.claim()
    assert house.begin(claim) is Gate.OPEN
    with house.runtime.ledger.write() as tx:
        queue.settle(tx, [claim])
        sending.note_sent(tx, [Arrival(house.package(), claim.lane, {"sha256": "0"})])
    house.erase()
    caller = Caller(Seat(house.package().client_id, None), "test")
    for again in (redeliver, reprint):
        with pytest.raises(Conflict, match="were erased"), house.runtime.ledger.write() as tx:
            again(tx, caller, Which("PO-1"), "")


def test_a_package_that_is_to_be_sent_again_counts_as_one_that_was_sent(house: House) -> None:
    claim = house.claim()
    assert house.begin(claim) is Gate.OPEN
    with house.runtime.ledger.write() as tx:
        queue.settle(tx, [claim])
        sending.note_sent(tx, [Arrival(house.package(), claim.lane, {"sha256": "0"})])
    caller = Caller(Seat(house.package().client_id, None), "test")
    with house.runtime.ledger.write() as tx:
        redeliver(tx, caller, Which("PO-1"), "")
    done = house.erase()
    assert done.told == (house.package().partner_id,)


def test_a_package_that_was_to_be_sent_again_while_it_was_sent_is_taken_back_by_a_notice(
    house: House,
) -> None:
    claim = house.claim()
    assert house.begin(claim) is Gate.OPEN
    caller = Caller(Seat(house.package().client_id, None), "test")
    with house.runtime.ledger.write() as tx:
        redeliver(tx, caller, Which("PO-1"), "")
    with house.runtime.ledger.write() as tx:
        cancel(tx, caller, Which("PO-1"), "")
    # It arrives now: whoever sends it does not stop in the middle.
    assert [one.kind for one in house.packages()] == [packages.PACKAGE, packages.CANCELLATION]


def test_a_cancellation_still_leaves_when_people_and_artwork_are_gone(house: House) -> None:
    claim = house.claim()
    assert house.begin(claim) is Gate.OPEN
    with house.runtime.ledger.write() as tx:
        queue.settle(tx, [claim])
        sending.note_sent(tx, [Arrival(house.package(), claim.lane, {"sha256": "0"})])
    house.erase()
    with house.runtime.ledger.write() as tx:
        cancel(tx, Caller(Seat(house.package().client_id, None), "test"), Which("PO-1"), "")
    house.let_go()
    with working(house.place):
        arrived = house.factory.await_packages(2)
    assert sorted(manifest(opened(one))["kind"] for one in arrived) == ["cancellation", "erasure"]


def test_an_erasure_that_nobody_confirms_for_a_month_is_found(house: House) -> None:
    claim = house.claim()
    assert house.begin(claim) is Gate.OPEN
    done = house.erase()
    with house.runtime.database.read() as connection:
        assert erasures.find_unconfirmed(connection, done.at + erasures.CONFIRM_US) == []
        late = done.at + erasures.CONFIRM_US + 1
        (found,) = erasures.find_unconfirmed(connection, late)
        (partner,) = partners.everybody(connection)
    assert (found.partner, found.client) == (partner.handle, house.shop.handle)
    with house.runtime.ledger.write() as tx:
        erasures.confirm(tx, found.erasure, "test")
    with house.runtime.database.read() as connection:
        assert erasures.find_unconfirmed(connection, late) == []
