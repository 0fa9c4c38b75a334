"""Promise: an order that the database refuses fails alone, whoever came with it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import FreshServer
from tests.durability.load import SINGLE, Attempt, Connection, order
from tests.durability.opened import check_whole, opened, stored_numbers
from tests.durability.poison import POISON, poison
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture
def poisoned(fresh_server: FreshServer) -> Server:
    server = fresh_server()
    with opened(server.settings) as database, database.write() as connection:
        poison(connection)
    return server


def test_a_poison_order_fails_alone_among_those_that_wait_with_it(poisoned: Server) -> None:
    with Shop(poisoned) as shop:

        def send(number: int) -> Attempt:
            connection = Connection(poisoned, shop.token)
            name = f"{POISON}-{number}" if number % 8 == 0 else f"good-{number}"
            key = f"key-{number}" if number % 5 == 0 else None
            attempt = connection.send(name, SINGLE, order(name), key)
            connection.close()
            return attempt

        with ThreadPoolExecutor(32) as threads:
            attempts = list(threads.map(send, range(160)))
        for attempt in attempts:
            if attempt.number.startswith(POISON):
                assert attempt.status == 500, attempt.answer
                said = json.loads(attempt.answer)
                assert (said["code"], said["retryable"]) == ("internal", True)
                assert "poison" not in said["detail"]
            else:
                assert attempt.status == 200, attempt.answer
    assert stored_numbers(poisoned.settings) == {f"good-{n}" for n in range(160) if n % 8}
    check_whole(poisoned.settings)


def test_a_poison_order_fails_alone_inside_one_request(poisoned: Server) -> None:
    names = ["one", POISON, "two", "one"]
    with Shop(poisoned) as shop:
        answer = shop.acknowledge([order(name) for name in names])
        assert answer.status_code == 207
        assert [result["httpStatus"] for result in answer.json()["results"]] == [200, 500, 200, 409]
        lines = "\n".join(json.dumps(order(name)) for name in ("three", f"{POISON} too", "four"))
        streamed = shop.post(SINGLE, content=lines, Content_Type="application/x-ndjson")
        results = [json.loads(line) for line in streamed.text.splitlines()]
        assert [result["httpStatus"] for result in results[:-1]] == [200, 500, 200]
    assert stored_numbers(poisoned.settings) == {"one", "two", "three", "four"}
    check_whole(poisoned.settings)


def test_a_poison_order_under_a_key_blocks_no_honest_retry(poisoned: Server) -> None:
    many = [order("beside"), order(f"{POISON} too")]
    with Shop(poisoned) as shop:
        assert shop.acknowledge(order(POISON), Idempotency_Key="one").status_code == 500
        first = shop.acknowledge(many, Idempotency_Key="many")
        assert [result["httpStatus"] for result in first.json()["results"]] == [200, 500]
        assert stored_numbers(poisoned.settings) == {"beside"}
        with opened(poisoned.settings) as database, database.write() as connection:
            on = "" if connection.dialect.name == "sqlite" else " ON orders"
            connection.exec_driver_sql(f"DROP TRIGGER poison{on}")
        assert shop.acknowledge(order(POISON), Idempotency_Key="one").status_code == 200
        second = shop.acknowledge(many, Idempotency_Key="many")
        assert [result["httpStatus"] for result in second.json()["results"]] == [409, 200]
        assert second.json()["results"][0]["identical"] is True
    assert stored_numbers(poisoned.settings) == {"beside", POISON, f"{POISON} too"}
    check_whole(poisoned.settings)
