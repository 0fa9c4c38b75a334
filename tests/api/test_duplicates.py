"""One purchase order number, many senders: exactly one order comes of it."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.api.orders import order, read
from tests.api.rawhttp import Answer, hear_all, processes, request, send_all
from tests.conftest import FreshServer
from tests.harness.server import Server
from tests.harness.shop import Shop


def check_one_won(answers: list[Answer]) -> Answer:
    """The one answer that is a 200; all others are a 409 about the same order."""
    (won,) = (answer for answer in answers if answer.status == 200)
    assert Counter(answer.status for answer in answers) == {200: 1, 409: len(answers) - 1}
    assert {answer.json["receiptId"] for answer in answers} == {won.json["receiptId"]}
    return won


def send_the_same_a_hundred_times(shop: Shop) -> list[Answer]:
    sent = order()
    answers = hear_all(send_all(shop.server, [request(shop, sent)] * 100))
    won = check_one_won(answers)
    lost = [answer.json for answer in answers if answer.status == 409]
    assert all(body["identical"] is True and body["differences"] == [] for body in lost)
    kept = read(shop, sent["purchaseOrderNumber"]).json()
    assert kept["receiptId"] == won.json["receiptId"]
    assert {body["lastModification"] for body in lost} == {kept["lastModification"]}
    return answers


def send_a_hundred_wordings(shop: Shop, number: str) -> None:
    wordings = [order(purchaseOrderNumber=number, serialNumber=str(index)) for index in range(100)]
    answers = hear_all(send_all(shop.server, [request(shop, wording) for wording in wordings]))
    won = answers.index(check_one_won(answers))
    for index, answer in enumerate(answers):
        if index != won:
            assert (answer.json["identical"], answer.json["differences"]) == (False, ["/serialNumber"])
    assert read(shop, number).json()["serialNumber"] == str(won)


def send_many_in_any_order(shop: Shop) -> None:
    numbers = [f"any {index}" for index in range(150)]
    bulks = []
    for sender in range(12):
        # Whoever takes the same locks in another order than his neighbour may not block him for ever.
        random.Random(sender).shuffle(numbers)
        bulks.append([order(purchaseOrderNumber=number, serialNumber=str(sender)) for number in numbers])
    answers = hear_all(send_all(shop.server, [request(shop, bulk) for bulk in bulks]))
    winners: dict[str, str] = {}
    for sender, answer in enumerate(answers):
        for sent, result in zip(bulks[sender], answer.json["results"], strict=True):
            assert result["httpStatus"] in (200, 409)
            if result["httpStatus"] == 200:
                assert sent["purchaseOrderNumber"] not in winners
                winners[sent["purchaseOrderNumber"]] = str(sender)
    assert winners.keys() == set(numbers)
    for number in numbers[:10]:
        assert read(shop, number).json()["serialNumber"] == winners[number]


def test_of_a_hundred_that_send_the_same_order_one_is_acknowledged(shop: Shop) -> None:
    send_the_same_a_hundred_times(shop)


def test_of_a_hundred_wordings_of_one_order_one_is_kept(shop: Shop) -> None:
    send_a_hundred_wordings(shop, "wordings")


def test_bulks_that_overlap_in_any_order_share_the_numbers_between_them(shop: Shop) -> None:
    send_many_in_any_order(shop)


@pytest.mark.parametrize("places", ["postgresql"], indirect=True)
def test_two_processes_keep_one_order_as_well_as_one_does(fresh_server: FreshServer) -> None:
    server = fresh_server("--workers", "2")
    with Shop(server) as shop:
        seen = set()
        for _ in range(3):
            seen |= processes(send_the_same_a_hundred_times(shop))
        assert len(seen) == 2
        send_a_hundred_wordings(shop, "wordings")
        send_many_in_any_order(shop)


def test_two_shops_may_use_the_same_number(server: Server, shop: Shop) -> None:
    mine = order(purchaseOrderNumber="same", serialNumber="mine")
    with Shop(server) as other:
        assert shop.acknowledge(mine).status_code == 200
        assert other.acknowledge({**mine, "serialNumber": "theirs"}).status_code == 200
        assert read(shop, "same").json()["serialNumber"] == "mine"
        assert read(other, "same").json()["serialNumber"] == "theirs"


def test_numbers_that_only_look_alike_are_two(shop: Shop) -> None:
    alike = ["PO", "po", "PO ", " PO", "ＰＯ", "é", "e\u0301", "1", "01", "1.0", "P\u200bO"]
    results = shop.acknowledge([order(purchaseOrderNumber=number) for number in alike]).json()["results"]
    assert [result["httpStatus"] for result in results] == [200] * len(alike)
    for number in alike:
        assert read(shop, number).json()["purchaseOrderNumber"] == number
