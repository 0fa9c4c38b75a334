"""Clients that stall, trickle, or never read: each is let go after its time, and nobody else waits for it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.api.orders import NDJSON, check_members, lines, order, read
from tests.api.rawhttp import CHUNKED, LAST_CHUNK, Wire, chunk, head
from tests.conftest import FreshServer
from tests.harness.shop import Shop

# No measure of speed: it ends what would otherwise never end.
NEVER = 30

UNREAD = 14
"""Answers of two megabytes each that a client asks for and never reads: more than any kernel holds."""


ROUNDS = 5

TOO_LATE = 0.8
"""Seconds, of the one that the server waits."""


class Late(Exception):
    """The machine kept the test itself waiting, so that it was not the steady client that it plays."""


def send_steadily(wire: Wire, pieces: Iterable[bytes], pause: float) -> None:
    last = time.monotonic()
    for piece in pieces:
        if time.monotonic() - last > TOO_LATE:
            raise Late
        last = time.monotonic()
        wire.send(piece)
        time.sleep(pause)
    if time.monotonic() - last > TOO_LATE:
        raise Late


def check_told_that_it_took_too_long(wire: Wire) -> None:
    answer = wire.answer()
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    check_members(answer.json, 408, "request-timeout")
    assert answer.json["retryable"] is True
    assert wire.rest() == b""


def stalls_in_its_head(shop: Shop, wire: Wire, sent: Any) -> int:
    wire.send(b"POST /api/order HTTP/1.1\r\nHost: shop.test\r\nX-")
    check_told_that_it_took_too_long(wire)
    return 404


def trickles_its_head(shop: Shop, wire: Wire, sent: Any) -> int:
    for byte in b"POST /api/order HTTP/1.1\r\nX-Slow: yes":
        wire.send_while_heard(bytes([byte]))
        time.sleep(0.1)
    check_told_that_it_took_too_long(wire)
    return 404


def says_nothing(shop: Shop, wire: Wire, sent: Any) -> int:
    assert wire.rest() == b""
    return 404


def says_nothing_more(shop: Shop, wire: Wire, sent: Any) -> int:
    wire.send(head(shop, path="/healthz", method="GET"))
    assert wire.answer().status == 200
    assert wire.rest() == b""
    return 404


def sends_an_empty_line_and_nothing_more(shop: Shop, wire: Wire, sent: Any) -> int:
    wire.send(head(shop, path="/healthz", method="GET"))
    assert wire.answer().status == 200
    wire.send(b"\r\n")
    assert wire.rest() == b""
    return 404


def stalls_in_its_chunks(shop: Shop, wire: Wire, sent: Any) -> int:
    wire.send(head(shop, None, CHUNKED), chunk(json.dumps(sent).encode()))
    check_told_that_it_took_too_long(wire)
    return 404


def stalls_in_its_body(shop: Shop, wire: Wire, sent: Any) -> int:
    body = json.dumps(sent).encode()
    wire.send(head(shop, len(body)), body[:-1])
    check_told_that_it_took_too_long(wire)
    return 404


def is_slow_but_steady(shop: Shop, wire: Wire, sent: Any) -> int:
    body = json.dumps(sent).encode()
    wire.send(head(shop, None, CHUNKED))
    send_steadily(wire, (chunk(body[start : start + 30]) for start in range(0, len(body), 30)), 0.4)
    wire.send(LAST_CHUNK)
    assert wire.answer().status == 200
    return 200


def stalls_in_its_stream(shop: Shop, wire: Wire, sent: Any) -> int:
    wire.send(head(shop, None, CHUNKED, media_type=NDJSON), chunk(lines(sent) + b'{"purchaseOrder'))
    assert wire.head()[0] == 200
    assert next(wire.lines())["httpStatus"] == 200
    # No last line and no end: what was answered is stored, and nothing else is claimed.
    assert b"counts" not in wire.rest()
    return 200


def sends_its_stream_before_it_reads(shop: Shop, wire: Wire, sent: Any) -> int:
    """The results are more than the kernel holds long before the last line is sent."""
    refused = chunk(b'{"lineItems":[{}]}\n' * 1_000)
    wire.send(head(shop, None, CHUNKED, media_type=NDJSON), chunk(lines(sent)))
    send_steadily(wire, [refused] * 16, 0.3)
    wire.send(LAST_CHUNK)
    assert wire.head()[0] == 200
    *results, last = wire.lines()
    assert len(results) == 16_001
    assert last["counts"] == {"acknowledged": 1, "duplicates": 0, "rejected": 16_000}
    return 200


def goes_on_after_its_refusal(shop: Shop, wire: Wire, sent: Any) -> int:
    wire.send(head(shop, 10**9))
    assert wire.answer().status == 413
    until = time.monotonic() + NEVER
    while time.monotonic() < until:
        try:
            wire.send(b" ")
        except ConnectionError:
            return 404
        time.sleep(0.1)
    raise AssertionError("it was never hung up on")


def never_reads(shop: Shop, wire: Wire, sent: Any) -> int:
    refused = b"[" + b",".join([b'{"lineItems":[{}]}'] * 3_000) + b"]"
    for _ in range(UNREAD):
        wire.send_while_heard(head(shop, len(refused)) + refused)
    missed = 0
    until = time.monotonic() + NEVER
    # Read thrice, because the kernel's table changes while it is read.
    while missed < 3:
        assert time.monotonic() < until, "it was never let go"
        missed = 0 if is_held(wire) else missed + 1
        time.sleep(0.1)
    # What the kernel took is still there to be read; the server has let go of the rest.
    assert 1 <= wire.rest().count(b"HTTP/1.1 207 ") < UNREAD - 1
    return 404


def is_held(wire: Wire) -> bool:
    """Whether the far side of the connection is still open."""
    own = f":{wire.socket.getsockname()[1]:04X}"
    for entry in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, _, remote, state, *_ = entry.split()
        if remote.endswith(own) and state == "01":
            return True
    return False


SCENES: tuple[Callable[[Shop, Wire, Any], int], ...] = (
    stalls_in_its_head,
    trickles_its_head,
    says_nothing,
    says_nothing_more,
    sends_an_empty_line_and_nothing_more,
    stalls_in_its_chunks,
    stalls_in_its_body,
    is_slow_but_steady,
    stalls_in_its_stream,
    sends_its_stream_before_it_reads,
    goes_on_after_its_refusal,
    never_reads,
)


def test_every_slow_client_is_let_go_and_nobody_waits_for_it(fresh_server: FreshServer) -> None:
    server = fresh_server(
        SPECTRUM_HEADER_TIMEOUT="1 s",
        SPECTRUM_BODY_TIMEOUT="1 s",
        SPECTRUM_KEEP_ALIVE="1 s",
        SPECTRUM_MAX_BODY_BYTES="64 KiB",
    )

    def play(scene: Callable[[Shop, Wire, Any], int]) -> None:
        for _ in range(ROUNDS):
            sent = order()
            with contextlib.suppress(Late), Wire(server) as wire:
                stored = scene(shop, wire, sent)
                break
        else:
            raise Late
        assert read(shop, sent["purchaseOrderNumber"]).status_code == stored

    with Shop(server) as shop, ThreadPoolExecutor(len(SCENES)) as pool:
        played = {scene.__name__: pool.submit(play, scene) for scene in SCENES}
        while not all(scene.done() for scene in played.values()):
            assert shop.acknowledge(order()).status_code == 200
            time.sleep(0.05)
        failed = {name: repr(error) for name, scene in played.items() if (error := scene.exception())}
        assert not failed
    server.stop()


LARGE = 16 * 2**20 - 10
"""Just within the default of SPECTRUM_MAX_BODY_BYTES: one of them is all that is held in memory at once."""

TRICKLING = 64


def test_a_large_body_that_trickles_is_let_go_although_it_is_never_silent(fresh_server: FreshServer) -> None:
    server = fresh_server(SPECTRUM_BODY_TIMEOUT="1 s")
    with Shop(server) as shop, Wire(server) as wire:
        wire.send(head(shop, LARGE), b" " * 300_000)
        until = time.monotonic() + NEVER
        while is_held(wire):
            assert time.monotonic() < until, "it was never let go"
            wire.send_while_heard(b" ")
            time.sleep(0.2)
        assert wire.head()[0] == 408


def test_large_bodies_that_trickle_keep_no_room_from_those_that_arrive(fresh_server: FreshServer) -> None:
    """Together the slow ones announce sixty times what is held at once, and none of them is silent."""
    server = fresh_server()
    content = json.dumps([order() for _ in range(9_000)]).encode()
    with Shop(server) as shop, contextlib.ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        slow = [stack.enter_context(Wire(server)) for _ in range(TRICKLING)]
        for wire in slow:
            wire.send(head(shop, LARGE), b" " * 700_000)
        for _ in range(2):
            honest = pool.submit(shop.post, "/api/order/acknowledgement?dryRun=true", content=content)
            while not honest.done():
                for wire in slow:
                    wire.send(b" ")
                time.sleep(0.2)
            assert honest.result().status_code == 200
