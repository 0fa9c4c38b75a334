"""Promise: an order is completed once, by whichever process comes first, and the journal vouches for it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest

from spectrum_orders.capture import compare_stored, completion, seal
from spectrum_orders.domain.order import Form, Order
from spectrum_orders.domain.payloads import Accepted, read_order
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import captures as capturing
from spectrum_orders.store.captures import Capture, Complete, Completion, Existing, Outcome, Written
from spectrum_orders.store.numbers import Numbers
from spectrum_orders.store.transaction import Ledger, now_us
from tests.durability.load import order
from tests.durability.opened import check_connection
from tests.harness.place import Place
from tests.store.opening import opened

CLIENT = 42


def read(form: Form) -> Order:
    sent = msgspec.json.encode(order("one", addresses=form is Form.FULL))
    found = read_order(sent, form, ZoneInfo("UTC"))
    assert isinstance(found, Accepted)
    return found.order


class Process:
    """What one of several processes over a database does."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.ledger = Ledger(runtime.database)
        self.numbers = Numbers(runtime.database, "lines")

    def capture(self, what: Order, complete: Complete | None = None, ahead: int = 0) -> Outcome:
        self.numbers.ensure(10)
        sealed = seal(
            what,
            client_id=CLIENT,
            order_id=self.ledger.ids.take() + ahead,
            actor="test",
            keys=self.runtime.keys,
            now=now_us(),
        )
        with self.ledger.write() as tx:
            [outcome] = capturing.write(tx, self.numbers, [sealed], complete or self.complete)
        return outcome

    def complete(self, capture: Capture, existing: Existing) -> Completion | None:
        assert capture.full is not None
        return completion(self.runtime.keys, CLIENT, capture.full, existing, "test")


def test_a_completion_by_a_process_whose_clock_is_behind_leaves_the_journal_whole(database: Place) -> None:
    with opened(database) as runtime:
        process = Process(runtime)
        first = process.capture(read(Form.ACKNOWLEDGEMENT), ahead=1 << 40)
        later = process.capture(read(Form.FULL))
        assert isinstance(first, Written)
        assert isinstance(later, Written)
        assert later.completed
        assert later.receipt_id < first.receipt_id
        with runtime.database.read() as connection:
            check_connection(connection)


# On SQLite nobody else can write between a transaction's look and its own writing.
@pytest.mark.parametrize("places", ["postgresql"], indirect=True)
def test_whoever_comes_second_with_the_same_full_order_is_told_that_it_is_identical(database: Place) -> None:
    with opened(database) as runtime:
        quick, slow = Process(runtime), Process(runtime)
        quick.capture(read(Form.ACKNOWLEDGEMENT))
        full = read(Form.FULL)

        def overtaken(capture: Capture, existing: Existing) -> Completion | None:
            decided = slow.complete(capture, existing)
            won = quick.capture(full)
            assert isinstance(won, Written)
            assert won.completed
            return decided

        outcome = slow.capture(full, overtaken)
        assert isinstance(outcome, Existing)
        assert compare_stored(runtime.keys, CLIENT, outcome, full).identical
        with runtime.database.read() as connection:
            check_connection(connection)
