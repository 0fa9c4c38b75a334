"""The rate limit: off until it is set, told in headers, and cheap to run into."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.conftest import FreshServer
from tests.domain.samples import ORDER, order
from tests.harness.shop import Shop

MISSING = "/api/order/order-number/missing"


@pytest.fixture
def limited(fresh_server: FreshServer) -> Iterator[Shop]:
    """A shop that may ask each route three times an hour."""
    with Shop(fresh_server(SPECTRUM_RATE_LIMIT="3/hour")) as shop:
        yield shop


def left(answer: httpx.Response) -> int:
    return int(answer.headers["RateLimit-Remaining"])


def test_without_the_setting_nothing_is_limited_and_nothing_is_said(shop: Shop) -> None:
    answer = shop.acknowledge(ORDER)
    assert not [name for name in answer.headers if name.lower().startswith("ratelimit")]


def test_every_answer_of_a_limited_route_says_what_is_left(limited: Shop) -> None:
    answers = [limited.acknowledge(ORDER), limited.acknowledge(ORDER), limited.acknowledge({})]
    assert [answer.status_code for answer in answers] == [200, 409, 422]
    assert [left(answer) for answer in answers] == [2, 1, 0]
    for answer in answers:
        assert answer.headers["RateLimit-Limit"] == "3"
        assert 0 < int(answer.headers["RateLimit-Reset"]) <= 3600
        assert answer.headers["RateLimit-Policy"] == '"token-and-route";q=3;w=3600'
        assert re.fullmatch(r'"token-and-route";r=[012];t=\d+', answer.headers["RateLimit"])


def test_beyond_the_limit_the_answer_is_429_and_says_when_to_come_back(limited: Shop) -> None:
    for _ in range(3):
        limited.get(MISSING)
    answer = limited.get(MISSING)
    assert answer.status_code == 429
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == answer.headers["RateLimit-Reset"]
    assert left(answer) == 0
    body = answer.json()
    assert (body["code"], body["status"], body["retryable"]) == ("rate-limited", 429, True)


def test_each_token_and_each_route_has_its_own_count(limited: Shop) -> None:
    for number in range(4):
        limited.get(f"{MISSING}-{number}")
    assert limited.get(MISSING).status_code == 429
    assert limited.acknowledge(ORDER).status_code == 200
    with Shop(limited.server) as other:
        assert other.get(MISSING).status_code == 404


def test_a_request_with_many_orders_counts_once(limited: Shop) -> None:
    answer = limited.acknowledge([order(purchaseOrderNumber=str(number)) for number in range(50)])
    assert (answer.status_code, left(answer)) == (200, 2)


def test_routes_without_a_token_are_never_limited(limited: Shop) -> None:
    for path in ("/healthz", "/readyz", "/docs", "/openapi.json", "/metrics"):
        for _ in range(5):
            assert limited.get(path, token="").status_code == 200


def test_older_clients_can_have_their_403(fresh_server: FreshServer) -> None:
    server = fresh_server(SPECTRUM_RATE_LIMIT="1/hour", SPECTRUM_RATE_LIMIT_STATUS="403")
    with Shop(server) as shop:
        shop.get(MISSING)
        answer = shop.get(MISSING)
    assert answer.status_code == 403
    assert (answer.json()["status"], answer.json()["code"]) == (403, "rate-limited")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_request_too_many_is_answered_before_its_body_comes(limited: Shop) -> None:
    for _ in range(3):
        limited.acknowledge({})
    place = urlsplit(limited.server.url)
    with socket.create_connection((place.hostname, place.port), timeout=30) as connection:
        connection.sendall(
            b"POST /api/order/acknowledgement HTTP/1.1\r\nHost: test\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000000\r\n"
            b"SPECTRUM_API_TOKEN: " + limited.token.encode() + b"\r\n\r\n"
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 429 ")
