"""Full orders: both addresses, sealed; and the one time that they complete an earlier acknowledgement."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.orders import ADDRESS, FULL, address, agreed, check_problem, codes, full, line, order, read
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture(scope="module")
def shop(server: Server) -> Iterator[Shop]:
    """One shop for all of these tests: none of them minds what the others have sent."""
    with Shop(server) as one:
        yield one


BOTH = ("customerAddress", "shippingAddress")


def without_addresses(sent: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sent.items() if name not in BOTH}


def test_a_full_order_is_acknowledged_and_read_back_with_its_addresses(shop: Shop) -> None:
    sent = full(customerAddress=address(company="Lee Ltd"), accountNumber="A-1", priority="normal")
    answer = shop.post(FULL, sent)
    assert answer.status_code == 200
    assert answer.json().keys() == {"purchaseOrderNumber", "statuses", "allSuccessful", "receiptId"}
    body = read(shop, sent["purchaseOrderNumber"]).json()
    assert (body["customerAddress"], body["shippingAddress"]) == (address(company="Lee Ltd"), ADDRESS)
    assert body["userId"] == "A-1"
    again = check_problem(shop.post(FULL, sent), 409, "already-submitted")
    assert (again["identical"], again["receiptId"]) == (True, answer.json()["receiptId"])


@pytest.mark.parametrize("name", BOTH)
def test_each_address_is_required_whole(shop: Shop, name: str) -> None:
    gaps = [{member: gap} for member in ADDRESS for gap in (..., None, "")]
    sent = [full(**{name: address(**gap)}) for gap in gaps]
    for gap, result in zip(gaps, shop.post(FULL, sent).json()["results"], strict=True):
        assert result["httpStatus"] == 422, gap
        assert codes(result["errors"]) == [(f"/{name}/{next(iter(gap))}", "missing")]
    for nothing in (..., None, ""):
        body = check_problem(shop.post(FULL, full(**{name: nothing})), 422, "invalid")
        assert codes(body["errors"]) == [(f"/{name}", "missing")]
    body = check_problem(shop.post(FULL, full(**{name: {}})), 422, "invalid")
    assert (f"/{name}/firstName", "missing") in codes(body["errors"])


def test_a_country_without_states_may_leave_the_state_out(shop: Shop) -> None:
    for country in ("DE", "Germany", "FR", "Singapore"):
        for nothing in (..., "", None):
            there = address(country=country, state=nothing)
            assert shop.post(FULL, full(customerAddress=there, shippingAddress=there)).status_code == 200
    for country in ("US", "usa", "Canada", "au"):
        there = address(country=country, state="")
        body = check_problem(shop.post(FULL, full(shippingAddress=there)), 422, "invalid")
        assert codes(body["errors"]) == [("/shippingAddress/state", "missing")]


def test_a_province_is_read_where_the_state_is_missing(shop: Shop) -> None:
    for there, state, warned in (
        (address(state=..., province="QC", country="CA"), "QC", []),
        (address(state="", province="QC", country="CA"), "QC", []),
        (address(province="TX"), "TX", []),
        (address(province="QC"), "TX", [("/shippingAddress/province", "differing-state")]),
    ):
        sent = full(shippingAddress=there)
        answer = shop.post(FULL, sent)
        assert answer.status_code == 200
        assert codes(answer.json().get("warnings", [])) == warned
        kept = read(shop, sent["purchaseOrderNumber"]).json()["shippingAddress"]
        assert (kept["state"], "province" in kept) == (state, False)


def test_the_optional_members_of_an_address_are_kept(shop: Shop) -> None:
    there = address(address2="Door 4", company="Lee Ltd", phone="+1 555 0100", email="ana@shop.test")
    sent = full(customerAddress=there, shippingAddress=there)
    assert "warnings" not in shop.post(FULL, sent).json()
    body = read(shop, sent["purchaseOrderNumber"]).json()
    assert body["customerAddress"] == body["shippingAddress"] == there


@pytest.mark.parametrize("sku", ["SHOE-9", ["SHOE-9"]])
@pytest.mark.parametrize("quantity", [2, "2"])
def test_sku_and_quantity_on_a_full_line_are_accepted_in_any_mix(shop: Shop, sku: Any, quantity: Any) -> None:
    alone = full(lineItems=[line(skuQuantities=..., sku=sku, quantity=quantity)])
    beside = full(lineItems=[line(sku=sku, quantity=quantity)])
    for sent in (alone, beside):
        answer = shop.post(FULL, sent)
        assert (answer.status_code, "warnings" in answer.json()) == (200, False)
        (one,) = read(shop, sent["purchaseOrderNumber"]).json()["lineItems"]
        assert one["skuQuantities"] == [{"sku": "SHOE-9", "quantity": 2}]


def test_a_full_order_completes_an_acknowledgement_once(shop: Shop) -> None:
    first = order(orderReference="web 77")
    acknowledged = shop.acknowledge(first).json()
    before = read(shop, first["purchaseOrderNumber"]).json()
    assert "shippingAddress" not in before
    completing = {**first, "customerAddress": ADDRESS, "shippingAddress": ADDRESS}
    answer = shop.post(FULL, completing)
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("completed") is True
    receipt = body.pop("receiptId")
    assert receipt != acknowledged["receiptId"]
    assert body == {name: acknowledged[name] for name in ("purchaseOrderNumber", "statuses", "allSuccessful")}
    after = read(shop, first["purchaseOrderNumber"]).json()
    assert (after["customerAddress"], after["shippingAddress"]) == (ADDRESS, ADDRESS)
    assert (after["receiptId"], after["completionReceiptId"]) == (acknowledged["receiptId"], receipt)
    assert after["lastModification"] > before["lastModification"]
    assert after["acknowledgedAt"] == before["acknowledgedAt"]
    assert agreed(after["lineItems"]) == agreed(before["lineItems"])
    for _ in range(2):
        again = check_problem(shop.post(FULL, completing), 409, "already-submitted")
        assert (again["identical"], again["lastModification"]) == (True, after["lastModification"])
    # The acknowledgement alone is not what is stored any more.
    assert shop.acknowledge(first).json()["differences"] == ["/customerAddress", "/shippingAddress"]


@pytest.mark.parametrize(
    ("lines", "pointer"),
    [
        ([line(skuQuantities=[{"sku": "SHOE-9", "quantity": 3}])], "/lineItems/0/skuQuantities/0/quantity"),
        ([line(skuQuantities=[{"sku": "HAT", "quantity": 2}])], "/lineItems/0/skuQuantities/0/sku"),
        ([line(recipeSetId="EFGH5678")], "/lineItems/0/recipeSetId"),
        ([line(), line()], "/lineItems/1"),
    ],
)
def test_differing_lines_complete_nothing(shop: Shop, lines: list[Any], pointer: str) -> None:
    first = order()
    shop.acknowledge(first)
    other = {**first, "customerAddress": ADDRESS, "shippingAddress": ADDRESS, "lineItems": lines}
    body = check_problem(shop.post(FULL, other), 409, "already-submitted")
    assert body["differences"] == [pointer, "/customerAddress", "/shippingAddress"]
    assert "shippingAddress" not in read(shop, first["purchaseOrderNumber"]).json()
    # And the honest completion is not used up.
    assert shop.post(FULL, {**other, "lineItems": first["lineItems"]}).json()["completed"] is True


def test_a_gift_message_may_be_repeated_or_added_by_the_completion_but_not_changed(shop: Shop) -> None:
    for before, after, status in (
        ("for Ana", "for Ana", 200),
        ("for Ana", None, 200),
        (None, "for Ana", 200),
        ("for Ana", "for Ben", 409),
    ):
        first = order(lineItems=[line(giftMessage=before)])
        shop.acknowledge(first)
        answer = shop.post(FULL, full(**{**first, "lineItems": [line(giftMessage=after)]}))
        assert answer.status_code == status, answer.text
        if status == 409:
            assert "/lineItems/0/giftMessage" in answer.json()["differences"]
            assert "Ana" not in answer.text
            assert "Ben" not in answer.text
        (kept,) = read(shop, first["purchaseOrderNumber"]).json()["lineItems"]
        assert kept["giftMessage"] == "for Ana"


def test_a_completion_that_words_the_rest_otherwise_is_told_what_stays(shop: Shop) -> None:
    first = order(priority=1, orderDate="2022-01-31")
    shop.acknowledge(first)
    answer = shop.post(FULL, full(**{**first, "priority": 3, "orderDate": "2022-02-01"}))
    assert answer.status_code == 200
    assert codes(answer.json()["warnings"]) == [
        ("/orderDate", "kept-as-acknowledged"),
        ("/priority", "kept-as-acknowledged"),
    ]
    body = read(shop, first["purchaseOrderNumber"]).json()
    assert (body["priority"], body["orderDate"]) == ("lower", "2022-01-31")


def test_a_contact_that_changed_meanwhile_stays_as_acknowledged_and_the_order_is_completed(
    shop: Shop,
) -> None:
    first = order(emailAddress="a@b.example", phoneNumber="+1 555 0100")
    assert shop.acknowledge(first).status_code == 200
    later = {name: value for name, value in first.items() if name != "phoneNumber"}
    answer = shop.post(FULL, full(**{**later, "emailAddress": "z@b.example"}))
    assert (answer.status_code, answer.json()["completed"]) == (200, True)
    kept = [w["pointer"] for w in answer.json()["warnings"] if w["code"] == "kept-as-acknowledged"]
    assert kept == ["/emailAddress", "/phoneNumber"]
    stored = read(shop, first["purchaseOrderNumber"]).json()
    assert (stored["emailAddress"], stored["phoneNumber"]) == ("a@b.example", "+1 555 0100")
    assert stored["shippingAddress"]["city"]


def test_one_address_is_not_two_and_can_be_completed(shop: Shop) -> None:
    first = order(shippingAddress=ADDRESS)
    shop.acknowledge(first)
    other = check_problem(
        shop.post(FULL, full(**{**first, "shippingAddress": address(city="Dallas")})),
        409,
        "already-submitted",
    )
    assert "/shippingAddress" in other["differences"]
    assert shop.post(FULL, full(**first)).json()["completed"] is True


def test_an_acknowledgement_with_both_addresses_is_complete(shop: Shop) -> None:
    sent = full()
    shop.acknowledge(sent)
    assert check_problem(shop.post(FULL, sent), 409, "already-submitted")["identical"] is True


def test_of_many_completions_at_once_exactly_one_is_taken(shop: Shop) -> None:
    first = order()
    shop.acknowledge(first)
    completing = [
        full(**{**first, "shippingAddress": address(city=f"City {number}")}) for number in range(24)
    ]
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda sent: shop.post(FULL, sent), completing))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 23
    (taken,) = (sent for sent, answer in zip(completing, answers, strict=True) if answer.status_code == 200)
    assert read(shop, first["purchaseOrderNumber"]).json()["shippingAddress"] == taken["shippingAddress"]


def test_many_full_orders_complete_add_and_fail_each_for_itself(shop: Shop) -> None:
    earlier = [order() for _ in range(3)]
    shop.acknowledge(earlier)
    completing = [full(**one) for one in earlier]
    sent = [completing[0], full(), completing[1], completing[0], full(shippingAddress=...), completing[2]]
    body = shop.post(FULL, sent).json()
    assert [result["httpStatus"] for result in body["results"]] == [200, 200, 200, 409, 422, 200]
    assert [result.get("completed", False) for result in body["results"]] == [
        True,
        False,
        True,
        False,
        False,
        True,
    ]
    assert body["results"][3]["identical"] is True
    assert body["counts"] == {"acknowledged": 4, "duplicates": 1, "rejected": 1}
    assert without_addresses(completing[0]) == earlier[0]
