"""Promise 4: what happens while lost files are made again, or a package is built, counts before it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
import sqlalchemy as sa

from spectrum_orders.artwork.pool import Pool
from spectrum_orders.delivery import registry
from spectrum_orders.delivery.connections import Connections
from spectrum_orders.delivery.content import Contents
from spectrum_orders.delivery.gathering import Looking, Settling
from spectrum_orders.delivery.lease import LEASE_US
from spectrum_orders.delivery.sender import Sender
from spectrum_orders.delivery.studio import Studio
from spectrum_orders.domain.catalogue.findings import Finding
from spectrum_orders.domain.catalogue.product import Level
from spectrum_orders.domain.catalogue.work import PrintFile
from spectrum_orders.errors import Invalid
from spectrum_orders.lifecycle.cancelling import cancel
from spectrum_orders.lifecycle.orders import Caller, Which
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import packages, queue
from spectrum_orders.store.partners import changed
from spectrum_orders.store.recipes import READY
from spectrum_orders.store.schema import artworks, destinations, outbox
from spectrum_orders.store.seats import Seat
from tests.delivery.working import owed, taken
from tests.harness.factory import Factory, opened
from tests.harness.place import Places
from tests.harness.shop import Shop
from tests.lifecycle.built import FAR, Built, build
from tests.lifecycle.somebody import erase_in, stored

ORDERS = ("PO-1", "PO-2")
NEWER = b"\n% newer\n"

Change = Callable[[PrintFile], PrintFile]


class Changing(Pool):
    """A pool whose files come out differently, once a test says so."""

    def __init__(self, change: Change | None = None) -> None:
        super().__init__(processes=1, seconds=60, memory=2 * 1024**3)
        self.change = change

    async def run(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        made = await super().run(function, *args, **kwargs)
        return self.change(made) if self.change is not None and isinstance(made, PrintFile) else made


class Watched(Studio):
    """A studio in whose last moment something happens: files are made again, and nobody has sent them yet."""

    then: Callable[[], object] | None = None

    async def ensure(self, client_id: int, version: int) -> Any:
        made = await super().ensure(client_id, version)
        if self.then is not None:
            self.then()
        return made


class House(NamedTuple):
    """A copy of what was built, and one worker's parts over it."""

    runtime: Runtime
    shop: Shop
    factory: Factory
    pool: Changing

    def sending(self, *numbers: str, then: Callable[[], object] | None = None) -> None:
        """Have these orders' packages sent by one sender, one after the other."""

        async def all_of_them() -> None:
            settling = Settling(self.runtime)
            studio = Watched(self.runtime, self.pool)
            studio.then = then
            connections = Connections(self.runtime)
            sender = Sender(self.runtime, connections, Looking(self.runtime), settling, studio)
            for number in numbers:
                self.wake(number)
                with self.runtime.database.read() as connection:
                    snapshot = registry.read(connection)
                (lane,) = snapshot.destinations
                with self.runtime.ledger.write() as tx:
                    claims = queue.claim(tx, lane, 9, LEASE_US)
                for claim in claims:
                    await sender.send(snapshot, taken(claim))
            await settling.close()
            await connections.close()

        asyncio.run(all_of_them())

    def wake(self, number: str) -> None:
        """Only this order's delivery is due."""
        mine = stored(self.runtime, self.shop, number).id
        with self.runtime.ledger.write() as tx:
            tx.connection.execute(sa.update(destinations).values(paused_until=0))
            tx.connection.execute(sa.update(outbox).values(due_at=FAR))
            tx.connection.execute(sa.update(outbox).where(outbox.c.order_id == mine).values(due_at=1))
            changed(tx)

    def lose(self) -> None:
        for path in (self.runtime.settings.data_dir / "files" / "artwork").glob("*/*/*"):
            path.unlink()

    def cancel(self) -> None:
        with self.runtime.ledger.write() as tx:
            client = stored(self.runtime, self.shop, "PO-1").client_id
            cancel(tx, Caller(Seat(client, None), "test"), Which("PO-1"), "too late")

    def erase(self) -> None:
        erase_in(self.runtime, stored(self.runtime, self.shop, "PO-1"))

    def states(self) -> list[str]:
        """What became of the versions."""
        with self.runtime.database.read() as connection:
            return list(connection.execute(sa.select(artworks.c.state)).scalars())

    def states_of_packages(self) -> list[str]:
        found = stored(self.runtime, self.shop, "PO-1")
        with self.runtime.database.read() as connection:
            return [one.state for one in packages.of_order(connection, found.client_id, found.id)]


@pytest.fixture(scope="module")
def built(places: Places, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(places, tmp_path_factory.mktemp("built"), *ORDERS)


@pytest.fixture
def house(places: Places, built: Built) -> Iterator[House]:
    pool = Changing()
    try:
        with built.copied(places) as (_, runtime):
            yield House(runtime, built.shop, built.factory, pool)
    finally:
        pool.close()


def test_nothing_leaves_for_somebody_who_was_erased_while_files_were_made_again(house: House) -> None:
    house.lose()
    house.sending("PO-1", "PO-1", then=house.erase)
    assert house.factory.packages() == []
    # The address was opened for the factory, and went no further: no notice is made for it.
    assert house.states_of_packages() == [packages.WAITING]


def test_a_factory_that_may_have_had_it_before_is_told_when_somebody_is_erased_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any) -> Any:
        raise KeyError("as by a worker that was killed in the middle of it")

    with monkeypatch.context() as patched:
        patched.setattr(Contents, "build", dies)
        with pytest.raises(KeyError):
            house.sending("PO-1")
    house.lose()
    house.sending("PO-1", "PO-1", then=house.erase)
    assert house.states_of_packages() == [packages.WAITING, packages.MAKING]


def test_nothing_leaves_that_was_cancelled_while_files_were_made_again(house: House) -> None:
    house.lose()
    house.sending("PO-1", "PO-1", then=house.cancel)
    assert house.factory.packages() == []
    assert house.states_of_packages() == [packages.CANCELLED]


def test_nothing_leaves_that_was_cancelled_while_it_was_built(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = Contents.build

    def slow(*args: Any) -> Any:
        done = build(*args)
        house.cancel()
        return done

    monkeypatch.setattr(Contents, "build", slow)
    house.sending("PO-1")
    # It was on its way for whoever cancelled it, so that a notice is owed, and comes alone.
    assert house.factory.packages() == []


def test_what_is_made_again_passes_the_gate_and_arrives(house: House) -> None:
    house.lose()
    house.sending("PO-1", "PO-1")
    assert len(house.factory.packages()) == 1
    assert house.states_of_packages() == [packages.DELIVERED]


def rejected(made: PrintFile) -> PrintFile:
    found = Finding("too-coarse", Level.REJECT, "72 dpi", "150 dpi", "A finer picture.")
    return msgspec.structs.replace(made, findings=(found,))


def failed(_: PrintFile) -> PrintFile:
    raise Invalid("The file takes more than 60 s of work.")


@pytest.mark.parametrize("worse", [rejected, failed])
def test_files_that_come_out_worse_are_not_sent_and_not_kept(house: House, worse: Change) -> None:
    house.lose()
    house.pool.change = worse
    house.sending("PO-1", "PO-1", "PO-1")
    assert house.factory.packages() == []
    assert house.states() == [READY]
    (row, _) = sorted(owed(house.runtime), key=lambda one: -one.attempts)
    assert (row.kind, row.attempts, row.reason) == (queue.DELIVER, 3, "not-made-again")
    house.pool.change = None
    house.sending("PO-1", "PO-1")
    assert len(house.factory.packages()) == 1


@pytest.mark.parametrize("code", ["text-cut", "code-cut", "font-substituted"])
def test_what_was_printed_once_is_made_again_although_its_recipe_is_refused_today(
    house: House, code: str
) -> None:
    def stricter(made: PrintFile) -> PrintFile:
        found = Finding(code, Level.REJECT, "as it was printed", "something else", "Move it.")
        return msgspec.structs.replace(made, findings=(found,))

    house.lose()
    house.pool.change = stricter
    house.sending("PO-1", "PO-1")
    assert len(house.factory.packages()) == 1
    assert (house.states(), house.states_of_packages()) == ([READY], [packages.DELIVERED])


def test_a_worker_sends_what_another_one_has_made_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another renderer, so that the bytes are others: a package says what is in it."""
    send_one = Sender.send

    async def then_another_worker(self: Sender, *args: Any) -> None:
        await send_one(self, *args)
        monkeypatch.setattr(Sender, "send", send_one)
        house.lose()
        house.pool.change = lambda made: msgspec.structs.replace(made, data=made.data + NEWER)
        line = stored(house.runtime, house.shop, "PO-1").lines[0]
        assert line.recipe_version is not None
        await Studio(house.runtime, house.pool).ensure(args[1].claims[0].client_id, line.recipe_version)

    monkeypatch.setattr(Sender, "send", then_another_worker)
    house.sending(*ORDERS)
    packed = [opened(one) for one in house.factory.packages()]
    ends = [
        data.endswith(NEWER) for one in packed for name, data in one.items() if name.endswith("_wrap.pdf")
    ]
    assert sorted(ends) == [False, True]
