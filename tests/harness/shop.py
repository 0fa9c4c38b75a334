"""A shop that talks to a running server with a token of its own."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from spectrum_orders import config, runtime
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import parties
from spectrum_orders.store.transaction import Transaction
from tests.harness.server import Server

SCOPES = ("acknowledge", "read")

# Ends a request that hangs; the longest honest wait (an idempotency key in use) is 5 s.
ANSWER_SECONDS = 60.0


class Shop:
    """A new client of `server` with one token, and an HTTP client that sends it.

    Nothing that another shop does can be seen through it, so tests that share a server do not meet.
    Keyword arguments are headers: `shop.post("/api/order", json=order, Idempotency_Key="one")`.
    """

    def __init__(
        self,
        server: Server,
        *,
        scopes: Sequence[str] = SCOPES,
        handle: str | None = None,
        timezone: str = "UTC",
        unknown_recipe_set: str = "accept",
    ) -> None:
        self.server = server
        self.handle = handle or f"shop-{uuid.uuid4().hex[:12]}"
        with server.opened() as opened, opened.ledger.write() as tx:
            add_client(tx, self.handle, timezone=timezone, unknown_recipe_set=unknown_recipe_set)
            self.token = add_token(tx, opened, self.handle, scopes)
        self.http = http_client()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Shop({self.handle!r})"

    def close(self) -> None:
        """Closes its connections."""
        self.http.close()

    def new_token(self, *scopes: str) -> str:
        """Another token of the same client."""
        with self.server.opened() as opened, opened.ledger.write() as tx:
            return add_token(tx, opened, self.handle, scopes or SCOPES)

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        content: Any = None,
        **headers: str,
    ) -> httpx.Response:
        """Sends one request with its token, or with `token` in its place ("" sends none).

        `content` is sent as it is and as JSON, unless `Content_Type` says otherwise.
        """
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if content is not None:
            sent.setdefault("Content-Type", "application/json")
        secret = self.token if token is None else token
        if secret:
            sent["SPECTRUM_API_TOKEN"] = secret
        return self.http.request(
            method, self.server.url + path, params=params, json=json, content=content, headers=sent
        )

    def get(self, path: str, **options: Any) -> httpx.Response:
        """GET `path`."""
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        """POST `json` (or `content=`) to `path`."""
        return self.request("POST", path, json=json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        """PUT `json` (or `content=`) to `path`."""
        return self.request("PUT", path, json=json, **options)

    def acknowledge(self, order: Any, **options: Any) -> httpx.Response:
        """Sends one order, or several, to be acknowledged."""
        return self.post("/api/order/acknowledgement", json=order, **options)


def http_client() -> httpx.Client:
    """Asks a server of a test."""
    # No proxy of the machine stands between; and to read its hundreds of authorities, for the TLS that is
    # not spoken here, takes longer than most tests.
    return httpx.Client(timeout=ANSWER_SECONDS, trust_env=False, verify=False)


def add_client(
    tx: Transaction, handle: str, *, timezone: str = "UTC", unknown_recipe_set: str = "accept"
) -> None:
    """Registers the shop `handle`."""
    parties.create_client(tx, handle, name=handle, timezone=timezone, unknown_recipe_set=unknown_recipe_set)


def add_token(tx: Transaction, opened: Runtime, handle: str, scopes: Sequence[str] = SCOPES) -> str:
    """A new token of the shop `handle`."""
    client = parties.find_client(tx.connection, handle)
    assert client is not None, f"there is no shop {handle!r}"
    text, _ = parties.create_token(tx, client, opened.settings.environment, scopes=tuple(scopes))
    return text


def make_client(settings: Mapping[str, str], handle: str) -> None:
    """Registers the shop `handle` in the database of `settings`, beside a running server or without one."""
    with runtime.open_runtime(config.load(settings)) as opened, opened.ledger.write() as tx:
        add_client(tx, handle)


def make_token(settings: Mapping[str, str], handle: str) -> str:
    """A new token of the shop `handle`."""
    with runtime.open_runtime(config.load(settings)) as opened, opened.ledger.write() as tx:
        return add_token(tx, opened, handle)
