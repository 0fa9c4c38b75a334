"""Every route, with every token that it must not take. A new route without a row here is a failure."""

from __future__ import annotations

import functools
import hashlib
import itertools
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from spectrum_orders import ids
from spectrum_orders.domain.events import ERASED
from spectrum_orders.domain.partner import PartnerSettings
from spectrum_orders.domain.wish import Wish
from spectrum_orders.store import endpoints, parties, partner_tokens, partners
from spectrum_orders.store.parties import SCOPES
from spectrum_orders.webhooks import registering
from tests.api import designs
from tests.api.orders import (
    ACKNOWLEDGEMENT,
    FULL,
    PLURAL,
    READING,
    agreed,
    check_problem,
    full,
    order,
    read,
)
from tests.harness.server import Server
from tests.harness.shop import Shop

DESIGN, SPARE = "CANARY01", "CANARY02"


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    """One shop for all of these tests, with a design: none of them minds what the others have sent."""
    with Shop(server) as one:
        designs.put_product(one, designs.product(designs.area(output="svg"), name="canary"))
        canary = designs.filling("front", designs.text("canary"))
        for name in (DESIGN, SPARE):
            designs.put_recipe_set(one, name, designs.recipe_set(canary))
        designs.taken(designs.upload(one, drawing("canary")))
        yield one


_drawings = itertools.count(1)


def drawing(words: str = "") -> bytes:
    """A drawing that was never uploaded before, unless it is named."""
    words = words or f"{next(_drawings)} of {uuid.uuid4()}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><desc>{words}</desc></svg>'.encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Stock(NamedTuple):
    """What there is to get at: an order of a shop with its receipt, and its design. `new` is nothing yet."""

    number: str
    receipt: str
    handle: str = "nobody"
    product: str = "nothing"
    design: str = "NOTHING1"
    spare: str = "NOTHING2"
    asset: str = "0" * 64
    new: str = "new"
    webhook: str = "whk_0000000000000"


class Row(NamedTuple):
    """How to ask for an operation.

    `hides`: it leads to something that another shop must not find. `keeps`: where what is sent could be
    read back. `alone`: what another shop is answered that asks for the same and has nothing yet. `own`: what
    this shop is answered, if not 200 or 201. `partner`: only a factory's own token opens it.
    `every`: a factory's token that is limited to one client opens it for nobody.
    `about`: what is sent is about the stock's order, which nobody else may change. `vendor`: its errors have
    the vendor's form.
    """

    path: Callable[[Stock], str]
    body: Callable[[], Any] | None = None
    public: bool = False
    hides: bool = False
    keeps: Callable[[Stock, Any], str] | None = None
    alone: int = 200
    own: int = 200
    partner: bool = False
    every: bool = False
    about: Callable[[Stock], Any] | None = None
    vendor: bool = False

    def sending(self, stock: Stock) -> Any:
        """What is sent, new each time."""
        if self.about is not None:
            return self.about(stock)
        return self.body() if self.body else None


def at(path: str) -> Callable[[Stock], str]:
    return lambda _: path


def fixed(path: str, body: Callable[[], Any] | None = None, *, public: bool = False) -> Row:
    return Row(lambda _: path, body, public, keeps=None if body is None else of_order)


WEBHOOK = "/api/webhooks/{webhookId}"


def of_webhook(body: Callable[[], Any] | None = None, *, end: str = "") -> Row:
    return Row(lambda stock: f"/api/webhooks/{stock.webhook}{end}", body, hides=True, every=True)


def of_order(_: Stock, sent: Any) -> str:
    (one,) = sent if isinstance(sent, list) else [sent]
    return READING + str(one["purchaseOrderNumber"])


def of_asset(_: Stock, sent: Any) -> str:
    return f"/api/assets/{sha256(sent)}"


def meant(stock: Stock) -> Any:
    return {"purchaseOrderNumber": stock.number}


def moved(stock: Stock) -> Any:
    line = {"recipeSetReadableId": "ABCD1234", "workflowStatus": "completed", "shipmentTracking": "1Z"}
    return {"purchaseOrderNumber": stock.number, "lineItems": [line]}


ROWS: dict[tuple[str, str], Row] = {
    ("POST", ACKNOWLEDGEMENT): fixed(ACKNOWLEDGEMENT, order),
    ("POST", PLURAL): fixed(PLURAL, lambda: [order()]),
    ("POST", FULL): fixed(FULL, full),
    ("GET", READING + "{purchaseOrderNumber}"): Row(lambda stock: READING + stock.number, hides=True),
    **{
        ("POST", f"/api/order/{verb}"): Row(at(f"/api/order/{verb}"), hides=True, about=meant, own=own)
        for verb, own in (
            ("hold", 200),
            ("release", 200),
            ("cancel", 200),
            ("settle", 200),
            ("redeliver", 409),
            ("reprint", 409),
            ("links", 200),
        )
    },
    ("POST", "/api/order/reroute"): Row(
        lambda _: "/api/order/reroute",
        hides=True,
        about=lambda stock: {**meant(stock), "partner": "nobody"},
        own=422,
    ),
    **{
        (method, path): Row(at(path), hides=True, about=moved, vendor=True)
        for method, path in (
            ("PUT", "/api/order/status"),
            ("POST", "/api/order/status"),
            ("POST", "/api/order/ship-notification"),
        )
    },
    ("POST", "/api/orders/search"): Row(
        lambda _: "/api/orders/search",
        lambda: {
            "lastModificationStartDate": "2020-01-01",
            "workflowStatuses": ["not-started"],
            "ignoreDateRestriction": True,
        },
    ),
    ("GET", "/api/orders"): Row(lambda _: "/api/orders"),
    ("GET", "/api/packages"): Row(lambda _: "/api/packages", partner=True),
    ("GET", "/api/exceptions"): Row(lambda _: "/api/exceptions"),
    ("GET", READING + "{purchaseOrderNumber}/history"): Row(
        lambda stock: f"{READING}{stock.number}/history", hides=True
    ),
    ("GET", READING + "{purchaseOrderNumber}/times"): Row(
        lambda stock: f"{READING}{stock.number}/times", hides=True
    ),
    **{
        ("POST", f"/api/packages/{{packageId}}/{verb}"): Row(
            at(f"/api/packages/pkg_0000000000001/{verb}"),
            lambda: {"reason": "None left."},
            partner=True,
        )
        for verb in ("accepted", "received", "rejected")
    },
    ("POST", "/api/person/export"): Row(at("/api/person/export"), hides=True, about=meant),
    ("POST", "/api/person/erase"): Row(at("/api/person/erase"), hides=True, about=meant),
    ("GET", "/api/erasures"): Row(at("/api/erasures")),
    ("POST", "/api/erasures/{erasureId}/confirmed"): Row(
        at("/api/erasures/ers_0000000000001/confirmed"), partner=True
    ),
    ("GET", "/files/{link}"): Row(lambda _: f"/files/{'A' * 128}", public=True, own=404),
    ("GET", "/api/receipts/{receiptId}"): Row(lambda stock: f"/api/receipts/{stock.receipt}", hides=True),
    ("GET", "/api/products"): Row(lambda _: "/api/products"),
    ("PUT", "/api/products/{handle}"): Row(
        lambda stock: f"/api/products/{stock.new}",
        designs.product,
        keeps=lambda stock, _: f"/api/products/{stock.new}",
        alone=201,
    ),
    ("GET", "/api/products/{handle}"): Row(lambda stock: f"/api/products/{stock.product}", hides=True),
    ("PUT", "/api/recipesets/{readableId}"): Row(
        lambda stock: f"/api/recipesets/{stock.new}",
        designs.recipe_set,
        keeps=lambda stock, _: f"/api/recipesets/{stock.new}",
        # The product that it names is not that shop's.
        alone=422,
    ),
    ("GET", "/api/recipesets/{readableId}"): Row(lambda stock: f"/api/recipesets/{stock.design}", hides=True),
    ("PUT", "/api/recipesets/{readableId}/files/{area}"): Row(
        lambda stock: f"/api/recipesets/{stock.spare}/files/front", drawing, hides=True, keeps=of_asset
    ),
    ("POST", "/api/assets"): Row(lambda _: "/api/assets", drawing, keeps=of_asset, alone=201),
    ("GET", "/api/assets/{sha256}"): Row(lambda stock: f"/api/assets/{stock.asset}", hides=True),
    ("GET", "/api/events"): Row(lambda _: "/api/events"),
    ("GET", "/api/event-types"): Row(lambda _: "/api/event-types"),
    ("POST", "/api/webhooks"): Row(lambda _: "/api/webhooks", lambda: {"url": "https://8.8.8.8/"}, alone=201),
    ("GET", "/api/webhooks"): Row(lambda _: "/api/webhooks"),
    ("GET", WEBHOOK): of_webhook(),
    ("PATCH", WEBHOOK): of_webhook(lambda: {"note": "changed"}),
    ("DELETE", WEBHOOK): of_webhook(),
    ("POST", f"{WEBHOOK}/secret"): of_webhook(end="/secret"),
    ("POST", f"{WEBHOOK}/test"): of_webhook(end="/test"),
    ("GET", f"{WEBHOOK}/deliveries"): of_webhook(end="/deliveries"),
    ("POST", f"{WEBHOOK}/replay"): of_webhook(lambda: {"buried": True}, end="/replay"),
    ("GET", "/schemas/product.json"): fixed("/schemas/product.json", public=True),
    ("GET", "/schemas/recipe-set.json"): fixed("/schemas/recipe-set.json", public=True),
    ("GET", "/api/webtoprint/{recipeSetReadableId}"): Row(
        lambda stock: f"/api/webtoprint/{stock.design}?wait=60", hides=True
    ),
    ("GET", "/{clientHandle}/specification/{recipeSetReadableId}/pdf"): Row(
        lambda stock: f"/{stock.handle}/specification/{stock.design}/pdf?wait=60", hides=True
    ),
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


@functools.cache
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
    """An order of the shop's, with people in it, and its design."""
    sent = full(emailAddress="canary@shop.test")
    number = sent["purchaseOrderNumber"]
    receipt = shop.acknowledge(sent).json()["receiptId"]
    asset = sha256(drawing("canary"))
    webhook = registered(shop)
    return Stock(number, receipt, shop.handle, "tag", DESIGN, SPARE, asset, number.lower(), webhook)


def registered(shop: Shop) -> str:
    """A webhook of the shop's, the only one. The guard connects to nothing at its address."""
    with shop.server.opened() as opened, opened.ledger.write() as tx:
        client = parties.find_client(tx.connection, shop.handle)
        assert client is not None
        for old in endpoints.of_owner(tx.connection, client.id):
            endpoints.remove(tx, old, "test")
        wish = Wish("https://127.0.0.1/canary", types=(ERASED,))
        made, _ = registering.add(tx, opened.keys, client.id, wish, "test")
    return made.readable_id


def ask(shop: Shop, method: str, pattern: str, stock: Stock, token: str, sent: Any = None) -> httpx.Response:
    path = ROWS[method, pattern].path(stock)
    if isinstance(sent, bytes):
        return shop.request(method, path, token=token, content=sent, Content_Type="image/svg+xml")
    return shop.request(method, path, token=token, json=sent)


def wrong_tokens(shop: Shop) -> Iterator[tuple[str, str, str]]:
    """What it is, the token, and the code of its refusal."""
    yield "no token", "", "unauthenticated"
    yield "not a token", "nonsense", "unauthenticated"
    yield "a typing error", shop.token[:-2] + shop.token[-1] + "_", "unauthenticated"
    yield "nobody's token", ids.new_token("test"), "unauthenticated"
    yield "another environment's", ids.new_token("production"), "wrong-environment"
    revoked = shop.new_token(*SCOPES)
    with shop.server.opened() as opened, opened.ledger.write() as tx:
        parties.revoke_token(tx, revoked)
    yield "a revoked token", revoked, "unauthenticated"


@guarded
def test_a_wrong_token_opens_nothing(shop: Shop, stock: Stock, method: str, pattern: str) -> None:
    row = ROWS[method, pattern]
    for what, token, code in wrong_tokens(shop):
        sent = row.sending(stock)
        answer = ask(shop, method, pattern, stock, token, sent)
        assert (answer.status_code, what) == (401, what)
        check_problem(answer, 401, code)
        assert "canary" not in answer.text
        check_not_stored(shop, row, stock, sent)


@guarded
def test_a_token_without_the_scope_opens_nothing(shop: Shop, stock: Stock, method: str, pattern: str) -> None:
    row = ROWS[method, pattern]
    scope = operations(shop.server)[method, pattern]["x-scope"]
    others = [one for one in SCOPES if one != scope]
    for scopes in (*((one,) for one in others), tuple(others)):
        sent = row.sending(stock)
        answer = ask(shop, method, pattern, stock, shop.new_token(*scopes), sent)
        check_problem(answer, 403, "forbidden")
        assert "canary" not in answer.text
        check_not_stored(shop, row, stock, sent)
    sent = row.sending(stock)
    answer = ask(shop, method, pattern, stock, shop.new_token(scope), sent)
    if row.partner:
        # Not even the word for it opens what is a factory's own.
        check_problem(answer, 403, "forbidden")
    else:
        assert answer.status_code in (row.own, 201), answer.text
    if row.keeps is not None:
        assert shop.get(row.keeps(stock, sent)).status_code == 200


@guarded
def test_another_shops_token_opens_nothing_of_this_shop(
    server: Server, shop: Shop, stock: Stock, method: str, pattern: str
) -> None:
    row = ROWS[method, pattern]
    before = owned(shop, stock)
    sent: Any = row.sending(stock)
    with Shop(server, scopes=SCOPES) as other:
        if row.keeps is of_order:
            (one,) = sent if isinstance(sent, list) else [sent]
            one["purchaseOrderNumber"] = stock.number
        answer = ask(other, method, pattern, stock, other.token, sent)
        assert "canary" not in answer.text
        if row.hides:
            if row.vendor:
                assert (answer.status_code, answer.json()["status"]) == (404, "Error")
            else:
                check_problem(answer, 404, "not-found")
            nothing = ask(other, method, pattern, Stock("nothing", "rcp_0000000000000"), other.token, sent)
            # Whether it is there is not to be told from the answer either.
            assert nothing.json()["error"] == answer.json()["error"]
        elif row.partner:
            check_problem(answer, 403, "forbidden")
        else:
            assert answer.status_code == row.alone
        if row.keeps is of_order:
            assert read(other, stock.number).json()["clientHandle"] == other.handle
        else:
            check_not_stored(shop, row, stock, sent)
    assert owned(shop, stock) == before


@pytest.mark.parametrize(("method", "pattern"), PUBLIC, ids=[f"{m} {p}" for m, p in PUBLIC])
def test_what_is_public_needs_no_token_and_shows_no_order(
    shop: Shop, stock: Stock, method: str, pattern: str
) -> None:
    for token in ("", "nonsense", shop.token):
        answer = ask(shop, method, pattern, stock, token)
        assert answer.status_code in (row_of(method, pattern).own, 302, 307)
        for secret in ("canary", stock.number, stock.receipt, stock.design, shop.handle, shop.token):
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


def row_of(method: str, pattern: str) -> Row:
    return ROWS[method, pattern]


@pytest.mark.parametrize("limited", [False, True], ids=["any client", "this client"])
@guarded
def test_a_factory_that_nothing_is_routed_to_sees_and_changes_nothing(
    shop: Shop, stock: Stock, stranger: dict[bool, str], method: str, pattern: str, limited: bool
) -> None:
    row = ROWS[method, pattern]
    before = owned(shop, stock)
    answer = ask(shop, method, pattern, stock, stranger[limited], row.sending(stock))
    assert "canary" not in answer.text
    if not operations(shop.server)[method, pattern].get("x-partners"):
        check_problem(answer, 403, "forbidden")
    elif row.hides:
        assert answer.status_code == (403 if limited and row.every else 404)
    assert owned(shop, stock) == before


@pytest.fixture(scope="module")
def stranger(shop: Shop) -> dict[bool, str]:
    """Tokens of a factory to which no rule leads: for every client's orders, and for this one's."""
    with shop.server.opened() as opened, opened.ledger.write() as tx:
        partner = partners.create(tx, f"stranger-{uuid.uuid4().hex[:8]}", name="", settings=PartnerSettings())
        client = parties.find_client(tx.connection, shop.handle)
        return {
            limited: partner_tokens.create(tx, partner, "test", client=client if limited else None)[0]
            for limited in (False, True)
        }


def check_not_stored(shop: Shop, row: Row, stock: Stock, sent: Any) -> None:
    if row.keeps is not None:
        assert shop.get(row.keeps(stock, sent)).status_code == 404


def owned(shop: Shop, stock: Stock) -> list[Any]:
    """Everything of the shop that another could have changed."""
    kept = read(shop, stock.number).json()
    kept["lineItems"], kept["progress"] = agreed(kept["lineItems"]), None
    sets = (f"/api/recipesets/{name}" for name in (stock.design, stock.spare))
    return [
        kept,
        *(shop.get(path).content for path in ("/api/products", f"/api/assets/{stock.asset}", *sets)),
        shop.get("/api/webhooks").json()["webhooks"],
    ]
