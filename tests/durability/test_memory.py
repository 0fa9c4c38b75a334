"""Promise: what many large requests take in memory is bounded by settings, not by who sends them."""

from __future__ import annotations

import contextlib
import http.client
import json
import selectors
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.durability.load import SINGLE, order
from tests.durability.memory import MIB, Growth
from tests.harness.place import SQLITE, Place
from tests.harness.server import Server
from tests.harness.shop import Shop

SENDERS = 16
BODY = 16 * MIB - 1024
"""Just within the default of SPECTRUM_MAX_BODY_BYTES."""

AT_ONCE = 8
"""Senders of whole requests of 10 000 orders, each a second's work."""

MOST = 50
"""MiB, whoever sends what."""


@pytest.fixture
def shop(folder: Path) -> Iterator[Shop]:
    with Server(Place(SQLITE, folder)) as server, Shop(server) as shop:
        # What every process needs once is no growth.
        assert shop.acknowledge([order(f"warm-{number}") for number in range(1000)]).status_code == 200
        yield shop


def test_sixteen_slow_large_bodies_wait_on_the_disk(shop: Shop) -> None:
    head = (
        f"POST {SINGLE} HTTP/1.1\r\nHost: x\r\nSPECTRUM_API_TOKEN: {shop.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {BODY}\r\n\r\n["
    )
    address = urlsplit(shop.server.url)
    piece = b" " * 65536
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        sent = {}
        for _ in range(SENDERS):
            sender = stack.enter_context(
                socket.create_connection((address.hostname or "", address.port or 0))
            )
            sender.sendall(head.encode())
            sender.setblocking(False)
            selector.register(sender, selectors.EVENT_WRITE, sender)
            sent[sender] = 1
        growth = Growth(shop.server.pid)
        # Each sends all but its last bytes.
        while ready := selector.select(timeout=0.5):
            for key, _ in ready:
                sender = key.data
                room = BODY - 1024 - sent[sender]
                if room <= 0:
                    selector.unregister(sender)
                else:
                    sent[sender] += sender.send(piece[:room])
        assert shop.get("/healthz").status_code == 200
        assert shop.acknowledge(order("small")).status_code == 200
        assert all(count == BODY - 1024 for count in sent.values())
        assert bytes_on_disk(shop.server.pid) >= SENDERS * (BODY - MIB)
    assert growth.mib <= MOST
    # Whoever gave up has freed their place.
    answer = shop.post(SINGLE, content=b"[" + b" " * (BODY - 2) + b"]")
    assert answer.status_code < 500, answer.text


def bytes_on_disk(pid: int) -> int:
    """Bytes of files without a name that a process holds open."""
    return sum(handle.stat().st_size for handle in nameless(pid))


def nameless(pid: int) -> list[Path]:
    """The open files of a process that have no name."""
    return [
        handle
        for handle in Path(f"/proc/{pid}/fd").iterdir()
        if str(handle.readlink()).endswith(" (deleted)")
    ]


def test_people_in_a_body_that_waits_on_the_disk_are_not_there_to_be_read(shop: Shop) -> None:
    canary = b"Canary Birdwood"
    address = urlsplit(shop.server.url)
    head = (
        f"POST {SINGLE} HTTP/1.1\r\nHost: x\r\nSPECTRUM_API_TOKEN: {shop.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {BODY}\r\n\r\n"
    )
    with socket.create_connection((address.hostname or "", address.port or 0)) as sender:
        sender.sendall(head.encode() + canary * 100_000)
        until = time.monotonic() + 30
        while bytes_on_disk(shop.server.pid) < MIB:
            assert time.monotonic() < until, "it never came to the disk"
            time.sleep(0.01)
        found = [handle.read_bytes() for handle in nameless(shop.server.pid)]
    assert sum(map(len, found)) >= MIB
    assert not any(canary in content for content in found)


def post_at_once(shop: Shop, path: str, body: bytes) -> list[int]:
    """The statuses of the answers to so many senders' same request."""

    def send(_: int) -> int:
        address = urlsplit(shop.server.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=120)
        sent = {"SPECTRUM_API_TOKEN": shop.token, "Content-Type": "application/json"}
        connection.request("POST", path, body, sent)
        answer = connection.getresponse()
        while answer.read(MIB):
            pass
        connection.close()
        return answer.status

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(send, range(AT_ONCE)))


def many(member: str, value: object) -> bytes:
    """As many orders as one body may hold, each with one member that nobody knows."""
    made = []
    size = 2
    for number in range(10_000):
        one = json.dumps({**order(f"n-{number}"), member: value})
        size += len(one) + 1
        if size > BODY:
            break
        made.append(one)
    return f"[{','.join(made)}]".encode()


@pytest.mark.parametrize("padding", [1350, 0])
def test_eight_large_requests_that_are_sent_at_once_are_answered_within_the_same_bound(
    shop: Shop, padding: int
) -> None:
    body = many("unknownMember", "x" * padding)
    growth = Growth(shop.server.pid)
    statuses = post_at_once(shop, f"{SINGLE}?dryRun=true", body)
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 2
    assert growth.mib <= MOST


def test_an_answer_that_is_six_times_its_request_is_not_held_in_memory(shop: Shop) -> None:
    orders = [{**order(f"n-{number}"), **{f"u{place}": 1 for place in range(130)}} for number in range(3_000)]
    growth = Growth(shop.server.pid)
    answer = shop.post(SINGLE, orders)
    assert (answer.status_code, answer.json()["counts"]["acknowledged"]) == (200, 3_000)
    assert len(answer.content) > 6 * len(json.dumps(orders))
    assert growth.mib <= MOST


def test_what_is_said_about_the_orders_of_a_request_that_is_answered_as_a_whole_has_an_end(
    shop: Shop,
) -> None:
    orders = [{**order(f"n-{number}"), **{f"u{place}": 1 for place in range(130)}} for number in range(1_500)]
    growth = Growth(shop.server.pid)
    answer = shop.post(SINGLE, orders, Idempotency_Key="key")
    results = answer.json()["results"]
    assert (answer.status_code, answer.json()["counts"]["acknowledged"]) == (200, 1_500)
    said = [len(result["warnings"]) for result in results]
    assert (said[0], said[-1]) == (101, 1)
    assert results[-1]["warnings"][0]["code"] == "more"
    assert results[-1]["receiptId"]
    assert len(answer.content) < 6 * MIB
    assert growth.mib <= MOST
    again = shop.post(SINGLE, orders, Idempotency_Key="key")
    assert again.content == answer.content
