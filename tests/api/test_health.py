"""What a load balancer asks, and what it is told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.orders import check_members
from tests.api.rawhttp import Wire, head
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    """One shop for all of these tests: none of them minds what the others have sent."""
    with Shop(server) as one:
        yield one


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/healthz/", "/readyz/"])
def test_health_is_public_and_fresh(shop: Shop, path: str) -> None:
    for token in ("", shop.token, "nonsense"):
        answer = shop.get(path, token=token)
        assert answer.status_code == 200
        assert answer.json()["status"] in ("ok", "ready")
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("SPECTRUM_API_TOKEN", "underscore"),
        ("Spectrum-Api-Token", "dash"),
        ("Authorization", "bearer"),
        ("X-Other", "none"),
    ],
)
def test_health_says_which_token_header_came_through_and_never_the_token(
    shop: Shop, header: str, found: str
) -> None:
    value = f"Bearer {shop.token}" if header == "Authorization" else shop.token
    answer = shop.http.get(shop.server.url + "/healthz", headers={header: value})
    assert answer.headers["x-spectrum-token-header"] == found
    assert shop.token not in answer.text + str(answer.headers)


def test_health_answers_a_plain_old_client_and_hangs_up(shop: Shop) -> None:
    with Wire(shop.server) as wire:
        wire.send(b"GET /healthz HTTP/1.0\r\n\r\n")
        answer = wire.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert wire.rest() == b""


def test_what_is_nowhere_is_said_to_be_nowhere(shop: Shop) -> None:
    with Wire(shop.server) as wire:
        for path in (
            "/healthzz",
            "/health",
            "//healthz",
            "/healthz/x",
            "/..",
            "/%2e%2e/etc/passwd",
            "/healthz%00",
            "*",
        ):
            wire.send(head(shop, path=path, method="GET"))
            answer = wire.answer()
            assert answer.status == 404, path
            check_members(answer.json, 404, "not-found")
