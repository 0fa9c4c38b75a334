"""Two who move the same line at once, and a cancellation against a package that is being sent."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from spectrum_orders.errors import SpectrumError
from spectrum_orders.lifecycle import cancelling, receiving
from spectrum_orders.lifecycle.orders import Caller, Which
from spectrum_orders.store import lines, packages, parties, partners, seats
from spectrum_orders.store.seats import Seat
from spectrum_orders.store.transaction import Transaction
from tests.harness.factory import NAMED, Factory, manifest, opened, opened_store, order, sell
from tests.harness.press import Press
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.test_changes import all_delivered, change, follow_ups, read, until
from tests.store.opening import opened as opened_process

ROUNDS = 12


def test_every_order_that_is_cancelled_while_it_is_sent_is_either_never_there_or_taken_back(
    own_shop: Shop, factory: Factory
) -> None:
    sell(own_shop, "ABCD1234")
    numbers = [f"PO-{place}" for place in range(ROUNDS)]
    chance = random.Random(7)

    def race(number: str) -> None:
        own_shop.acknowledge(order(number, "ABCD1234"))
        time.sleep(chance.random() * 0.3)
        change(own_shop, "cancel", number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(race, numbers))
    own_shop.acknowledge(order("LAST", "ABCD1234"))
    until(own_shop, "LAST", all_delivered)
    for number in numbers:
        until(own_shop, number, lambda it: set(follow_ups(it).values()) <= {"delivered"})
    there: dict[str, list[str]] = {}
    for package in factory.packages():
        said = manifest(opened(package))
        there.setdefault(said["purchaseOrderNumber"], []).append(said["kind"])
    assert there.pop("LAST") == ["package"]
    for number, kinds in there.items():
        # A notice without its package is one that was called back at the last moment.
        assert sorted(kinds) in (["cancellation"], ["cancellation", "package"]), number
    for number in numbers:
        # Whatever lies there is answered by a notice, and nothing else is on its way.
        assert read(own_shop, number)["progress"]["cancelled"] == 1
        assert set(follow_ups(read(own_shop, number))) == ({"cancellation"} if number in there else set())


def test_every_order_that_is_held_for_a_moment_leaves_at_once_when_it_is_released(
    own_shop: Shop, factory: Factory
) -> None:
    """Whenever that moment is: also while a sender stands at the gate."""
    sell(own_shop, "ABCD1234")
    numbers = [f"PO-{place}" for place in range(ROUNDS)]
    chance = random.Random(8)

    def race(number: str) -> None:
        own_shop.acknowledge(order(number, "ABCD1234"))
        time.sleep(chance.random() * 0.2)
        held = own_shop.post("/api/order/hold", {"purchaseOrderNumber": number})
        assert held.status_code in (200, 409), held.text  # or it has left already
        time.sleep(chance.random() * 0.2)
        change(own_shop, "release", number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(race, numbers))
    for number in numbers:
        until(own_shop, number, all_delivered)
    assert len(factory.packages()) == ROUNDS


def test_a_recipe_set_that_comes_at_any_moment_after_its_order_is_not_missed(
    own_shop: Shop, factory: Factory
) -> None:
    """Also while the worker has just found that it is not there."""
    sell(own_shop)  # the product alone
    chance = random.Random(9)
    sets = [f"LATE{place:04}" for place in range(ROUNDS)]

    def race(name: str) -> None:
        own_shop.acknowledge(order(f"PO-{name}", name))
        time.sleep(chance.random() * 0.2)
        answer = own_shop.put(f"/api/recipesets/{name}", NAMED)
        assert answer.status_code == 201, answer.text

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(race, sets))
    for name in sets:
        until(own_shop, f"PO-{name}", all_delivered)


def test_two_factories_that_move_one_line_at_once_leave_one_history_and_one_owner(
    working: Server, own_shop: Shop, factory: Factory, build: Callable[..., Factory]
) -> None:
    """One says how far it is while the line is led to the other, again and again."""
    other = build()
    other.receives(own_shop, sku="NOTHING-LIKE-IT")
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    until(own_shop, "PO-1", all_delivered)
    answers: list[tuple[str, int]] = []
    over = threading.Event()

    def tell(press: Press, status: str) -> None:
        body = {
            "purchaseOrderNumber": "PO-1",
            "lineItems": [{"recipeSetReadableId": "ABCD1234", "workflowStatus": status}],
        }
        while not over.is_set():
            answers.append((status, press.put("/api/order/status", body).status_code))

    with Press(factory) as first, Press(other) as second:
        threads = [
            threading.Thread(target=tell, args=(first, "in-progress")),
            threading.Thread(target=tell, args=(second, "completed")),
        ]
        for thread in threads:
            thread.start()
        try:
            for place in range(10):
                change(own_shop, "reroute", "PO-1", partner=(other, factory)[place % 2].handle)
        finally:
            over.set()
            for thread in threads:
                thread.join()
    assert {code for _, code in answers} == {200, 404}
    assert read(own_shop, "PO-1")["lineItems"][0]["routing"]["partner"] == factory.handle
    with opened_store(working) as runtime, runtime.database.read() as connection:
        client = parties.find_client(connection, own_shop.handle)
        assert client is not None
        found = seats.find(connection, Seat(client.id, None), "PO-1")
        assert found is not None
        past = lines.history(connection, client.id, found.order_id)
    owner, status = factory.handle, "not-started"
    for one in past:
        if one.kind == "rerouted":
            assert one.before == owner
            owner = one.after
        else:
            # Each move begins where the one before it ended, and was made by whose line it was.
            assert one.before == status
            status = one.after
            assert (status == "completed") is (owner == other.handle)
    assert owner == factory.handle


@pytest.mark.parametrize("verb", ["cancel", "hold", "reprint"])
def test_who_asks_for_the_same_twenty_times_at_once_gets_it_once(
    own_shop: Shop, factory: Factory, verb: str
) -> None:
    sell(own_shop, "ABCD1234")
    if verb == "hold":
        own_shop.acknowledge(order("PO-1", "NOTHERE1"))
    else:
        own_shop.acknowledge(order("PO-1", "ABCD1234"))
        until(own_shop, "PO-1", all_delivered)
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: change(own_shop, verb, "PO-1"), range(20)))
    made = [package["packageId"] for one in done for package in one["packages"]]
    if verb == "reprint":
        # Each is a wish of its own; who repeats one by mistake has the idempotency of a dry run only.
        assert len(set(made)) == 20
    else:
        assert len(made) == (1 if verb == "cancel" else 0)


def test_the_bytes_of_a_package_are_whole_whatever_is_cancelled_meanwhile(
    own_shop: Shop, factory: Factory
) -> None:
    sell(own_shop, "ABCD1234", "EFGH5678")
    for place in range(6):
        own_shop.acknowledge(order(f"PO-{place}", "ABCD1234", "EFGH5678"))
        change(own_shop, "cancel", f"PO-{place}", "EFGH5678")
    for place in range(6):
        until(
            own_shop,
            f"PO-{place}",
            # The notice as well, which may come after the package that goes in the first one's place.
            lambda it: (
                it["lineItems"][0]["delivery"]["state"] == "delivered"
                and set(follow_ups(it).values()) <= {"delivered"}
            ),
        )
    printed: dict[str, set[str]] = {}
    taken_back: dict[str, set[str]] = {}
    for package in factory.packages():
        said = manifest(opened(package))
        where = taken_back if said["kind"] == "cancellation" else printed
        where.setdefault(said["purchaseOrderNumber"], set()).update(
            line["recipeSetId"] for line in said["lines"]
        )
    for number, sets in printed.items():
        assert "ABCD1234" in sets
        # Whatever of the cancelled line lies there was taken back.
        assert "EFGH5678" not in sets - taken_back.get(number, set())
    assert factory.leftovers() == []


def reject(tx: Transaction, caller: Caller, package_id: int) -> object:
    return receiving.reject(tx, caller, package_id, "No mugs.")


@pytest.mark.parametrize("verb", [receiving.receive, receiving.accept, reject])
def test_a_factory_that_speaks_of_a_package_while_its_order_is_being_cancelled_waits_for_its_turn(
    working: Server, own_shop: Shop, factory: Factory, verb: Callable[[Transaction, Caller, int], object]
) -> None:
    sell(own_shop, "ABCD1234")
    own_shop.acknowledge(order("PO-1", "ABCD1234"))
    until(own_shop, "PO-1", all_delivered)
    # Each with a ledger of its own, as two processes of a server.
    with opened_process(working.place) as shops, opened_process(working.place) as factories:
        with shops.database.read() as connection:
            client = parties.find_client(connection, own_shop.handle)
            partner = partners.find(connection, factory.handle)
            assert client is not None
            assert partner is not None
            found = seats.find(connection, Seat(client.id, None), "PO-1")
            assert found is not None
            (package,) = packages.of_order(connection, client.id, found.order_id)

        def speak() -> object:
            with factories.ledger.write() as tx:
                return verb(tx, Caller(Seat(None, partner.id), "factory"), package.id)

        with ThreadPoolExecutor(1) as pool:
            with shops.ledger.write() as tx:
                lines.hold(tx, found)
                said = pool.submit(speak)
                wait([said], 0.5)  # for the order; whoever had its package by now would be waited for in turn
                cancelling.cancel(tx, Caller(Seat(client.id, None), "shop"), Which("PO-1"), "")
            # Whatever the answer is, it is one.
            assert said.exception(60) is None or isinstance(said.exception(), SpectrumError)
