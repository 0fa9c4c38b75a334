"""Every route, with every token that it must not take. A new route without a row here is a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from spectrum_orders import config, ids, runtime
from spectrum_orders.store import parties
from spectrum_orders.store.parties import SCOPES
from tests.api.orders import ACKNOWLEDGEMENT, FULL, PLURAL, READING, check_problem, full, order, read
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    """One shop for all of these tests: none of them minds what the others have sent."""
    with Shop(server) as one:
        yield one


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Stock(NamedTuple):
    """What there is to get at: the order of a shop, and its receipt."""

    number: str
    receipt: str


class Row(NamedTuple):
    """How to ask for an operation. `hides`: an order that another shop must not see."""

    path: Callable[[Stock], str]
    body: Callable[[], Any] | None = None
    public: bool = False
    hides: bool = False


def fixed(path: str, body: Callable[[], Any] | None = None, *, public: bool = False) -> Row:
    return Row(lambda _: path, body, public)


ROWS = {
    ("POST", ACKNOWLEDGEMENT): fixed(ACKNOWLEDGEMENT, order),
    ("POST", PLURAL): fixed(PLURAL, lambda: [order()]),
    ("POST", FULL): fixed(FULL, full),
    ("GET", READING + "{purchaseOrderNumber}"): Row(lambda stock: READING + stock.number, hides=True),
    ("GET", "/api/receipts/{receiptId}"): Row(lambda stock: f"/api/receipts/{stock.receipt}", hides=True),
    ("GET", "/.well-known/spectrum-receipt-key"): fixed("/.well-known/spectrum-receipt-key", public=True),
    ("GET", "/healthz"): fixed("/healthz", public=True),
    ("GET", "/readyz"): fixed("/readyz", public=True),
    ("GET", "/metrics"): fixed("/metrics", public=True),
    ("GET", "/openapi.json"): fixed("/openapi.json", public=True),
    ("GET", "/docs"): fixed("/docs", public=True),
    ("GET", "/"): fixed("/", public=True),
}

GUARDED = [key for key, row in ROWS.items() if not row.public]
PUBLIC = [key for key, row in ROWS.items() if row.public]

guarded = pytest.mark.parametrize(("method", "pattern"), GUARDED, ids=[f"{m} {p}" for m, p in GUARDED])


def operations(server: Server) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation that the server says it serves."""
    document = httpx.get(server.url + "/openapi.json", trust_env=False).json()
    return {
        (method.upper(), path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method.upper() in METHODS
    }


def test_every_operation_has_a_row_and_every_row_an_operation(server: Server) -> None:
    assert operations(server).keys() == ROWS.keys()


def test_what_is_public_here_is_what_the_server_says_is_public(server: Server) -> None:
    found = {key for key, operation in operations(server).items() if operation.get("x-scope") is None}
    assert found == set(PUBLIC)


@pytest.fixture
def stock(shop: Shop) -> Stock:
    """An order of the shop's, with people in it."""
    sent = full(emailAddress="canary@shop.test")
    return Stock(sent["purchaseOrderNumber"], shop.acknowledge(sent).json()["receiptId"])


def ask(shop: Shop, method: str, pattern: str, stock: Stock, token: str, sent: Any = None) -> httpx.Response:
    return shop.request(method, ROWS[method, pattern].path(stock), token=token, json=sent)


def wrong_tokens(shop: Shop) -> Iterator[tuple[str, str, str]]:
    """What it is, the token, and the code of its refusal."""
    yield "no token", "", "unauthenticated"
    yield "not a token", "nonsense", "unauthenticated"
    yield "a typing error", shop.token[:-2] + shop.token[-1] + "_", "unauthenticated"
    yield "nobody's token", ids.new_token("test"), "unauthenticated"
    yield "another environment's", ids.new_token("production"), "wrong-environment"
    revoked = shop.new_token(*SCOPES)
    with runtime.open_runtime(config.load(shop.server.settings)) as opened, opened.ledger.write() as tx:
        parties.revoke_token(tx, revoked)
    yield "a revoked token", revoked, "unauthenticated"


@guarded
def test_a_wrong_token_opens_nothing(shop: Shop, stock: Stock, method: str, pattern: str) -> None:
    row = ROWS[method, pattern]
    for what, token, code in wrong_tokens(shop):
        sent = row.body() if row.body else None
        answer = ask(shop, method, pattern, stock, token, sent)
        assert (answer.status_code, what) == (401, what)
        check_problem(answer, 401, code)
        assert "canary" not in answer.text
        check_not_stored(shop, sent)


@guarded
def test_a_token_without_the_scope_opens_nothing(shop: Shop, stock: Stock, method: str, pattern: str) -> None:
    row = ROWS[method, pattern]
    scope = operations(shop.server)[method, pattern]["x-scope"]
    others = [one for one in SCOPES if one != scope]
    for scopes in (*((one,) for one in others), tuple(others)):
        sent = row.body() if row.body else None
        answer = ask(shop, method, pattern, stock, shop.new_token(*scopes), sent)
        check_problem(answer, 403, "forbidden")
        assert "canary" not in answer.text
        check_not_stored(shop, sent)
    enough = ask(shop, method, pattern, stock, shop.new_token(scope), row.body() if row.body else None)
    assert enough.status_code == 200


@guarded
def test_another_shops_token_opens_nothing_of_this_shop(
    server: Server, shop: Shop, stock: Stock, method: str, pattern: str
) -> None:
    row = ROWS[method, pattern]
    before = read(shop, stock.number).content
    with Shop(server, scopes=SCOPES) as other:
        if row.hides:
            answer = ask(other, method, pattern, stock, other.token)
            check_problem(answer, 404, "not-found")
            assert "canary" not in answer.text
            nothing = ask(other, method, pattern, Stock("nothing", "rcp_0000000000000"), other.token)
            # Whether it is there is not to be told from the answer either.
            assert nothing.json()["error"] == answer.json()["error"]
        else:
            assert row.body is not None
            sent = row.body()
            (one,) = sent if isinstance(sent, list) else [sent]
            one["purchaseOrderNumber"] = stock.number
            assert ask(other, method, pattern, stock, other.token, sent).status_code == 200
            assert read(other, stock.number).json()["clientHandle"] == other.handle
    assert read(shop, stock.number).content == before


@pytest.mark.parametrize(("method", "pattern"), PUBLIC, ids=[f"{m} {p}" for m, p in PUBLIC])
def test_what_is_public_needs_no_token_and_shows_no_order(
    shop: Shop, stock: Stock, method: str, pattern: str
) -> None:
    for token in ("", "nonsense", shop.token):
        answer = ask(shop, method, pattern, stock, token)
        assert answer.status_code in (200, 302, 307)
        for secret in ("canary", stock.number, stock.receipt, shop.handle, shop.token):
            assert secret not in answer.text


@pytest.mark.parametrize(("method", "pattern"), ROWS, ids=[f"{m} {p}" for m, p in ROWS])
def test_a_method_that_is_not_served_is_refused_whatever_the_token(
    shop: Shop, stock: Stock, method: str, pattern: str
) -> None:
    path = ROWS[method, pattern].path(stock)
    served = {one for one, other in ROWS if other == pattern}
    for wrong in set(METHODS) - served:
        for token in ("", shop.token):
            answer = shop.request(wrong, path, token=token, json=order())
            check_problem(answer, 405, "method-not-allowed")
            assert set(answer.headers["allow"].split(", ")) >= served


def check_not_stored(shop: Shop, sent: Any) -> None:
    for one in sent if isinstance(sent, list) else [sent]:
        if one is not None:
            assert read(shop, one["purchaseOrderNumber"]).status_code == 404
