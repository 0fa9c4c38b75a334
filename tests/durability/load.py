"""Many shops' worth of traffic at once, and a note of everything that was sent and answered."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from tests.harness.server import Server

SINGLE, FULL = "/api/order/acknowledgement", "/api/order"

ADDRESS = {
    "firstName": "Ana",
    "lastName": "Lee",
    "address1": "1 Main Street",
    "city": "Austin",
    "state": "TX",
    "postalCode": "78701",
    "country": "US",
}


@dataclass(frozen=True)
class Attempt:
    """One order as it was sent once. `status` is None when no answer came."""

    number: str
    path: str
    order: dict[str, Any]
    key: str | None
    status: int | None
    answer: bytes


def order(number: str, *, lines: int = 1, addresses: bool = False) -> dict[str, Any]:
    """An order with something personal in it, made from its number alone."""
    made: dict[str, Any] = {
        "purchaseOrderNumber": number,
        "orderDate": "2026-03-30",
        "emailAddress": f"{number.lower()}@shop.example",
        "lineItems": [
            {
                "recipeSetId": f"SET{place:05d}",
                "skuQuantities": [{"sku": f"SKU-{place}", "quantity": place + 1}],
                "giftMessage": f"For {number}, line {place}",
            }
            for place in range(lines)
        ],
    }
    if addresses:
        made["customerAddress"] = made["shippingAddress"] = ADDRESS
    return made


class Connection:
    """Sends orders over one kept connection, and opens another whenever that one is gone."""

    def __init__(self, server: Server, token: str) -> None:
        self._server = server
        self._headers = {"SPECTRUM_API_TOKEN": token, "Content-Type": "application/json"}
        self._open: http.client.HTTPConnection | None = None

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int | None, bytes]:
        """Status and body of the answer, or None and nothing when the connection broke instead."""
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        if self._open is None:
            parts = urlsplit(self._server.url)
            self._open = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            self._open.request(method, path, body, {**self._headers, **extra})
            answer = self._open.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return None, b""

    def send(self, number: str, path: str, sent: dict[str, Any], key: str | None = None) -> Attempt:
        """One order, sent once."""
        headers = {} if key is None else {"Idempotency_Key": key}
        status, answer = self.request("POST", path, json.dumps(sent).encode(), **headers)
        return Attempt(number, path, sent, key, status, answer)

    def send_many(self, sent: list[dict[str, Any]]) -> list[Attempt]:
        """Several orders in one request."""
        status, answer = self.request("POST", SINGLE, json.dumps(sent).encode())
        results: list[dict[str, Any]] = json.loads(answer)["results"] if status in (200, 207) else []
        return [
            Attempt(
                one["purchaseOrderNumber"],
                SINGLE,
                one,
                None,
                results[place]["httpStatus"] if results else status,
                json.dumps(results[place]).encode() if results else answer,
            )
            for place, one in enumerate(sent)
        ]

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            self._open.close()
        self._open = None


class Load:
    """Sends orders from several threads while its block runs; `attempts` is what came of them.

    Most orders are new; some have both addresses, some are sent under an idempotency key, some
    come several in a request, and some were sent before. `after` is called with each attempt in
    the thread that made it.
    """

    def __init__(
        self,
        server: Server,
        token: str,
        name: str,
        *,
        threads: int = 4,
        pause: float = 0.0,
        after: Callable[[Attempt], None] = lambda _: None,
    ) -> None:
        self.attempts: list[Attempt] = []
        self._server = server
        self._token = token
        self._name = name
        self._pause = pause
        self._after = after
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(place,)) for place in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Returns when the last answer is there, or will never come."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def count(self, *statuses: int | None) -> int:
        """How many attempts ended so."""
        return sum(attempt.status in statuses for attempt in list(self.attempts))

    def wait_for(self, count: int, *statuses: int | None, seconds: float = 60) -> None:
        """Returns once `count` more attempts have ended in one of `statuses`."""
        deadline = time.monotonic() + seconds
        wanted = self.count(*statuses) + count
        while self.count(*statuses) < wanted:
            assert time.monotonic() < deadline, f"{self.count(*statuses)} of {wanted} ended in {statuses}"
            time.sleep(0.01)

    def _run(self, place: int) -> None:
        chance = random.Random(f"{self._name}/{place}")
        connection = Connection(self._server, self._token)
        mine: list[Attempt] = []
        made = 0
        while not self._stopping.is_set():
            made += 1
            number = f"{self._name}-{place}-{made}"
            kind = chance.random()
            if kind < 0.12 and mine:
                before = chance.choice(mine)
                done = [connection.send(before.number, before.path, before.order, before.key)]
            elif kind < 0.24:
                done = [connection.send(number, SINGLE, order(number), key=f"key-{number}")]
            elif kind < 0.34:
                done = [connection.send(number, FULL, order(number, addresses=True))]
            elif kind < 0.40:
                done = connection.send_many([order(f"{number}-{part}", lines=2) for part in range(5)])
            else:
                done = [connection.send(number, SINGLE, order(number, lines=chance.choice((1, 1, 3))))]
            for attempt in done:
                self.attempts.append(attempt)
                self._after(attempt)
                mine.append(attempt)
            if done[0].status is None:
                time.sleep(0.05)  # the server is gone; refused connections would only heat the machine
            elif self._pause:
                time.sleep(self._pause)
        connection.close()
