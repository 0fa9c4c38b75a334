"""A client of the order API: honest retries, the server's own errors, streams of any length.

    with Client("https://orders.example", token) as client:
        answer = client.acknowledge({"purchaseOrderNumber": "42015953", …})
        answer["receiptId"]

It needs nothing but the standard library's HTTP and msgspec, so that a shop can carry it along.
"""

from __future__ import annotations

import random
import time
import urllib.parse
import uuid
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

import msgspec

from spectrum_orders.client.connection import Answer, BaseUrl, Connection, Untrusted, read_base_url
from spectrum_orders.client.refusal import Unintelligible, Unreachable, body_of, refusal
from spectrum_orders.client.streaming import stream
from spectrum_orders.errors import BadRequest

__all__ = ["Answer", "BaseUrl", "Client", "OrderLike", "Unintelligible", "Unreachable", "Untrusted"]

OrderLike = Mapping[str, Any] | bytes
"""One order: its members, or its JSON as it stands in a file."""

ATTEMPTS = 5
"""Attempts at one request. With pauses that double from a tenth of a second they bridge 1.5 s: the
time a server needs to start again."""

FIRST_PAUSE = 0.1

PATIENCE = 60.0
"""Seconds after which nothing is tried again, however long the server asks to wait."""

TIMEOUT = 60.0
"""Seconds of silence after which a connection counts as broken."""

ACKNOWLEDGEMENT = "/api/order/acknowledgement"


class Client:
    """One shop's way to one server. Keeps a connection open; not for several threads at once.

    A request is tried again when the connection broke, and when the server said 503 or 429 *with*
    a ``Retry-After``. Orders carry an ``Idempotency-Key`` of their own from the first attempt on,
    so a retry of what was stored after all reads the first answer and stores nothing twice.

    Every method raises the error that the server answered (``errors.AlreadySubmitted``,
    ``errors.Invalid``, …) with its whole body in ``extra``; ``Unreachable`` when there was no
    answer; ``Unintelligible`` when something else than an order server answered.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float = TIMEOUT,
        attempts: int = ATTEMPTS,
        patience: float = PATIENCE,
    ) -> None:
        """Connects when first used. Raises BadRequest for a URL or token that no server can have."""
        # Checked here because the library below would quote a bad header's value in its message.
        if not token or any(not "!" <= char <= "~" for char in token):
            raise BadRequest("An API token is visible ASCII characters without spaces; this one is not.")
        self._url = read_base_url(base_url)
        # This name passes every proxy: SPECTRUM_API_TOKEN is dropped by some for its underscores, and
        # Authorization belongs to the proxy where it asks for a password of its own.
        self._headers = {"Spectrum-Api-Token": token, "Accept": "application/json"}
        self._timeout = timeout
        self._attempts = attempts
        self._patience = patience
        self._connection = Connection(self._url, timeout)

    def __repr__(self) -> str:
        return f"Client({self._url.text!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def acknowledge(
        self, order: OrderLike, *, idempotency_key: str | None = None, dry_run: bool = False
    ) -> dict[str, Any]:
        """Have one order acknowledged; its answer. Once this returns the order is on disk there.

        With ``dry_run`` the answer is what would happen, and nothing is stored. Give an
        ``idempotency_key`` of your own when a retry may come from another process.
        """
        return self._post(ACKNOWLEDGEMENT, _encoded(order), idempotency_key, dry_run)

    def send_full(
        self, order: OrderLike, *, idempotency_key: str | None = None, dry_run: bool = False
    ) -> dict[str, Any]:
        """As ``acknowledge``, for an order with both its addresses; completes one that came without."""
        return self._post("/api/order", _encoded(order), idempotency_key, dry_run)

    def acknowledge_many(
        self, orders: Iterable[OrderLike], *, idempotency_key: str | None = None, dry_run: bool = False
    ) -> dict[str, Any]:
        """Have many orders acknowledged in one request and, as it has one key, in one transaction.

        The answer holds ``results`` in the request's order, each with its ``httpStatus``, and
        ``counts``. A refused order is a result, not an error. The server says 413 beyond its limits.
        """
        body = b"[" + b",".join(_encoded(order) for order in orders) + b"]"
        return self._post(f"{ACKNOWLEDGEMENT}s", body, idempotency_key, dry_run)

    def stream(self, orders: Iterable[OrderLike], *, dry_run: bool = False) -> Iterator[dict[str, Any]]:
        """Send any number of orders in one request, and give each one's result as it comes.

        Sends and reads at once: ``orders`` is read in a thread of its own, so it may be slow or
        endless. Each result was durable when it was sent. A stream is never tried again by itself;
        when it breaks off (``Unreachable``), send what has no result again: an order that was
        stored meanwhile is refused as a duplicate.
        """
        target = _target(ACKNOWLEDGEMENT, dry_run)
        lines = (_encoded(order) for order in orders)
        return stream(self._url, target, self._headers, lines, self._timeout)

    def order(self, purchase_order_number: str) -> dict[str, Any]:
        """An order as it stands, people opened. Raises NotFound."""
        segment = urllib.parse.quote(purchase_order_number, safe="")
        return body_of(self.send("GET", f"/api/order/order-number/{segment}"))

    def receipt(self, receipt_id: str) -> dict[str, Any]:
        """A signed receipt, which ``spectrum receipt verify`` checks offline. Raises NotFound."""
        segment = urllib.parse.quote(receipt_id, safe="")
        return body_of(self.send("GET", f"/api/receipts/{segment}"))

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Any request to the server, tried again like the others; the last answer, whatever it is.

        The caller sees to it that a second attempt does no harm. Raises Unreachable or Untrusted.
        """
        sent = {**self._headers, **(headers or {})}
        deadline = time.monotonic() + self._patience
        for attempt in range(self._attempts):
            last = attempt == self._attempts - 1
            # Spread, so that a thousand clients of a server that comes back do not come back at once.
            pause = FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311  no secret hangs on it
            try:
                answer = self._connection.send(method, path, body, sent)
            except Unreachable:
                if last or time.monotonic() + pause > deadline:
                    raise
            else:
                wish = refusal(answer).retry_after if answer.status in {403, 429, 503} else None
                if wish is None or last or time.monotonic() + wish > deadline:
                    return answer
                pause += wish
            time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _post(self, path: str, body: bytes, key: str | None, dry_run: bool) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if not dry_run:
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        return body_of(self.send("POST", _target(path, dry_run), body, headers))


def _target(path: str, dry_run: bool) -> str:
    return f"{path}?dryRun=true" if dry_run else path


def _encoded(order: OrderLike) -> bytes:
    return order if isinstance(order, bytes) else msgspec.json.encode(order)
