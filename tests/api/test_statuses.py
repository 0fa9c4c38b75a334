"""Every status that the wire promises, each with the one form that all errors have."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from spectrum_orders import ids
from tests.api.orders import ACKNOWLEDGEMENT, FULL, NDJSON, PLURAL, READING, check_problem, line, order, read
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    """One shop for all of these tests: none of them minds what the others have sent."""
    with Shop(server) as one:
        yield one


WRITING = (ACKNOWLEDGEMENT, PLURAL, FULL)


def twice(shop: Shop, sent: Any, **headers: str) -> httpx.Response:
    shop.acknowledge(sent, **headers)
    return shop.acknowledge(sent, **headers)


STATUSES: dict[str, tuple[int, str, Callable[[Shop], httpx.Response]]] = {
    "what is not JSON": (400, "not-json", lambda shop: shop.post(ACKNOWLEDGEMENT, content=b"{nope")),
    "an empty body": (400, "not-json", lambda shop: shop.post(ACKNOWLEDGEMENT, content=b"")),
    "a flag that is neither yes nor no": (
        400,
        "bad-request",
        lambda shop: shop.acknowledge(order(), params={"dryRun": "maybe"}),
    ),
    "a key that is no key": (
        400,
        "bad-request",
        lambda shop: shop.acknowledge(order(), Idempotency_Key="two words"),
    ),
    "no token": (401, "unauthenticated", lambda shop: shop.acknowledge(order(), token="")),
    "a token with a typing error": (
        401,
        "unauthenticated",
        lambda shop: shop.acknowledge(order(), token=shop.token[:-1] + "_"),
    ),
    "a token that nobody was given": (
        401,
        "unauthenticated",
        lambda shop: shop.acknowledge(order(), token=ids.new_token("test")),
    ),
    "a token of another environment": (
        401,
        "wrong-environment",
        lambda shop: shop.acknowledge(order(), token=ids.new_token("production")),
    ),
    "a token without the scope": (
        403,
        "forbidden",
        lambda shop: shop.acknowledge(order(), token=shop.new_token("read")),
    ),
    "no such order": (404, "not-found", lambda shop: shop.get(READING + "nothing")),
    "no such receipt": (404, "not-found", lambda shop: shop.get("/api/receipts/rcp_0000000000000")),
    "no such product": (404, "not-found", lambda shop: shop.get("/api/products/nothing")),
    "no such recipe set": (404, "not-found", lambda shop: shop.get("/api/recipesets/nothing")),
    "no such print files": (404, "not-found", lambda shop: shop.get("/api/webtoprint/nothing")),
    "no such upload": (404, "not-found", lambda shop: shop.get("/api/assets/" + "0" * 64)),
    "no such path": (404, "not-found", lambda shop: shop.get("/api/nothing")),
    "another method": (405, "method-not-allowed", lambda shop: shop.put(ACKNOWLEDGEMENT, json=order())),
    "an order that was acknowledged": (409, "already-submitted", lambda shop: twice(shop, order())),
    "too many orders": (413, "too-large", lambda shop: shop.acknowledge([0] * 10_001)),
    "too many bytes": (
        413,
        "too-large",
        lambda shop: shop.post(ACKNOWLEDGEMENT, content=b" " * (16 * 1024**2 + 1)),
    ),
    "another media type": (
        415,
        "unsupported-media-type",
        lambda shop: shop.post(ACKNOWLEDGEMENT, content=b"<order/>", Content_Type="application/xml"),
    ),
    "a form": (
        415,
        "unsupported-media-type",
        lambda shop: shop.post(
            ACKNOWLEDGEMENT, content=b"a=b", Content_Type="application/x-www-form-urlencoded"
        ),
    ),
    "another charset": (
        415,
        "unsupported-media-type",
        lambda shop: shop.post(
            ACKNOWLEDGEMENT,
            content=json.dumps(order()).encode("utf-16"),
            Content_Type="application/json; charset=utf-16",
        ),
    ),
    "a compressed body": (
        415,
        "unsupported-media-type",
        lambda shop: shop.post(
            ACKNOWLEDGEMENT, content=gzip.compress(json.dumps(order()).encode()), Content_Encoding="gzip"
        ),
    ),
    "a form with a file in it": (
        415,
        "unsupported-media-type",
        lambda shop: shop.post("/api/assets", content=b"-", Content_Type="multipart/form-data; boundary=-"),
    ),
    "a product that is none": (422, "invalid", lambda shop: shop.put("/api/products/mug", json={})),
    "a recipe set that is none": (422, "invalid", lambda shop: shop.put("/api/recipesets/A", json={})),
    "a file of no kind": (422, "invalid", lambda shop: shop.post("/api/assets", content=b"words")),
    "an order that is none": (422, "invalid", lambda shop: shop.acknowledge({})),
    "a list that is none": (422, "invalid", lambda shop: shop.acknowledge({"orders": order()})),
}


@pytest.mark.parametrize("what", STATUSES)
def test_the_answer_says_what_was_wrong_with(shop: Shop, what: str) -> None:
    status, code, send = STATUSES[what]
    body = check_problem(send(shop), status, code)
    assert body["retryable"] is False


def test_a_refused_method_is_answered_with_those_that_are_served(shop: Shop) -> None:
    assert shop.get(ACKNOWLEDGEMENT).headers["allow"] == "POST"
    assert shop.request("DELETE", READING + "x").headers["allow"] == "GET"


def test_a_refused_token_is_told_how_to_prove_itself(shop: Shop) -> None:
    assert shop.get(READING + "x", token="").headers["www-authenticate"].startswith("Bearer ")


def test_a_wrong_environment_is_named_beside_the_right_one(shop: Shop) -> None:
    body = shop.acknowledge(order(), token=ids.new_token("production")).json()
    assert "'production'" in body["error"]
    assert "'test'" in body["error"]


def test_a_stranger_is_turned_away_before_his_body_is_read(shop: Shop) -> None:
    for path in WRITING:
        assert shop.post(path, content=b"{nope", token="").status_code == 401
        assert shop.post(path, content=b"{nope", token="", Content_Type=NDJSON).status_code == 401
        assert shop.post(path, content=b"{nope", token=shop.new_token("read")).status_code == 403


def test_an_invalid_order_answers_with_a_status_for_each_line(shop: Shop) -> None:
    sent = order(lineItems=[line(), line(skuQuantities=[])])
    body = check_problem(shop.acknowledge(sent), 422, "invalid")
    assert body["allSuccessful"] is False
    assert [status["success"] for status in body["statuses"]] == [False, False]
    assert [problem["pointer"] for problem in body["errors"]] == ["/lineItems/1/skuQuantities"]
    assert read(shop, sent["purchaseOrderNumber"]).status_code == 404
