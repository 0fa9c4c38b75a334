"""A factory that talks to a running server with a token of its own."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx

from spectrum_orders.store import parties, partner_tokens, partners
from tests.harness.factory import Factory, opened_store
from tests.harness.shop import Shop, http_client


class Press:
    """The partner of `factory` with one token, for every client or for `shop`'s alone."""

    def __init__(self, factory: Factory, shop: Shop | None = None) -> None:
        self.factory = factory
        with opened_store(factory.server) as runtime, runtime.ledger.write() as tx:
            partner = partners.find(tx.connection, factory.handle)
            assert partner is not None
            client = None if shop is None else parties.find_client(tx.connection, shop.handle)
            self.token, _ = partner_tokens.create(tx, partner, runtime.settings.environment, client=client)
        self.http = http_client()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.http.close()

    def request(self, method: str, path: str, json: Any = None, **params: str) -> httpx.Response:
        """Sends one request with its token."""
        headers = {"SPECTRUM_API_TOKEN": self.token}
        url = self.factory.server.url + path
        return self.http.request(method, url, json=json, params=params, headers=headers)

    def get(self, path: str, **params: str) -> httpx.Response:
        """GET `path`."""
        return self.request("GET", path, **params)

    def post(self, path: str, json: Any = None, **params: str) -> httpx.Response:
        """POST `json` to `path`."""
        return self.request("POST", path, json, **params)

    def put(self, path: str, json: Any = None, **params: str) -> httpx.Response:
        """PUT `json` to `path`."""
        return self.request("PUT", path, json, **params)

    def read(self, number: str, **params: str) -> dict[str, Any]:
        """An order as this factory reads it."""
        answer = self.get(f"/api/order/order-number/{number}", **params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def search(self, *statuses: str, **members: Any) -> list[dict[str, Any]]:
        """Orders with a line in one of these statuses, modified today."""
        body = {"lastModificationStartDate": "2020-01-01", "workflowStatuses": statuses, **members}
        answer = self.post("/api/orders/search/", {"ignoreDateRestriction": True, **body})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found
