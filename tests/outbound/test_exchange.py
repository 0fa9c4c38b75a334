"""Promise: what comes back is bounded in size and time, and nothing of the surroundings takes part."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.delivery.transports.wire import failed
from spectrum_orders.outbound import Answer, Outbound, OutboundError, TimedOut, Unreachable
from spectrum_orders.outbound.backend import GuardedBackend
from spectrum_orders.outbound.guard import ask_system
from tests.harness import receiver
from tests.harness.receiver import Receiver
from tests.outbound.canary import Canary

T = TypeVar("T")
LOCAL = ("127.0.0.0/8", "::1")


def run(work: Callable[[Outbound], Awaitable[T]]) -> T:
    async def inside() -> T:
        async with Outbound(LOCAL) as outbound:
            return await work(outbound)

    return asyncio.run(inside())


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with Receiver() as factory, Canary() as canary:
        location = f"http://127.0.0.1:{canary.port}/latest/meta-data/"
        factory.answers = [receiver.answer(302, headers={"location": location})]
        answer = run(lambda outbound: outbound.send("GET", factory.url, headers=[("content-length", "0")]))
        assert (answer.status, answer.headers["location"]) == (302, location)
        assert canary.settle() == []


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"])
def test_a_proxy_of_the_surroundings_is_not_used(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with Receiver() as factory, Canary() as canary:
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
        assert run(lambda outbound: outbound.send("POST", factory.url)).status == 200
        assert canary.settle() == []


def test_no_cookie_is_kept() -> None:
    with Receiver() as factory:
        factory.answers = [receiver.answer(200, headers={"set-cookie": "who=you"})]

        async def twice(outbound: Outbound) -> None:
            await outbound.send("POST", factory.url)
            await outbound.send("POST", factory.url)

        run(twice)
        assert "cookie" not in factory.posted[1].headers


@pytest.mark.parametrize(("most", "cut"), [(0, True), (10, True), (99, True), (100, False), (1000, False)])
def test_no_more_is_kept_than_was_asked_for(most: int, cut: bool) -> None:
    with Receiver() as factory:
        body = bytes(range(100))
        factory.answers = [receiver.answer(200, body), receiver.answer(200, body)]
        answer = run(lambda outbound: outbound.send("POST", factory.url, most=most))
        assert (answer.body, answer.cut) == (body[:most], cut)
        parts: list[bytes] = []
        answer = run(lambda outbound: outbound.send("POST", factory.url, most=most, into=parts.append))
        assert (answer.body, answer.cut, b"".join(parts)) == (b"", cut, body[:most])


def test_an_answer_without_end_is_cut_at_once() -> None:
    with Receiver() as factory:
        factory.answers = [receiver.endless]
        answer = run(lambda outbound: outbound.send("POST", factory.url, seconds=10))
        assert (len(answer.body), answer.cut) == (1024 * 1024, True)


@pytest.mark.parametrize("drip", [False, True], ids=["silent", "dripping"])
def test_whoever_is_slow_is_given_up_after_the_time_that_was_given(drip: bool) -> None:
    def dripping(handler: receiver.Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b".")
            time.sleep(0.02)

    with Receiver() as factory:
        factory.answers = [dripping if drip else receiver.silent(2)]
        began = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            run(lambda outbound: outbound.send("POST", factory.url, seconds=0.3))
        assert time.monotonic() - began < 2
        told = failed(caught.value)
        assert (told.code, told.permanent) == ("timeout", False)


def test_what_is_not_http_is_unreachable() -> None:
    with Canary() as canary, pytest.raises(Unreachable):
        run(lambda outbound: outbound.send("GET", f"http://127.0.0.1:{canary.port}/"))


@pytest.mark.parametrize(
    "header",
    [("x-a", "b\r\nx-injected: c"), ("x a", "b"), ("x-a", "b\0"), ("x-a\r\nx-injected", "c")],
)
def test_a_header_cannot_bring_another_one_along(header: tuple[str, str]) -> None:
    with Receiver() as factory:
        with pytest.raises(OutboundError):
            run(lambda outbound: outbound.send("POST", factory.url, headers=[header]))
        assert factory.posted == []


@pytest.mark.parametrize("said", [3, 10])
def test_a_body_of_another_length_than_was_said_is_not_a_request(said: int) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"12345"

    with Receiver() as factory:
        with pytest.raises(OutboundError):
            run(
                lambda outbound: outbound.send(
                    "POST", factory.url, headers=[("content-length", str(said))], body=body()
                )
            )
        assert factory.posted == []


def test_an_error_names_the_host_and_nothing_more_of_the_url() -> None:
    with Canary() as canary, pytest.raises(OutboundError) as caught:
        run(lambda outbound: outbound.send("GET", f"http://127.0.0.1:{canary.port}/hook/t0k3n?key=s3cret"))
    assert "t0k3n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_nothing_leaves_through_a_socket_of_this_machine() -> None:
    backend = GuardedBackend((), ask_system, only_allowed=False)
    with pytest.raises(Unreachable):
        asyncio.run(backend.connect_unix_socket("/run/any.sock"))
    assert isinstance(backend, httpcore.AsyncNetworkBackend)


NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("999999999", 999_999_999.0),
        ("Fri, 15 Jan 2027 08:10:00 GMT", 600.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("Friday, 15-Jan-27 08:10:00 GMT", 600.0),
        ("-1", None),
        ("1.5", None),
        ("9999999999", None),
        ("١٢", None),
        ("soon", None),
        ("", None),
        ("Fri, 15 Jan 99999999999 08:00:00 GMT", None),
        ("Fri, 31 Feb 2027 08:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(text: str, seconds: float | None) -> None:
    assert Answer(503, {"retry-after": text}).retry_after(NOW) == seconds


@given(
    st.text(max_size=40)
    | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,2} Jan [0-9]{1,5} [0-9:]{5,8} [-+A-Z0-9]{3,6}")
)
def test_whatever_stands_in_retry_after_is_a_time_to_come_or_nothing(text: str) -> None:
    found = Answer(503, {"retry-after": text}).retry_after(NOW)
    assert found is None or found >= 0
