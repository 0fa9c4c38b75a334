"""Promise: people are sealed before the database sees them, and stand in no log, metric, error or file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from spectrum_orders.domain.personal import ADDRESS_FIELDS
from tests.durability.canary import Canaries
from tests.durability.opened import opened
from tests.durability.poison import POISON, poison
from tests.harness.place import KINDS, SQLITE, Place, spectrum
from tests.harness.postgres import Cluster
from tests.harness.server import Server
from tests.harness.shop import Shop

LOUD = {"SPECTRUM_LOG_LEVEL": "debug", "SPECTRUM_LOG_REQUESTS": "all"}
CURIOUS = {"log_statement": "all", "log_parameter_max_length_on_error": "-1", "log_min_messages": "debug1"}
"""A PostgreSQL that logs all it is told."""


def personal(canaries: Canaries, number: str) -> dict[str, Any]:
    """A full order with a canary in every personal place."""

    def address(which: str) -> dict[str, str]:
        named = {
            name: canaries.make(f"{which}{name}")
            for name in ADDRESS_FIELDS
            if name not in {"country", "email"}
        }
        return {**named, "country": "DE", "email": f"{canaries.make(f'{which}email')}@shop.example"}

    return {
        "purchaseOrderNumber": number,
        "orderDate": "2026-03-30",
        "customerServiceContact": {"name": canaries.make("contact"), "phone": canaries.make("contactphone")},
        "emailAddress": f"{canaries.make('email')}@shop.example",
        "phoneNumber": canaries.make("phone"),
        "customerAddress": address("customer"),
        "shippingAddress": address("shipping"),
        "lineItems": [
            {
                "recipeSetId": "ABCD1234",
                "skuQuantities": [{"sku": "S-1", "quantity": 1}],
                "giftMessage": f"Dear {canaries.make('gift')},\nall the best",
            }
        ],
    }


def invalid(canaries: Canaries) -> list[dict[str, Any]]:
    """Orders that are refused, for something personal or beside it."""
    good = personal(canaries, "refused")
    text = canaries.make("refused")
    line = good["lineItems"][0]
    return [
        {**good, "orderDate": "yesterday"},
        {**good, "emailAddress": f"not an address {text}"},
        {**good, "emailAddress": [text]},
        {**good, "phoneNumber": {"is": text}},
        {**good, "shippingAddress": text},
        {**good, "shippingAddress": {**good["shippingAddress"], "country": text}},
        {**good, "shippingAddress": {**good["shippingAddress"], "city": [text]}},
        {**good, "customerAddress": {"firstName": text}},
        {**good, "customerServiceContact": [text]},
        {**good, "lineItems": [{**line, "giftMessage": [text]}]},
        {**good, "lineItems": [{**line, "giftMessage": text * 5000}]},
        {**good, "lineItems": [{**line, "skuQuantities": []}]},
        {**good, "purchaseOrderNumber": ""},
    ]


def send_everything(shop: Shop, canaries: Canaries) -> list[httpx.Response]:
    """Every way in, with every way to be refused; the answers."""
    full = "/api/order"
    send = shop.post
    answers = [
        send(full, personal(canaries, "one")),
        send(full, personal(canaries, "one")),  # a duplicate, and then one that differs in what is personal
        send(full, {**personal(canaries, "one"), "phoneNumber": canaries.make("differing")}),
        send(full, personal(canaries, "kept"), Idempotency_Key="kept"),
        send(full, personal(canaries, "kept"), Idempotency_Key="kept"),
        send(full, personal(canaries, "other"), Idempotency_Key="kept"),
        send(f"{full}?dryRun=true", personal(canaries, "dry")),
        send(full, [personal(canaries, f"many-{number}") for number in range(3)] + invalid(canaries)),
        send(full, [personal(canaries, f"bulk-{number}") for number in range(2)], Idempotency_Key="bulk"),
        send(
            full,
            content="\n".join(json.dumps(one) for one in [personal(canaries, "line"), *invalid(canaries)]),
            Content_Type="application/x-ndjson",
        ),
        send(full, personal(canaries, POISON)),
        send(full, personal(canaries, f"{POISON} kept"), Idempotency_Key="poison"),
        send(full, [personal(canaries, "beside"), personal(canaries, f"{POISON} in many")]),
        send(full, content=json.dumps(personal(canaries, "torn"))[:-40]),
        send(full, content=json.dumps(personal(canaries, "type")), Content_Type="text/plain"),
        send(full, personal(canaries, "unknown"), token="spk_test_no-token"),
        send(full, {**personal(canaries, "extra"), "nickname": canaries.make("unknown")}),
    ]
    answers += [send(full, one) for one in invalid(canaries)]
    assert sum(answer.status_code == 500 for answer in answers) == 2
    assert shop.acknowledge({**personal(canaries, "later"), "customerAddress": None}).status_code == 200
    answers.append(send(full, personal(canaries, "later")))
    assert answers[-1].json()["completed"] is True
    return answers


@pytest.mark.parametrize("kind", KINDS)
def test_a_persons_data_is_found_in_no_byte_outside_its_seal(
    request: pytest.FixtureRequest, folder: Path, kind: str
) -> None:
    canaries = Canaries(kind)
    searched = [folder]
    place = Place(SQLITE, folder)
    if kind != SQLITE:
        # Of its own, because what another test once put into a shared one would be searched as well.
        cluster = Cluster(settings=CURIOUS).start()
        request.addfinalizer(cluster.close)
        place = Place(kind, folder, cluster.create_database("orders"))
        spectrum(place.settings, "migrate", cwd=folder)
        searched.append(cluster.folder)
    with Server(place, LOUD) as server, Shop(server) as shop:
        with opened(server.settings) as database, database.write() as connection:
            poison(connection)
        answers = send_everything(shop, canaries)
        # The one door out: whoever may read the order reads the person.
        door = shop.get("/api/order/order-number/one")
        assert canaries.find("the door", door.content), "the search finds nothing at all"
        readable = door.json()
        assert readable["shippingAddress"]["city"] == canaries.make("shippingcity")
        receipt = shop.get(f"/api/receipts/{readable['receiptId']}")
        assert receipt.status_code == 200
        for answer in [*answers, receipt, shop.get("/metrics")]:
            found = canaries.find("an answer", answer.content + repr(answer.headers).encode())
            assert not found, (answer.status_code, found)
        assert not canaries.find_in(searched)  # while it runs: write-ahead log and shared memory
        server.kill()
        assert not canaries.find_in(searched)
        server.start()
        email = f"{canaries.make('email')}@shop.example"
        listed = server.spectrum(
            "person", "find", "--client", shop.handle, "--email", "-", given=f"{email}\n"
        )
        assert "one" in listed.stdout.split()
        exported = server.spectrum("person", "export", "--client", shop.handle, "--order", "kept")
        assert canaries.find("an export", exported.stdout.encode())
        erased = server.spectrum(
            "person", "erase", "--client", shop.handle, "--email", "-", "--yes", given=f"{email}\n"
        )
        assert "one: 6 personal values went." in erased.stdout
        again = shop.get("/api/order/order-number/one")
        assert not canaries.find("an erased order", again.content)
        said = [
            listed.stderr,
            exported.stderr,
            erased.stdout + erased.stderr,
            *(server.spectrum(*verb.split()).stdout for verb in ("keys show", "journal verify")),
        ]
        assert not canaries.find("what a verb said", "".join(said).encode())
    assert not canaries.find_in(searched)  # after a checkpoint
    assert not canaries.find("the log", server.logs().encode())
    assert "POST" in server.logs()
    assert "write failed" in server.logs()
