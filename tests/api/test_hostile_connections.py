"""Requests that no well-bred client sends, and well-bred clients that send what few others do."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Iterator

import pytest

from tests.api.meddling import count_orders
from tests.api.orders import ACKNOWLEDGEMENT, READING, check_members, order, read
from tests.api.rawhttp import CHUNKED, LAST_CHUNK, Wire, chunk, head, request
from tests.conftest import FreshServer
from tests.durability.memory import Growth
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    """One shop for all of these tests: none of them minds what the others have sent."""
    with Shop(server) as one:
        yield one


TE_AND_LENGTH = ("Transfer-Encoding: chunked", "Content-Length: 5")


@pytest.fixture
def unharmed(shop: Shop) -> Iterator[None]:
    """Nothing may be stored by the test, and an order must be taken after it."""
    before = count_orders(shop.server.place)
    yield
    assert count_orders(shop.server.place) == before
    assert shop.acknowledge(order()).status_code == 200


NOT_HTTP = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "words": b"hello there\r\n\r\n",
    "zeros": bytes(1_000),
    "an unknown method": b"BREW /api/order HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method in small letters": b"post /api/order HTTP/1.1\r\nHost: x\r\n\r\n",
    "a version that never was": b"GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
    "a proxy request": b"CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n",
    "a path with a bare byte": b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header without a colon": b"GET /healthz HTTP/1.1\r\nHost x\r\n\r\n",
    "a header with a space before its colon": b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n",
    "a NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: x\x00y\r\n\r\n",
    "a folded header": b"GET /healthz HTTP/1.1\r\n Host: x\r\n\r\n",
}


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("what", NOT_HTTP)
def test_what_is_not_http_is_told_so_and_hung_up_on(shop: Shop, what: str) -> None:
    with Wire(shop.server) as wire:
        wire.send(NOT_HTTP[what])
        answer = wire.answer()
        assert (answer.status, answer.headers["connection"]) == (400, "close")
        check_members(answer.json, 400, "bad-request")
        assert answer.headers["spectrum-environment"] == "test"
        assert answer.json["instance"] == "#" + answer.headers["x-request-id"]
        assert wire.rest() == b""


LENGTHS = {
    "longer than any number": ("Content-Length: " + "9" * 40,),
    "negative": ("Content-Length: -1",),
    "a fraction": ("Content-Length: 1.5",),
    "hexadecimal": ("Content-Length: 0x10",),
    "a word": ("Content-Length: many",),
    "two that differ": ("Content-Length: 5", "Content-Length: 6"),
    "two that agree": ("Content-Length: 5", "Content-Length: 5"),
    "a list": ("Content-Length: 5, 5",),
    "beside chunks": TE_AND_LENGTH,
    "behind chunks": TE_AND_LENGTH[::-1],
    "beside an unknown coding": ("Transfer-Encoding: gzip, chunked, x", "Content-Length: 5"),
}


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("what", LENGTHS)
def test_a_body_whose_length_can_be_read_in_two_ways_is_refused(shop: Shop, what: str) -> None:
    """What one server takes for the end of a request must not be the next one's order to another."""
    smuggled = request(shop, order(purchaseOrderNumber="smuggled"))
    with Wire(shop.server) as wire:
        wire.send(head(shop, None, *LENGTHS[what]), b"0\r\n\r\n", smuggled)
        answer = wire.answer()
        assert answer.status == 400
        check_members(answer.json, 400, "bad-request")
        assert wire.rest() == b""


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize(
    "broken", [b"zz\r\n{}\r\n", b"-1\r\n{}\r\n", b"2\r\n{}xx", b"ffffffffffffffffff\r\n{}\r\n", b"\r\n\r\n"]
)
def test_chunks_that_are_none_are_refused(shop: Shop, broken: bytes) -> None:
    with Wire(shop.server) as wire:
        wire.send(head(shop, None, CHUNKED), broken)
        answer = wire.answer()
        assert answer.status == 400
        check_members(answer.json, 400, "bad-request")
        assert wire.rest() == b""


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("length", ["999999999999999", "9223372036854775807"])
def test_an_absurd_length_is_too_large(shop: Shop, length: str) -> None:
    with Wire(shop.server) as wire:
        wire.send(head(shop, length))
        answer = wire.answer()
        assert answer.status == 413
        check_members(answer.json, 413, "too-large")


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize(
    "piece", [b"X-Large: " + b"x" * 65_000 + b"\r\n", b"X: y\r\n" * 10_000, b"x" * 65_000]
)
def test_a_head_without_end_is_cut_short(shop: Shop, piece: bytes) -> None:
    with Wire(shop.server) as wire:
        wire.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        for _ in range(100):
            wire.send_while_heard(piece)
        assert b"HTTP/1.1 431 " in wire.rest()[:20]


def test_an_order_with_a_large_body_may_come_in_one_piece_with_its_head(shop: Shop) -> None:
    """A head is measured by itself; what follows it in the same packet is the body."""
    with Wire(shop.server) as wire:
        for size in (60_000, 200_000, 400_000):
            wire.send(request(shop, order(remark="x" * size)))
            assert wire.answer().status == 200


def test_requests_sent_in_one_piece_are_answered_in_their_order(shop: Shop) -> None:
    sent = [order() for _ in range(20)]
    with Wire(shop.server) as wire:
        wire.send(*(request(shop, one) for one in sent), head(shop, path="/healthz", method="GET"))
        answers = [wire.answer() for _ in sent]
        assert [answer.status for answer in answers] == [200] * len(sent)
        numbers = [answer.json["purchaseOrderNumber"] for answer in answers]
        assert numbers == [one["purchaseOrderNumber"] for one in sent]
        assert wire.answer().json == {"status": "ok"}


@pytest.mark.parametrize("garbage", [b"garbage\r\n\r\n", b"\x00", b"GET / HTTP/9.9\r\n\r\n", b"{}" * 20])
def test_garbage_behind_an_order_is_not_taken_for_its_answer(shop: Shop, garbage: bytes) -> None:
    sent = order()
    with Wire(shop.server) as wire:
        wire.send(request(shop, sent), garbage)
        answer = wire.answer()
        assert (answer.status, answer.json["allSuccessful"]) == (200, True)
    assert read(shop, sent["purchaseOrderNumber"]).status_code == 200


def test_an_order_that_is_announced_is_asked_for(shop: Shop) -> None:
    body = json.dumps(order()).encode()
    with Wire(shop.server) as wire:
        for _ in range(2):
            wire.send(head(shop, len(body), "Expect: 100-continue"))
            assert wire.answer().status == 100
            wire.send(body)
            assert wire.answer().status in (200, 409)


def test_an_order_that_will_be_refused_is_not_asked_for(shop: Shop) -> None:
    too_large = head(shop, 10**9, "Expect: 100-continue")
    stranger = head(shop, 10, "Expect: 100-continue").replace(shop.token.encode(), b"stranger")
    other = head(shop, 10, "Expect: 100-continue", media_type="text/xml")
    for sent, status in ((too_large, 413), (stranger, 401), (other, 415)):
        with Wire(shop.server) as wire:
            wire.send(sent)
            assert wire.answer().status == status


UPGRADE = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA")


def test_an_offer_to_speak_another_protocol_is_declined_and_the_order_taken(shop: Shop) -> None:
    """As Java's client makes it with the first request of a connection, body and all."""
    sent = [order() for _ in range(3)]
    with Wire(shop.server) as wire:
        for one in sent:
            wire.send(request(shop, one, *UPGRADE))
            assert wire.answer().status == 200
        # In one piece, and with the body behind it in another.
        wire.send(request(shop, order(), *UPGRADE), request(shop, order()))
        assert [wire.answer().status for _ in range(2)] == [200, 200]
        body = json.dumps(order()).encode()
        wire.send(head(shop, len(body), *UPGRADE))
        wire.send(body)
        assert wire.answer().status == 200
        wire.send(head(shop, None, CHUNKED, *UPGRADE), chunk(body), LAST_CHUNK)
        assert wire.answer().status == 409
        wire.send(
            head(shop, None, "Connection: upgrade", "Upgrade: websocket", path="/healthz", method="GET")
        )
        assert wire.answer().status == 200
        wire.send(
            head(shop, None, "Connection: close, Upgrade", "Upgrade: h2c", path="/healthz", method="GET")
        )
        assert (wire.answer().status, wire.rest()) == (200, b"")
    for one in sent:
        assert read(shop, one["purchaseOrderNumber"]).status_code == 200


def test_a_client_that_closes_its_side_after_its_order_still_reads_the_answer(shop: Shop) -> None:
    with Wire(shop.server) as wire:
        wire.send(request(shop, order()))
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.answer().status == 200
        assert wire.rest() == b""


@pytest.mark.usefixtures("unharmed")
def test_a_client_that_closes_its_side_in_the_middle_of_an_order_sent_none(shop: Shop) -> None:
    whole = request(shop, order())
    for length in (10, whole.index(b"\r\n\r\n") + 2, whole.index(b"\r\n\r\n") + 4, len(whole) - 1):
        with Wire(shop.server) as wire:
            wire.send(whole[:length])
            wire.socket.shutdown(socket.SHUT_WR)
            assert wire.rest() == b""


def test_headers_that_come_twice_do_no_harm(shop: Shop) -> None:
    sent = order()
    twice = (
        f"SPECTRUM_API_TOKEN: {shop.token}",
        "Content-Type: application/json",
        "Host: other.test",
        "Accept: */*",
    )
    with Wire(shop.server) as wire:
        wire.send(request(shop, sent, *twice))
        assert wire.answer().status == 200
        wire.send(request(shop, order(), "SPECTRUM_API_TOKEN: stranger"))
        assert wire.answer().status == 401
        wire.send(request(shop, order(), "Idempotency-Key: one", "Idempotency-Key: two"))
        assert wire.answer().status in (200, 400)


def test_an_address_may_be_absolute_or_carry_what_nobody_asked_for(shop: Shop) -> None:
    with Wire(shop.server) as wire:
        for path in (
            f"http://shop.test{ACKNOWLEDGEMENT}",
            f"{ACKNOWLEDGEMENT}?",
            f"{ACKNOWLEDGEMENT}?a=b&%00=%FF&&=&dryrun",
            f"{ACKNOWLEDGEMENT}///",
        ):
            wire.send(request(shop, order(), path=path))
            assert wire.answer().status == 200, path
        for path in (f"/{ACKNOWLEDGEMENT}", "/api//order/acknowledgement", "/API/order/acknowledgement"):
            wire.send(request(shop, order(), path=path))
            assert wire.answer().status == 404, path


def test_a_thousand_requests_over_one_connection_are_a_thousand_answers(shop: Shop) -> None:
    with Wire(shop.server) as wire:
        for index in range(1_000):
            wire.send(head(shop, path=f"{READING}nothing-{index}", method="GET"))
            assert wire.answer().status == 404


def test_a_field_behind_the_last_chunk_is_no_header(shop: Shop) -> None:
    """A proxy in front has let the head pass; what it has not seen must not count."""
    token = f"SPECTRUM_API_TOKEN: {shop.token}\r\n".encode()
    body = chunk(json.dumps(order()).encode()) + b"0\r\n"
    with Wire(shop.server) as wire:
        wire.send(head(shop, None, CHUNKED).replace(token, b""), body, token, b"\r\n")
        assert wire.answer().status == 401
        wire.send(head(shop, None, CHUNKED), body, b"Idempotency-Key: \xff\r\nSPECTRUM_API_TOKEN: x\r\n\r\n")
        assert wire.answer().status == 200
        wire.send(head(shop, path="/healthz", method="GET"))
        assert wire.answer().status == 200


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("piece", [b"X: y\r\n" * 10_000, b"X" * 65_000])
@pytest.mark.parametrize("authorized", [True, False])
def test_fields_without_end_behind_the_last_chunk_are_cut_short(
    shop: Shop, piece: bytes, authorized: bool
) -> None:
    asked = head(shop, None, CHUNKED)
    if not authorized:
        asked = asked.replace(shop.token.encode(), b"stranger")
    with Wire(shop.server) as wire:
        wire.send(asked, b"0\r\n")
        with pytest.raises(ConnectionError):
            wire.send(*[piece] * 1_000)


def test_bodies_that_nobody_reads_are_not_kept(fresh_server: FreshServer) -> None:
    server = fresh_server()
    body = b"x" * 250_000
    with Shop(server) as shop, Wire(server) as wire:
        refused = head(shop, len(body)).replace(shop.token.encode(), b"stranger") + body
        wire.send(refused)
        assert wire.answer().status == 401
        growth = Growth(server.pid)
        for _ in range(800):
            wire.send(refused)
            assert wire.answer().status == 401
        assert growth.mib < 40, "of 190 that were sent"


def test_a_client_that_vanishes_behind_several_requests_is_no_fault_of_ours(
    fresh_server: FreshServer,
) -> None:
    server = fresh_server()
    with Shop(server) as shop:
        for index in range(40):
            with Wire(server) as wire:
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                wire.send(request(shop, order()) * 3)
                time.sleep(0.0005 * index)
        assert shop.acknowledge(order()).status_code == 200
    server.stop()
    for word in ("unexpected", "Exception in ASGI", "Traceback", "without starting"):
        assert word not in server.logs()


def test_two_idempotency_keys_that_differ_are_refused_and_the_same_one_twice_is_one(shop: Shop) -> None:
    sent = order()
    with Wire(shop.server) as wire:
        wire.send(request(shop, sent, "Idempotency-Key: first", "Idempotency-Key: second"))
        refused = wire.answer()
        assert refused.status == 400
        check_members(refused.json, 400, "bad-request")
        assert "several Idempotency-Keys" in refused.json["error"]
        assert read(shop, sent["purchaseOrderNumber"]).status_code == 404
        for replayed in (None, "true"):
            wire.send(request(shop, sent, "Idempotency-Key: second", "Idempotency-Key: second"))
            answer = wire.answer()
            assert (answer.status, answer.headers.get("idempotency-replayed")) == (200, replayed)
