"""Many orders in one request: each stands alone, and the answer says how each fared."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.api.meddling import poison
from tests.api.orders import (
    ACKNOWLEDGEMENT,
    FULL,
    PLURAL,
    check_members,
    check_problem,
    codes,
    full,
    line,
    order,
    read,
)
from tests.harness.shop import Shop


def statuses(answer: httpx.Response) -> list[int]:
    results = answer.json()["results"]
    assert [result["index"] for result in results] == list(range(len(results)))
    return [result["httpStatus"] for result in results]


@pytest.mark.parametrize("path", [ACKNOWLEDGEMENT, PLURAL, ACKNOWLEDGEMENT + "/", PLURAL + "/"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_an_array_and_a_list_of_orders_are_the_same_thing_on_both_routes(
    shop: Shop, path: str, wrapped: bool
) -> None:
    sent = [order(), order()]
    answer = shop.post(path, json={"orders": sent} if wrapped else sent)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    body = answer.json()
    receipts = [result.pop("receiptId") for result in body["results"]]
    assert len(set(receipts)) == 2
    assert body == {
        "results": [
            {
                "index": index,
                "httpStatus": 200,
                "purchaseOrderNumber": one["purchaseOrderNumber"],
                "statuses": [
                    {"recipeSetId": "ABCD1234", "success": True, "message": "Processed Successfully"}
                ],
                "allSuccessful": True,
            }
            for index, one in enumerate(sent)
        ],
        "counts": {"acknowledged": 2, "duplicates": 0, "rejected": 0},
        "allSuccessful": True,
    }


def test_the_plural_route_takes_a_single_order_as_well(shop: Shop) -> None:
    assert shop.post(PLURAL, json=order()).json()["allSuccessful"] is True


def test_a_bad_order_never_blocks_a_good_one(shop: Shop) -> None:
    known, twin = order(), order()
    shop.acknowledge(known)
    sent = [order(), {}, known, twin, {**twin, "priority": 1}, "order", order(lineItems=[]), None, order()]
    answer = shop.acknowledge(sent)
    assert answer.status_code == 207
    assert answer.headers["content-type"] == "application/json"
    assert statuses(answer) == [200, 422, 409, 200, 409, 422, 422, 422, 200]
    body = answer.json()
    assert body["counts"] == {"acknowledged": 3, "duplicates": 2, "rejected": 4}
    assert body["allSuccessful"] is False
    for result in body["results"]:
        if result["httpStatus"] == 409:
            check_members(result, 409, "already-submitted")
        elif result["httpStatus"] == 422:
            check_members(result, 422, "invalid")
            assert result["errors"]
    assert (body["results"][2]["identical"], body["results"][2]["differences"]) == (True, [])
    assert body["results"][4]["differences"] == ["/priority"]
    assert body["results"][4]["receiptId"] == body["results"][3]["receiptId"]
    assert "priority" not in read(shop, twin["purchaseOrderNumber"]).json()


def test_of_a_number_that_comes_often_in_one_request_the_first_wins(shop: Shop) -> None:
    # More than are written together, so that the twins meet within one write and across several.
    sent = [order(purchaseOrderNumber=f"PO {index % 7}", serialNumber=str(index)) for index in range(350)]
    answer = shop.acknowledge(sent)
    assert statuses(answer) == [200] * 7 + [409] * 343
    assert answer.json()["counts"] == {"acknowledged": 7, "duplicates": 343, "rejected": 0}
    for index in range(7):
        assert read(shop, f"PO {index}").json()["serialNumber"] == str(index)


def test_what_stands_beside_the_orders_is_named(shop: Shop) -> None:
    body = shop.acknowledge({"orders": [order()], "batch/id": "canary", "Orders": []}).json()
    assert codes(body["warnings"]) == [("/batch~1id", "unknown-member"), ("/Orders", "unknown-member")]
    assert "canary" not in json.dumps(body)


def test_orders_that_are_sent_twice_in_one_object_are_not_dropped_silently(shop: Shop) -> None:
    first, last = (json.dumps([order()]) for _ in range(2))
    sent = f'{{"orders": {first}, "orders": {last}}}'.encode()
    body = shop.post("/api/order/acknowledgement", content=sent).json()
    assert codes(body["warnings"]) == [("", "repeated-member")]
    assert body["counts"]["acknowledged"] == 1
    said = shop.acknowledge({"orders": [order(orderReference='"orders": {}')], "note": ":"}).json()
    assert codes(said["warnings"]) == [("/note", "unknown-member")]


def test_each_result_has_its_own_warnings(shop: Shop) -> None:
    results = shop.acknowledge([order(), order(colour="red")]).json()["results"]
    assert "warnings" not in results[0]
    assert codes(results[1]["warnings"]) == [("/colour", "unknown-member")]


@pytest.mark.parametrize("wrong", [None, {}, "", 1, "order"])
def test_orders_that_are_no_list_are_refused(shop: Shop, wrong: Any) -> None:
    body = check_problem(shop.acknowledge({"orders": wrong}), 422, "invalid")
    assert codes(body["errors"]) == [("/orders", "wrong-type")]


def test_what_can_be_parted_from_its_neighbours_is_judged_alone(shop: Shop) -> None:
    sent = order()
    for spoilt in (b'{"purchaseOrderNumber": "\xff"}', b'{"purchaseOrderNumber": 1e999}'):
        body = b"[%s, %s]" % (json.dumps(order()).encode(), spoilt)
        answer = shop.post(ACKNOWLEDGEMENT, content=body)
        assert statuses(answer) == [200, 400]
        check_members(answer.json()["results"][1], 400, "not-json")
    for broken in (b'{"purchaseOrderNumber": 1,,}]', b"{}", b"", b"nope]", b'{"a": "\\ud800"}]'):
        answer = shop.post(ACKNOWLEDGEMENT, content=b"[%s, %s" % (json.dumps(sent).encode(), broken))
        check_problem(answer, 400, "not-json")
    assert read(shop, sent["purchaseOrderNumber"]).status_code == 404


def test_an_empty_list_is_an_empty_success(shop: Shop) -> None:
    body = shop.acknowledge([]).json()
    assert body == {
        "results": [],
        "counts": {"acknowledged": 0, "duplicates": 0, "rejected": 0},
        "allSuccessful": True,
    }


def test_ten_thousand_orders_are_one_request_and_one_more_is_too_many(shop: Shop) -> None:
    sent = [order(purchaseOrderNumber=f"many {index}") for index in range(10_000)]
    answer = shop.acknowledge(sent)
    assert statuses(answer) == [200] * 10_000
    for number in ("many 0", "many 5000", "many 9999"):
        assert read(shop, number).status_code == 200
    body = check_problem(shop.acknowledge([*sent, order(purchaseOrderNumber="beyond")]), 413, "too-large")
    assert "10000" in body["error"]
    assert read(shop, "beyond").status_code == 404


def test_a_large_order_is_taken_whole(shop: Shop) -> None:
    lines = [line(recipeSetId=f"R{index:07d}", giftMessage="🎂" * 100) for index in range(1_000)]
    assert shop.acknowledge(order(purchaseOrderNumber="large", lineItems=lines)).status_code == 200
    kept = read(shop, "large").json()["lineItems"]
    assert [one["recipeSetId"] for one in kept] == [one["recipeSetId"] for one in lines]
    assert len({one["id"] for one in kept}) == 1_000
    body = check_problem(shop.acknowledge(order(lineItems=[*lines, line()])), 422, "invalid")
    assert codes(body["errors"]) == [("/lineItems", "too-many")]


def test_an_order_that_the_database_itself_refuses_fails_alone(shop: Shop) -> None:
    with poison(shop.server.place, "poisoned"):
        single = shop.acknowledge(order(purchaseOrderNumber="poisoned single"))
        check_problem(single, 500, "internal")
        sent = [order() for _ in range(120)]
        sent[7] = order(purchaseOrderNumber="poisoned seven")
        sent[110] = full(purchaseOrderNumber="poisoned hundred")
        answer = shop.acknowledge(sent)
        assert answer.status_code == 207
        assert [index for index, status in enumerate(statuses(answer)) if status == 500] == [7, 110]
        assert statuses(answer).count(200) == 118
        keyed = [order(), order(purchaseOrderNumber="poisoned key")]
        assert statuses(shop.acknowledge(keyed, Idempotency_Key="poison")) == [200, 500]
    for index, one in enumerate(sent):
        assert read(shop, one["purchaseOrderNumber"]).status_code == (404 if index in (7, 110) else 200)
    # The cause gone, the same order is taken.
    assert shop.acknowledge(sent[7]).status_code == 200
    assert shop.post(FULL, sent[110]).status_code == 200
    # Neither was the failure kept under its key.
    again = shop.acknowledge(keyed, Idempotency_Key="poison")
    assert statuses(again) == [409, 200]
    assert again.json()["results"][0]["identical"] is True
