"""`GET /api/order/order-number/{PurchaseOrderNumber}`, as a factory's client program reads it."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.api.orders import (
    ACKNOWLEDGEMENT,
    ADDRESS,
    READING,
    agreed,
    check_members,
    check_problem,
    full,
    line,
    order,
    read,
)
from tests.api.rawhttp import Wire, head
from tests.harness.server import Server
from tests.harness.shop import Shop

NUMBERS = [
    "a",
    "x" * 255,
    "é" * 255,
    "🎂" * 255,
    "a/b/c",
    "end/",
    "/",
    "//",
    "/start",
    "a b",
    "a+b",
    "..",
    ".",
    "../..",
    "a/../b",
    "%",
    "%2F",
    "100%",
    "a?b=c#d",
    "a&b;c=d",
    "q\"uo'te",
    "back\\slash",
    "null",
    "{purchaseOrderNumber}",
    "ключ",
    "注文",
    "👩‍👩‍👧‍👦",
    "~-_.!*'()",
    "order-number",
    ":8000",
    "a:b@c",
]


@pytest.mark.parametrize("slash", ["", "/"])
def test_any_number_that_can_be_sent_can_be_read_back(shop: Shop, slash: str) -> None:
    results = shop.acknowledge([order(purchaseOrderNumber=number) for number in NUMBERS]).json()["results"]
    assert [result["httpStatus"] for result in results] == [200] * len(NUMBERS)
    # Byte by byte, because a client library may tidy up dots and escapes on the way.
    with Wire(shop.server) as wire:
        for number in NUMBERS:
            wire.send(head(shop, path=READING + quote(number, safe="") + slash, method="GET"))
            answer = wire.answer()
            assert (answer.status, answer.json.get("purchaseOrderNumber")) == (200, number)


def test_letters_that_need_no_escape_may_have_one(shop: Shop) -> None:
    shop.acknowledge(order(purchaseOrderNumber="A-1"))
    for spelling in ("A-1", "%41-1", "%41%2d%31", "A%2D1"):
        assert shop.get(READING + spelling).json()["purchaseOrderNumber"] == "A-1"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "nothing",
        "a/b",
        "%",
        "%FF",
        "%C3%28",
        "%ED%A0%80",
        "%00",
        "x" * 256,
        "A-1%20",
        "a-1",
        "%2541-1",
    ],
)
def test_what_is_no_number_of_an_order_is_not_found(shop: Shop, path: str) -> None:
    shop.acknowledge(order(purchaseOrderNumber="A-1"))
    with Wire(shop.server) as wire:
        wire.send(head(shop, path=READING + path, method="GET"))
        answer = wire.answer()
    assert answer.status == 404
    check_members(answer.json, 404, "not-found")


def test_the_answer_is_a_bare_object_with_what_the_factory_reads(shop: Shop) -> None:
    sent = full(
        accountNumber="A-17",
        emailAddress="ana@shop.test",
        phoneNumber="+1 555 0101",
        lineItems=[
            line(skuQuantities=[{"sku": "SHOE-9", "quantity": "2"}, {"sku": "HAT", "quantity": 1}]),
            line(recipeSetId="EFGH5678", giftMessage="for Ana"),
        ],
    )
    receipt = shop.acknowledge(sent).json()["receiptId"]
    answer = read(shop, sent["purchaseOrderNumber"])
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    lines = agreed(body.pop("lineItems"))
    assert body.pop("progress")["acknowledged"] == 2
    assert body.pop("lastModification") == body.pop("acknowledgedAt")
    assert body.pop("source") == "api"
    assert body == {
        "clientHandle": shop.handle,
        "purchaseOrderNumber": sent["purchaseOrderNumber"],
        "userId": "A-17",
        "orderDate": sent["orderDate"],
        "receiptId": receipt,
        "accountNumber": "A-17",
        "emailAddress": "ana@shop.test",
        "phoneNumber": "+1 555 0101",
        "customerAddress": ADDRESS,
        "shippingAddress": ADDRESS,
    }
    ids = [one.pop("id") for one in lines]
    assert all(type(one) is int and 0 < one < 2**31 for one in ids)
    assert len(set(ids)) == 2
    assert lines == [
        {
            "recipeSetId": "ABCD1234",
            "recipeSetReadableId": "ABCD1234",
            "skuQuantities": [{"quantity": 2, "sku": "SHOE-9"}, {"quantity": 1, "sku": "HAT"}],
            "workflowStatus": "not-started",
        },
        {
            "recipeSetId": "EFGH5678",
            "recipeSetReadableId": "EFGH5678",
            "skuQuantities": [{"quantity": 2, "sku": "SHOE-9"}],
            "workflowStatus": "not-started",
            "giftMessage": "for Ana",
        },
    ]


def test_the_user_id_is_never_empty(shop: Shop) -> None:
    for account, expected in (("A-17", "A-17"), ("", "PO 2"), (None, "PO 3"), (..., "PO 4"), (17, "17")):
        number = f"PO {['A-17', '', None, ..., 17].index(account) + 1}"
        shop.acknowledge(order(purchaseOrderNumber=number, accountNumber=account))
        assert read(shop, number).json()["userId"] == expected


def test_another_shops_order_is_as_unknown_as_none(server: Server, shop: Shop) -> None:
    shop.acknowledge(full(purchaseOrderNumber="secret", lineItems=[line(giftMessage="canary")]))
    with Shop(server) as other:
        theirs, nobodys = read(other, "secret"), read(other, "nobody")
    check_problem(theirs, 404, "not-found")
    assert theirs.json()["error"] == nobodys.json()["error"]
    assert "canary" not in theirs.text


def test_a_head_request_is_answered_without_the_body(shop: Shop) -> None:
    shop.acknowledge(order(purchaseOrderNumber="A-1"))
    whole = read(shop, "A-1")
    with Wire(shop.server) as wire:
        for path, status in ((READING + "A-1", 200), (READING + "nothing", 404), ("/healthz", 200)):
            wire.send(head(shop, path=path, method="HEAD"))
            answer = wire.answer(bodiless=True)
            assert answer.status == status
            assert int(answer.headers["content-length"]) > 0
        # Had a body followed, this would not be an answer.
        wire.send(head(shop, path=READING + "A-1", method="GET"))
        assert wire.answer().body == whole.content
    assert shop.request("HEAD", ACKNOWLEDGEMENT).status_code == 405


def test_an_order_is_there_the_moment_it_is_acknowledged(shop: Shop) -> None:
    with Wire(shop.server) as wire:
        for index in range(50):
            assert shop.acknowledge(order(purchaseOrderNumber=f"now {index}")).status_code == 200
            wire.send(head(shop, path=f"{READING}now%20{index}", method="GET"))
            assert wire.answer().status == 200
