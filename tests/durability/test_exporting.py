"""Promise: an export is sent while it is read, and takes no more memory however many orders are in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.durability.load import order
from tests.durability.memory import MIB, Growth
from tests.harness.place import Places
from tests.harness.server import Server
from tests.harness.shop import Shop

LINES = 10
ORDERS = 2_000
LONG = 240
"""Characters of what stands in every line: few orders make a large answer, and a test has some seconds."""

MOST = 24
"""MiB: a page of a hundred orders, as they are read and as they are written, takes 13; an answer of this
length that is held takes 70."""

LARGE = MOST * MIB
"""Bytes of an answer that would not find room in that even without what it is made from."""


@pytest.fixture
def shop(places: Places) -> Iterator[Shop]:
    with Server(places.new()) as server, Shop(server) as shop:
        for first in range(0, ORDERS, 100):
            several = [large(number) for number in range(first, first + 100)]
            assert shop.acknowledge(several).status_code == 200
        yield shop


def large(number: int) -> dict[str, object]:
    made = order(f"{number:06}-{'n' * LONG}", lines=LINES)
    for line in made["lineItems"]:
        del line["giftMessage"]
        line["skuQuantities"] = [{"sku": "S" * LONG, "quantity": 1}]
        line["shipmentTracking"] = ["T" * LONG, "U" * LONG, "V" * LONG]
    return made


def export(shop: Shop, form: str) -> tuple[int, int]:
    """Take an export as it comes; its bytes and its lines."""
    headers = {"SPECTRUM_API_TOKEN": shop.token}
    url = f"{shop.server.url}/api/orders"
    with shop.http.stream("GET", url, params={"format": form}, headers=headers) as answer:
        assert answer.status_code == 200
        size = lines = 0
        for piece in answer.iter_raw():
            size += len(piece)
            lines += piece.count(b"\n")
    return size, lines


def test_an_export_of_any_length_is_never_held_in_memory(shop: Shop) -> None:
    # What every process needs once is no growth: SQLite keeps pages of the database, up to its setting.
    export(shop, "csv")
    for form, expected in (("csv", ORDERS * LINES + 1), ("ndjson", ORDERS)):
        growth = Growth(shop.server.pid)
        size, lines = export(shop, form)
        assert lines == expected
        assert size > LARGE, (form, size)
        assert growth.mib <= MOST, f"{form}: {growth.mib} MiB for {size} bytes"
