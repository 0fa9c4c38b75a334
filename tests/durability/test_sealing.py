"""Promise: what is sealed opens only where it was sealed, and only unchanged."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.ids import parse_readable
from tests.api.orders import agreed
from tests.durability.load import ADDRESS, order
from tests.durability.opened import opened
from tests.harness.server import Server
from tests.harness.shop import Shop

PLAIN = ("@shop.example", "For ", "Main Street", "Austin", "78701")
"""Parts of what `order` holds that is personal."""


def sealed_order(shop: Shop, number: str) -> int:
    """A full order, acknowledged; its id."""
    answer = shop.post("/api/order", order(number, addresses=True))
    assert answer.status_code == 200
    order_id = parse_readable("rcp", answer.json()["receiptId"])
    assert order_id is not None
    return order_id


def alter(server: Server, change: Callable[[Connection], object]) -> None:
    """Change the database behind the server's back."""
    with opened(server.settings) as database, database.write() as connection:
        change(connection)


def read(shop: Shop, number: str) -> tuple[int, str]:
    found = shop.get(f"/api/order/order-number/{quote(number, safe='')}")
    return found.status_code, found.text


def check_sealed(shop: Shop, number: str) -> None:
    """Reading the order says that a seal is broken, and nothing of what is in it."""
    status, text = read(shop, number)
    assert status == 500, text
    said = json.loads(text)
    assert said["code"] == "seal-broken"
    assert said["retryable"] is False
    assert not [part for part in PLAIN if part in text]


def sealed(connection: Connection, order_id: int, field: str) -> bytes:
    return bytes(
        connection.execute(
            sa.text("SELECT sealed FROM people WHERE order_id = :id AND field = :field"),
            {"id": order_id, "field": field},
        ).scalar_one()
    )


def put(connection: Connection, order_id: int, field: str, value: bytes) -> None:
    connection.execute(
        sa.text("UPDATE people SET sealed = :value WHERE order_id = :id AND field = :field"),
        {"value": value, "id": order_id, "field": field},
    )


def wrapped(connection: Connection, order_id: int) -> bytes:
    query = sa.text("SELECT wrapped FROM order_keys WHERE order_id = :id")
    return bytes(connection.execute(query, {"id": order_id}).scalar_one())


def put_wrapped(connection: Connection, order_id: int, value: bytes) -> None:
    statement = sa.text("UPDATE order_keys SET wrapped = :value WHERE order_id = :id")
    connection.execute(statement, {"value": value, "id": order_id})


def flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


EMAIL, ADDRESS_FIELD, GIFT = "/emailAddress", "/shippingAddress", "/lineItems/0/giftMessage"

Alteration = Callable[[Connection, int, int], None]


def move_to_another_order(connection: Connection, mine: int, other: int) -> None:
    put(connection, mine, EMAIL, sealed(connection, other, EMAIL))


def swap_two_fields(connection: Connection, mine: int, _: int) -> None:
    email, gift = sealed(connection, mine, EMAIL), sealed(connection, mine, GIFT)
    put(connection, mine, EMAIL, gift)
    put(connection, mine, GIFT, email)


def rename_a_field(connection: Connection, mine: int, _: int) -> None:
    connection.execute(
        sa.text("UPDATE people SET field = '/phoneNumber' WHERE order_id = :id AND field = :field"),
        {"id": mine, "field": EMAIL},
    )


def take_another_orders_key(connection: Connection, mine: int, other: int) -> None:
    put_wrapped(connection, mine, wrapped(connection, other))


def take_another_orders_people_and_key(connection: Connection, mine: int, other: int) -> None:
    take_another_orders_key(connection, mine, other)
    for field in (EMAIL, ADDRESS_FIELD, GIFT, "/customerAddress"):
        put(connection, mine, field, sealed(connection, other, field))


def cut_a_value_short(connection: Connection, mine: int, _: int) -> None:
    put(connection, mine, EMAIL, sealed(connection, mine, EMAIL)[:-1])


def empty_a_value(connection: Connection, mine: int, _: int) -> None:
    put(connection, mine, EMAIL, b"")


def claim_another_key_version(connection: Connection, mine: int, _: int) -> None:
    connection.execute(sa.text("UPDATE order_keys SET version = 7 WHERE order_id = :id"), {"id": mine})


ALTERATIONS: tuple[Alteration, ...] = (
    move_to_another_order,
    swap_two_fields,
    rename_a_field,
    take_another_orders_key,
    take_another_orders_people_and_key,
    cut_a_value_short,
    empty_a_value,
    claim_another_key_version,
)


@pytest.mark.parametrize("alteration", ALTERATIONS, ids=lambda one: one.__name__)
def test_a_sealed_value_that_was_moved_does_not_open(
    server: Server, shop: Shop, alteration: Alteration
) -> None:
    mine, other = sealed_order(shop, "mine"), sealed_order(shop, "other")
    alter(server, lambda connection: alteration(connection, mine, other))
    check_sealed(shop, "mine")
    assert read(shop, "other")[0] == 200


def test_a_sealed_value_that_was_moved_to_another_client_does_not_open(server: Server, shop: Shop) -> None:
    sealed_order(shop, "mine")
    with Shop(server) as thief:
        theirs = sealed_order(thief, "theirs")
        mine = sealed_order(shop, "mine too")

        def move(connection: Connection) -> None:
            for table in ("people", "order_keys"):
                connection.execute(sa.text(f"DELETE FROM {table} WHERE order_id = :id"), {"id": theirs})
                connection.execute(
                    sa.text(
                        f"UPDATE {table} SET order_id = :theirs, client_id ="
                        " (SELECT client_id FROM orders WHERE id = :theirs) WHERE order_id = :mine"
                    ),
                    {"theirs": theirs, "mine": mine},
                )

        alter(server, move)
        check_sealed(thief, "theirs")
    assert read(shop, "mine")[0] == 200


def test_one_flipped_bit_anywhere_in_a_sealed_value_or_a_wrapped_key_is_found(
    server: Server, shop: Shop
) -> None:
    mine = sealed_order(shop, "mine")
    with opened(server.settings) as database, database.read() as connection:
        value, key = sealed(connection, mine, EMAIL), wrapped(connection, mine)
    chance = random.Random("bits")
    # The format's byte, the nonce, the text and the tag of the value; nonce, key and tag of its key.
    bits = [0, 8, 13 * 8, *chance.sample(range(len(value) * 8), 9), len(value) * 8 - 1]
    for bit in bits:
        altered = flipped(value, bit)
        alter(server, partial(put, order_id=mine, field=EMAIL, value=altered))
        check_sealed(shop, "mine")
    alter(server, lambda connection: put(connection, mine, EMAIL, value))
    assert read(shop, "mine")[0] == 200
    for bit in (0, *chance.sample(range(len(key) * 8), 8), len(key) * 8 - 1):
        altered = flipped(key, bit)
        alter(server, partial(put_wrapped, order_id=mine, value=altered))
        check_sealed(shop, "mine")
    alter(server, lambda connection: put_wrapped(connection, mine, key))
    assert read(shop, "mine")[0] == 200


def test_a_broken_seal_spoils_the_answer_about_its_own_order_alone(server: Server, shop: Shop) -> None:
    mine = sealed_order(shop, "mine")
    sealed_order(shop, "other")
    alter(server, lambda connection: put_wrapped(connection, mine, bytes(60)))
    one = shop.post("/api/order", order("mine", addresses=True))
    assert (one.status_code, one.json()["code"]) == (500, "seal-broken")
    names = ("new", "mine", "other")
    many = shop.post("/api/order", [order(name, addresses=True) for name in names])
    assert many.status_code == 207
    assert [result["httpStatus"] for result in many.json()["results"]] == [200, 500, 409]
    assert read(shop, "new")[0] == 200


def test_a_broken_seal_spoils_no_other_order_under_a_key_and_in_a_dry_run(server: Server, shop: Shop) -> None:
    mine = sealed_order(shop, "mine")
    short = parse_readable("rcp", shop.acknowledge(order("short")).json()["receiptId"])
    assert short is not None
    sealed_order(shop, "other")
    for broken in (mine, short):
        alter(server, partial(put_wrapped, order_id=broken, value=bytes(60)))
    many = [order(name, addresses=True) for name in ("new", "mine", "short", "other")]
    foreseen = shop.post("/api/order?dryRun=true", many)
    assert [result["httpStatus"] for result in foreseen.json()["results"]] == [200, 500, 500, 409]
    first = shop.post("/api/order", many, Idempotency_Key="many")
    assert [result["httpStatus"] for result in first.json()["results"]] == [200, 500, 500, 409]
    # An answer that holds a fault of ours is not kept, so that whoever tries again learns how it stands.
    again = shop.post("/api/order", many, Idempotency_Key="many")
    assert [result["httpStatus"] for result in again.json()["results"]] == [409, 500, 500, 409]
    for number in ("mine", "short"):
        alone = shop.post("/api/order", order(number, addresses=True), Idempotency_Key=number)
        assert (alone.status_code, alone.json()["code"]) == (500, "seal-broken")
        alone = shop.post("/api/order?dryRun=true", order(number, addresses=True))
        assert (alone.status_code, alone.json()["code"]) == (500, "seal-broken")


def test_a_broken_key_does_not_keep_an_order_from_being_completed_by_half(server: Server, shop: Shop) -> None:
    assert shop.acknowledge(order("mine")).status_code == 200
    before = shop.get("/api/order/order-number/mine").json()

    def break_key(connection: Connection) -> None:
        connection.execute(
            sa.text(
                "UPDATE order_keys SET version = 9 WHERE order_id ="
                " (SELECT id FROM orders WHERE purchase_order_number = 'mine' AND client_id ="
                " (SELECT id FROM clients WHERE handle = :handle))"
            ),
            {"handle": shop.handle},
        )

    alter(server, break_key)
    full = {**order("mine"), "customerAddress": ADDRESS, "shippingAddress": ADDRESS}
    refused = shop.post("/api/order", full)
    assert (refused.status_code, refused.json()["code"]) == (500, "seal-broken")
    alter(
        server,
        lambda connection: connection.execute(sa.text("UPDATE order_keys SET version = 1 WHERE version = 9")),
    )
    after = shop.get("/api/order/order-number/mine").json()
    # But for what a worker moves on meanwhile.
    for one in (before, after):
        one["lineItems"], one["progress"] = agreed(one["lineItems"]), None
    assert after == before
