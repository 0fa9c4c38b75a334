"""Promise: what many large requests take in memory is bounded by settings, not by who sends them."""

from __future__ import annotations

import contextlib
import http.client
import json
import selectors
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from spectrum_orders.web.exchange import LARGE_BYTES
from tests.durability.load import SINGLE, order
from tests.durability.memory import MIB, Growth
from tests.harness.place import SQLITE, Place
from tests.harness.server import Server
from tests.harness.shop import Shop

SENDERS = 16
BODY = 16 * MIB - 1024
"""Just within the default of SPECTRUM_MAX_BODY_BYTES."""

LARGE_BODIES = LARGE_BYTES // (16 * MIB)
MOST = 50 + 3 * LARGE_BYTES // MIB
"""MiB: the bodies that may be held at once, what is made of them, and room to work."""


@pytest.fixture
def shop(folder: Path) -> Iterator[Shop]:
    with Server(Place(SQLITE, folder)) as server, Shop(server) as shop:
        # What every process needs once is no growth.
        assert shop.acknowledge([order(f"warm-{number}") for number in range(1000)]).status_code == 200
        yield shop


def test_sixteen_slow_large_bodies_are_held_a_few_at_a_time(shop: Shop) -> None:
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
        # Each sends what it is let, and never its last bytes, until for a while nobody is let.
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
        whole = sum(count >= BODY - 1024 for count in sent.values())
        assert whole == LARGE_BODIES, "the others wait with their bytes still in the network"
    assert growth.mib <= MOST
    # Whoever gave up has freed their place.
    answer = shop.post(SINGLE, content=b"[" + b" " * (BODY - 2) + b"]")
    assert answer.status_code < 500, answer.text


def test_sixteen_large_bodies_that_are_sent_at_once_are_all_answered_within_the_same_bound(
    shop: Shop,
) -> None:
    padding = "x" * 1350
    many = []
    size = 2
    for number in range(10_000):
        one = json.dumps({**order(f"n-{number}"), "unknownMember": padding})
        size += len(one) + 1
        if size > BODY:
            break
        many.append(one)
    body = f"[{','.join(many)}]".encode()
    assert len(body) > 12 * MIB

    def send(_: int) -> int:
        address = urlsplit(shop.server.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=120)
        headers = {"SPECTRUM_API_TOKEN": shop.token, "Content-Type": "application/json"}
        connection.request("POST", f"{SINGLE}?dryRun=true", body, headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    growth = Growth(shop.server.pid)
    with ThreadPoolExecutor(SENDERS) as threads:
        statuses = list(threads.map(send, range(SENDERS)))
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= LARGE_BODIES
    assert growth.mib <= MOST
