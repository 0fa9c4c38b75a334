"""Random histories of orders and keys, against a dictionary that says what each answer must be."""

from __future__ import annotations

import itertools
import json
from typing import Any

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.api.orders import ACKNOWLEDGEMENT, FULL, full, order, read
from tests.harness.shop import Shop

NUMBERS = st.sampled_from("abc")
PRIORITIES = st.sampled_from(("lower", "higher"))
KEYS = st.none() | st.sampled_from(("key-1", "key-2", "key-3"))
BULKS = st.lists(st.tuples(NUMBERS, PRIORITIES), max_size=4)
PATHS = st.sampled_from((ACKNOWLEDGEMENT, FULL))

_histories = itertools.count(1)


class Histories(RuleBasedStateMachine):
    """One shop's orders: at most three numbers, in two wordings, by two routes, under three keys."""

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self.shop = shop
        self.prefix = f"{next(_histories)}-"
        self.stored: dict[str, tuple[str, bool]] = {}
        """Number -> its priority, and whether its addresses are known."""
        self.kept: dict[str, tuple[tuple[str, bytes], httpx.Response]] = {}
        """Key -> the request that it came with, and its answer."""

    def order(self, path: str, number: str, priority: str, **members: Any) -> dict[str, Any]:
        make = full if path == FULL else order
        return make(purchaseOrderNumber=self.prefix + number, priority=priority, **members)

    def send(self, path: str, sent: Any, key: str | None, **options: Any) -> httpx.Response | None:
        """The answer, or None where an earlier one decides and was checked already."""
        content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        if key is not None:
            options["Idempotency_Key"] = self.prefix + key
        answer = self.shop.post(path, content=content, **options)
        if key is not None and key in self.kept:
            first_request, first = self.kept[key]
            if first_request == (path, content):
                assert (answer.status_code, answer.content) == (first.status_code, first.content)
                assert answer.headers["idempotency-replayed"] == "true"
            else:
                assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-mismatch")
            return None
        assert "idempotency-replayed" not in answer.headers
        if key is not None and (answer.status_code < 300 or answer.status_code == 409):
            self.kept[key] = ((path, content), answer)
        return answer

    def expect(self, path: str, number: str, priority: str, result: dict[str, Any], status: int) -> None:
        """Checks one result, and notes what it did."""
        known = self.stored.get(number)
        addressed = path == FULL
        if known is None:
            assert (status, result.get("completed", False)) == (200, False)
            self.stored[number] = (priority, addressed)
        elif addressed and not known[1]:
            assert (status, result["completed"]) == (200, True)
            self.stored[number] = (known[0], True)
        else:
            assert status == 409
            differences = ["/priority"] if priority != known[0] else []
            if addressed != known[1]:
                differences += ["/customerAddress", "/shippingAddress"]
            assert result["differences"] == differences
            assert result["identical"] is (not differences)

    @rule(path=PATHS, number=NUMBERS, priority=PRIORITIES, key=KEYS)
    def one(self, path: str, number: str, priority: str, key: str | None) -> None:
        answer = self.send(path, self.order(path, number, priority), key)
        if answer is not None:
            self.expect(path, number, priority, answer.json(), answer.status_code)

    @rule(
        path=PATHS, sent=st.lists(st.tuples(NUMBERS, PRIORITIES), max_size=4), key=KEYS, spoil=st.booleans()
    )
    def many(self, path: str, sent: list[tuple[str, str]], key: str | None, spoil: bool) -> None:
        orders: list[Any] = [self.order(path, number, priority) for number, priority in sent]
        answer = self.send(path, [*orders, None] if spoil else orders, key)
        if answer is None:
            return
        results = answer.json()["results"]
        for (number, priority), result in zip(sent, results, strict=False):
            self.expect(path, number, priority, result, result["httpStatus"])
        if spoil:
            assert results[-1]["httpStatus"] == 422
        statuses = [result["httpStatus"] for result in results]
        assert answer.status_code == (207 if set(statuses) - {200} else 200)

    @rule(path=PATHS, number=NUMBERS, key=KEYS)
    def invalid(self, path: str, number: str, key: str | None) -> None:
        answer = self.send(path, self.order(path, number, "lower", orderDate="never"), key)
        assert answer is None or (answer.status_code, answer.json()["code"]) == (422, "invalid")

    @rule(path=PATHS, key=KEYS)
    def not_json(self, path: str, key: str | None) -> None:
        answer = self.send(path, b"{nope", key)
        assert answer is None or answer.status_code == 400

    @rule(path=PATHS, number=NUMBERS, priority=PRIORITIES)
    def dry(self, path: str, number: str, priority: str) -> None:
        before = dict(self.stored)
        answer = self.send(path, self.order(path, number, priority), None, params={"dryRun": "true"})
        assert answer is not None
        self.expect(path, number, priority, answer.json(), answer.status_code)
        self.stored = before

    @rule(number=NUMBERS)
    def reading(self, number: str) -> None:
        answer = read(self.shop, self.prefix + number)
        if number not in self.stored:
            assert answer.status_code == 404
            return
        body = answer.json()
        assert (body["priority"], "shippingAddress" in body) == self.stored[number]


def test_no_history_of_orders_and_keys_surprises_a_dictionary(shop: Shop) -> None:
    class OfThisShop(Histories):
        def __init__(self) -> None:
            super().__init__(shop)

    run_state_machine_as_test(
        OfThisShop,
        settings=settings(
            max_examples=40,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
