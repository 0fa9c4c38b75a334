"""Promise: what is tidied up beside the orders is tidied up whole, and waits for nobody."""

from __future__ import annotations

import pytest

from spectrum_orders.store import idempotency, parties
from spectrum_orders.store.transaction import Ledger
from tests.harness.place import Place
from tests.store.opening import opened


def test_old_keys_are_forgotten_oldest_first_and_no_more_than_asked_for(database: Place) -> None:
    with opened(database) as runtime:
        for key in ("b", "a", "c"):
            with runtime.ledger.write() as tx:
                assert idempotency.claim(tx, 1, key, b"digest")
        left = []
        for _ in range(3):
            with runtime.ledger.write() as tx:
                count = idempotency.forget_before(tx, tx.now + 1, most=2)
                left.append((count, [key for key in "abc" if idempotency.find(tx.connection, 1, key)]))
        assert left == [(2, ["c"]), (1, []), (0, [])]


def test_young_keys_are_kept(database: Place) -> None:
    with opened(database) as runtime, runtime.ledger.write() as tx:
        assert idempotency.claim(tx, 1, "young", b"digest")
        assert idempotency.forget_before(tx, tx.now, most=10) == 0


# On SQLite two transactions never write at once.
@pytest.mark.parametrize("places", ["postgresql"], indirect=True)
def test_two_processes_that_tidy_up_at_once_do_not_wait_for_each_other(database: Place) -> None:
    with opened(database) as runtime:
        with runtime.ledger.write() as tx:
            client = parties.create_client(tx, "shop", name="Shop", timezone="UTC")
            first, second, third = (parties.create_token(tx, client, "test")[1].id for _ in range(3))
            assert idempotency.claim(tx, 1, "old", b"digest")
        other = Ledger(runtime.database)
        with runtime.ledger.write() as tx, other.write() as beside:
            parties.touch_tokens(tx, {second: 5, first: 5})
            assert idempotency.forget_before(tx, tx.now + 1, most=10) == 1
            # Were it to wait here, it would wait for this very thread.
            parties.touch_tokens(beside, {third: 7, second: 7})
            assert idempotency.forget_before(beside, beside.now + 1, most=10) == 0
        with runtime.database.read() as connection:
            used = {token.id: token.last_used_at for token in parties.list_tokens(connection)}
        assert used == {first: 5, second: 5, third: 7}
