"""One order, sent as any generation of shop sends it: what is answered, and what is read back."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from tests.api.orders import (
    ACKNOWLEDGEMENT,
    FULL,
    PLURAL,
    READING,
    address,
    check_problem,
    codes,
    full,
    line,
    order,
    read,
)
from tests.harness.server import Server
from tests.harness.shop import Shop

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")

DOCUMENTED = """{
  "purchaseOrderNumber": "42015953",
  "orderDate": "2022-01-31T13:15:05.2151663-05:00",
  "lineItems": [
    {"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "SHOE-9", "quantity": "1"}]}
  ]
}"""


def test_the_documented_order_gets_the_documented_answer_word_for_word(shop: Shop) -> None:
    answer = shop.post(ACKNOWLEDGEMENT, content=DOCUMENTED)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert re.fullmatch(r"rcp_[0-9a-z]{13}", body.pop("receiptId"))
    assert json.dumps(body) == (
        '{"purchaseOrderNumber": "42015953", '
        '"statuses": [{"recipeSetId": "ABCD1234", "success": true, "message": "Processed Successfully"}], '
        '"allSuccessful": true}'
    )


def test_the_same_order_again_gets_the_documented_refusal_and_how_it_stands(shop: Shop) -> None:
    first = shop.post(ACKNOWLEDGEMENT, content=DOCUMENTED).json()
    body = check_problem(shop.post(ACKNOWLEDGEMENT, content=DOCUMENTED), 409, "already-submitted")
    assert body["error"] == "Purchase order has already been submitted."
    assert INSTANT.fullmatch(body["lastModification"])
    assert body["lastModification"] == read(shop, "42015953").json()["lastModification"]
    assert (body["identical"], body["differences"]) == (True, [])
    assert body["receiptId"] == first["receiptId"]
    assert body["retryable"] is False


def test_a_refusal_says_where_the_two_differ_and_nothing_of_a_person(shop: Shop) -> None:
    number = "PO 1"
    first = order(
        purchaseOrderNumber=number,
        priority="normal",
        emailAddress="canary-one@shop.test",
        shippingAddress=address(),
        lineItems=[line(giftMessage="canary one"), line(recipeSetId="EFGH5678")],
    )
    assert shop.acknowledge(first).status_code == 200
    second = order(
        purchaseOrderNumber=number,
        priority=3,
        accountNumber="A-1",
        emailAddress="canary-two@shop.test",
        shippingAddress=address(city="canary town"),
        lineItems=[
            line(giftMessage="canary two", recipeSetId="abcd1234"),
            line(recipeSetId="EFGH5678", skuQuantities=[{"sku": "SHOE-9", "quantity": 3}]),
            line(recipeSetId="IJKL9012"),
        ],
    )
    answer = shop.acknowledge(second)
    body = check_problem(answer, 409, "already-submitted")
    assert body["identical"] is False
    assert body["differences"] == [
        "/accountNumber",
        "/lineItems/1/skuQuantities/0/quantity",
        "/lineItems/2",
        "/priority",
        "/emailAddress",
        "/lineItems/0/giftMessage",
        "/shippingAddress",
    ]
    assert "canary" not in answer.text


def test_people_that_are_sent_again_as_they_were_are_no_difference(shop: Shop) -> None:
    sent = full(emailAddress="ana@shop.test", lineItems=[line(giftMessage="for Ana")])
    assert shop.acknowledge(sent).status_code == 200
    assert shop.acknowledge(sent).json()["identical"] is True
    less = {**sent, "emailAddress": None}
    assert shop.acknowledge(less).json()["differences"] == ["/emailAddress"]


def test_every_line_has_a_status_in_the_order_of_the_request(shop: Shop) -> None:
    ids = [f"ABCD{number:04d}" for number in range(25)][::-1]
    body = shop.acknowledge(order(lineItems=[line(recipeSetId=one) for one in ids])).json()
    assert [status["recipeSetId"] for status in body["statuses"]] == ids
    assert all(status["success"] for status in body["statuses"])


@pytest.mark.parametrize("path", [ACKNOWLEDGEMENT, PLURAL, FULL, READING + "x", "/healthz", "/readyz"])
def test_a_trailing_slash_is_served_without_a_redirect(shop: Shop, path: str) -> None:
    shop.acknowledge(order(purchaseOrderNumber="x"))
    answers = []
    for slash in ("", "/"):
        if path.startswith(READING) or path.endswith("z"):
            answers.append(shop.get(path + slash))
        else:
            answers.append(shop.post(path + slash, json=full()))
    assert [(answer.status_code, answer.history) for answer in answers] == [(200, [])] * 2
    assert answers[0].json().keys() == answers[1].json().keys()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SPECTRUM_API_TOKEN", "{}"),
        ("spectrum_api_token", "{}"),
        ("Spectrum-Api-Token", "{}"),
        ("Authorization", "Bearer {}"),
        ("authorization", "bearer {}"),
    ],
)
def test_the_token_is_taken_from_any_of_the_three_headers(shop: Shop, name: str, value: str) -> None:
    headers = {name: value.format(shop.token)}
    answer = shop.http.post(shop.server.url + ACKNOWLEDGEMENT, json=order(), headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "Application/JSON; charset=utf8; version=1",
    ],
)
def test_json_is_json_however_its_media_type_is_written(shop: Shop, media_type: str) -> None:
    answer = shop.post(ACKNOWLEDGEMENT, content=json.dumps(order()), Content_Type=media_type)
    assert answer.status_code == 200


def test_a_byte_order_mark_is_no_harm(shop: Shop) -> None:
    sent = order()
    answer = shop.post(ACKNOWLEDGEMENT, content=b"\xef\xbb\xbf" + json.dumps(sent).encode())
    assert (answer.status_code, "warnings" in answer.json()) == (200, False)
    many = shop.post(ACKNOWLEDGEMENT, content=b"\xef\xbb\xbf" + json.dumps([sent, order()]).encode()).json()
    assert many["counts"] == {"acknowledged": 1, "duplicates": 1, "rejected": 0}


def test_every_answer_names_its_request_and_its_environment(shop: Shop) -> None:
    seen = set()
    for answer in (
        shop.acknowledge(order()),
        shop.acknowledge({}),
        shop.get("/nowhere"),
        shop.get("/healthz"),
    ):
        assert answer.headers["spectrum-environment"] == "test"
        seen.add(answer.headers["x-request-id"])
    assert len(seen) == 4


DATES = [
    "2022-01-31T13:15:05.2151663-05:00",
    "2022-01-31T13:15:05-05:00",
    *(f"2022-01-31T13:15:05.{'123456789'[:digits]}Z" for digits in range(1, 10)),
    "2026-03-30",
    "2024-02-29T00:00:00Z",
    "2022-01-31T13:15Z",
    "2022-01-31T13:15:05+0530",
    "2022-01-31T13:15:05+14:00",
]


def test_a_date_is_taken_in_every_generation_and_given_back_as_it_was_sent(shop: Shop) -> None:
    sent = [order(orderDate=date, estimatedDeliveryDate=date) for date in DATES]
    for one, result in zip(sent, shop.acknowledge(sent).json()["results"], strict=True):
        assert (result["httpStatus"], result.get("warnings")) == (200, None), one["orderDate"]
        kept = read(shop, one["purchaseOrderNumber"]).json()
        assert (kept["orderDate"], kept["estimatedDeliveryDate"]) == (one["orderDate"], one["orderDate"])


def test_a_time_without_an_offset_is_read_in_the_shops_time_zone_with_a_warning(server: Server) -> None:
    with Shop(server, timezone="America/New_York") as shop:
        body = shop.acknowledge(order(orderDate="2022-01-31T13:15:05")).json()
    assert codes(body["warnings"]) == [("/orderDate", "no-offset")]
    assert "America/New_York" in body["warnings"][0]["message"]


NO_DATES = [
    "yesterday",
    "2022-13-01",
    "2023-02-29",
    "2022-01-31T25:00:00Z",
    "31.01.2022",
    "2022-1-1",
    "20220131",
]


def test_what_is_no_date_is_refused_where_it_stands(shop: Shop) -> None:
    results = shop.acknowledge([order(orderDate=date) for date in NO_DATES]).json()["results"]
    assert [codes(result["errors"]) for result in results] == [[("/orderDate", "not-a-date")]] * len(NO_DATES)


def test_a_quantity_is_a_number_or_a_text_and_always_answered_as_a_number(shop: Shop) -> None:
    for quantity in (1, "1", 2, "2", 1_000_000, "1000000", 3.0, "007"):
        sent = order(lineItems=[line(skuQuantities=[{"sku": "S", "quantity": quantity}])])
        assert shop.acknowledge(sent).status_code == 200
        (pair,) = read(shop, sent["purchaseOrderNumber"]).json()["lineItems"][0]["skuQuantities"]
        assert pair["quantity"] == int(quantity)
        assert type(pair["quantity"]) is int


def test_a_quantity_that_cannot_be_made_is_refused(shop: Shop) -> None:
    wrong = [0, "0", -1, "-1", 1_000_001, "1000001", 1.5, "1.5", "two", "", None, True, [], {}, "1e3", "１"]
    sent = [order(lineItems=[line(skuQuantities=[{"sku": "S", "quantity": one}])]) for one in wrong]
    for one, result in zip(wrong, shop.acknowledge(sent).json()["results"], strict=True):
        assert result["httpStatus"] == 422, one
        (problem,) = result["errors"]
        assert problem["pointer"] == "/lineItems/0/skuQuantities/0/quantity"


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("priority", {"lower": 1, "normal": 2, "higher": 3}),
        ("proofStatus", {"requested": 1, "fulfilled": 2}),
    ],
)
def test_an_enumeration_is_a_word_in_any_case_or_its_number(
    shop: Shop, name: str, spellings: dict[str, int]
) -> None:
    for word, number in spellings.items():
        for spelling in (word, word.upper(), word.title(), number, str(number)):
            sent = order(**{name: spelling})
            answer = shop.acknowledge(sent)
            assert (answer.status_code, "warnings" in answer.json()) == (200, False)
            assert read(shop, sent["purchaseOrderNumber"]).json()[name] == word
    for wrong in ("urgent", 0, 4, -1):
        body = check_problem(shop.acknowledge(order(**{name: wrong})), 422, "invalid")
        assert codes(body["errors"]) == [(f"/{name}", "unknown-value")]


def test_every_member_of_every_generation_is_kept_and_given_back(shop: Shop) -> None:
    kept_as_sent = {
        "accountNumber": "A-17",
        "emailAddress": "ana@shop.test",
        "orderReference": "web 77",
        "organizationId": "org-1",
        "phoneNumber": "+1 555 0101",
        "serialNumber": "SN-1",
        "estimatedDeliveryDate": "2022-02-05",
        "customerServiceContact": {"name": "Desk", "phone": "+1 555 0100"},
        "customerAddress": address(company="Lee Ltd", address2="Door 4", phone="1", email="a@b.test"),
        "shippingAddress": address(),
    }
    line_as_sent = {
        "giftMessage": "Dear Ana,\nhappy birthday 🎂",
        "shipmentVendor": "UPS",
        "shipmentTracking": "1Z1",
        "estimatedDeliveryDate": "2022-02-06",
        "proofStatus": "requested",
    }
    sent = order(**kept_as_sent, priority=3, proofStatus=2, lineItems=[line(**line_as_sent)])
    answer = shop.acknowledge(sent)
    assert (answer.status_code, "warnings" in answer.json()) == (200, False)
    body = read(shop, sent["purchaseOrderNumber"]).json()
    assert {name: body[name] for name in kept_as_sent} == kept_as_sent
    assert (body["priority"], body["proofStatus"], body["orderDate"]) == (
        "higher",
        "fulfilled",
        sent["orderDate"],
    )
    (one,) = body["lineItems"]
    assert {name: one[name] for name in line_as_sent} == line_as_sent


@pytest.mark.parametrize("text", ["{hello", "{", '{"a": 1}', '{"a"', "plain", "two\nlines"])
def test_a_contact_is_any_text_even_one_that_looks_like_an_object(shop: Shop, text: str) -> None:
    sent = order(customerServiceContact=text)
    assert shop.acknowledge(sent).status_code == 200
    answer = read(shop, sent["purchaseOrderNumber"])
    assert (answer.status_code, answer.json()["customerServiceContact"]) == (200, text)


def test_tracking_numbers_are_one_text_or_several(shop: Shop) -> None:
    for tracking, expected in (("1Z1", "1Z1"), (["1Z1"], "1Z1"), (["1Z1", "1Z2"], ["1Z1", "1Z2"])):
        sent = order(lineItems=[line(shipmentTracking=tracking)])
        assert shop.acknowledge(sent).status_code == 200
        (one,) = read(shop, sent["purchaseOrderNumber"]).json()["lineItems"]
        assert one["shipmentTracking"] == expected


PAIR = {"sku": "SHOE-9", "quantity": 2}


@pytest.mark.parametrize(
    ("members", "warned"),
    [
        ({"skuQuantities": ..., "sku": "SHOE-9", "quantity": 2}, []),
        ({"skuQuantities": ..., "sku": "SHOE-9", "quantity": "2"}, []),
        ({"skuQuantities": ..., "sku": ["SHOE-9"], "quantity": 2}, []),
        ({"skuQuantities": None, "sku": "SHOE-9", "quantity": 2}, []),
        ({"skuQuantities": [], "sku": "SHOE-9", "quantity": 2}, []),
        ({"sku": "SHOE-9", "quantity": 2}, []),
        ({"sku": ["SHOE-9"], "quantity": "2"}, []),
        ({"sku": "HAT", "quantity": 2}, [("/lineItems/0/sku", "differing-sku")]),
        ({"sku": "SHOE-9", "quantity": 9}, [("/lineItems/0/quantity", "differing-sku")]),
        (
            {"sku": ["HAT", "COAT"], "quantity": "many"},
            [("/lineItems/0/sku", "differing-sku"), ("/lineItems/0/quantity", "differing-sku")],
        ),
    ],
)
def test_sku_and_quantity_on_the_line_count_only_without_their_list(
    shop: Shop, members: dict[str, Any], warned: list[tuple[str, str]]
) -> None:
    sent = order(lineItems=[line(**members)])
    answer = shop.acknowledge(sent)
    assert answer.status_code == 200, answer.text
    assert codes(answer.json().get("warnings", [])) == warned
    assert read(shop, sent["purchaseOrderNumber"]).json()["lineItems"][0]["skuQuantities"] == [PAIR]


def test_several_skus_for_one_quantity_are_answered_with_what_to_send(shop: Shop) -> None:
    sent = order(lineItems=[line(skuQuantities=..., sku=["A", "B"], quantity=2)])
    body = check_problem(shop.acknowledge(sent), 422, "invalid")
    assert codes(body["errors"]) == [("/lineItems/0/sku", "several-skus")]
    assert '"skuQuantities": [{"sku"' in body["errors"][0]["message"]


@pytest.mark.parametrize("member", ["recipeSets", "recipeSet", "RecipeSets", "recipeSetId"])
def test_the_withdrawn_format_is_answered_with_what_to_send(shop: Shop, member: str) -> None:
    sent = {**order(lineItems=...), member: [{"recipeSetId": "ABCD1234"}]}
    body = check_problem(shop.acknowledge(sent), 422, "invalid")
    assert codes(body["errors"]) == [("/lineItems", "recipe-set-format")]
    assert '"lineItems": [{"recipeSetId"' in body["errors"][0]["message"]


def test_a_recipe_set_has_one_id_under_two_names_without_regard_to_case(shop: Shop) -> None:
    first = order(lineItems=[line(recipeSetId=..., recipeSetReadableId="ABCD1234")])
    assert "warnings" not in shop.acknowledge(first).json()
    (kept,) = read(shop, first["purchaseOrderNumber"]).json()["lineItems"]
    assert (kept["recipeSetId"], kept["recipeSetReadableId"]) == ("ABCD1234", "ABCD1234")
    both = order(lineItems=[line(recipeSetReadableId="abcd1234")])
    assert "warnings" not in shop.acknowledge(both).json()
    assert (
        shop.acknowledge({**first, "lineItems": [line(recipeSetId="abcd1234")]}).json()["identical"] is True
    )
    other = shop.acknowledge(order(lineItems=[line(recipeSetReadableId="EFGH5678")])).json()
    assert codes(other["warnings"]) == [("/lineItems/0/recipeSetReadableId", "differing-recipe-set-id")]


def test_an_unusual_recipe_set_is_acknowledged_with_a_warning(shop: Shop) -> None:
    for unusual in ("abcd1234", "A", "x" * 64, "größe 7", "ABCD-1234"):
        body = shop.acknowledge(order(lineItems=[line(recipeSetId=unusual)])).json()
        assert codes(body["warnings"]) == [("/lineItems/0/recipeSetId", "unusual-recipe-set-id")]
        assert body["statuses"][0]["recipeSetId"] == unusual
    body = check_problem(shop.acknowledge(order(lineItems=[line(recipeSetId="x" * 65)])), 422, "invalid")
    assert codes(body["errors"]) == [("/lineItems/0/recipeSetId", "too-long")]


def test_unknown_members_are_named_and_neither_refused_nor_kept(shop: Shop) -> None:
    sent = order(
        shippingAddress=address(nickname="canary"),
        lineItems=[line(engraving="canary", skuQuantities=[{"sku": "S", "quantity": 1, "colour": "canary"}])],
        **{"loyalty/card~": "canary", "giftmessage": {"deep": ["canary"]}},
    )
    answer = shop.acknowledge(sent)
    assert answer.status_code == 200
    assert sorted(codes(answer.json()["warnings"])) == [
        ("/giftmessage", "unknown-member"),
        ("/lineItems/0/engraving", "unknown-member"),
        ("/lineItems/0/skuQuantities/0/colour", "unknown-member"),
        ("/loyalty~1card~0", "unknown-member"),
        ("/shippingAddress/nickname", "unknown-member"),
    ]
    assert "canary" not in answer.text
    assert "canary" not in read(shop, sent["purchaseOrderNumber"]).text
    # What was not kept makes no difference either.
    again = shop.acknowledge({name: sent[name] for name in ("purchaseOrderNumber", "orderDate", "lineItems")})
    assert again.json()["differences"] == ["/shippingAddress"]


@pytest.mark.parametrize("more", ["", ', "colour": "red"'], ids=["otherwise clean", "warned of otherwise"])
def test_a_member_that_is_sent_twice_is_taken_as_it_was_sent_last_and_its_sender_is_told(
    shop: Shop, more: str
) -> None:
    pair = '{"sku": "S", "quantity": 1, "sku": "canary: last"}'
    sent = (
        '{"purchaseOrderNumber": "canary", "orderDate": "2026-03-30T13:15:05-05:00", "orderReference": null, '
        f'"lineItems": [{{"recipeSetId": "ABCD1234", "skuQuantities": [{pair}]}}], '
        f'"emailAddress": "canary@example.com", "emailAddress": "", "purchaseOrderNumber": "PO-2"{more}}}'
    )
    answer = shop.post("/api/order/acknowledgement", content=sent.encode())
    assert answer.status_code == 200
    assert [found for found in codes(answer.json()["warnings"]) if found[1] == "repeated-member"] == [
        ("/purchaseOrderNumber", "repeated-member"),
        ("/emailAddress", "repeated-member"),
        ("/lineItems/0/skuQuantities/0/sku", "repeated-member"),
    ]
    assert "canary" not in answer.text
    assert read(shop, "PO-2").json()["lineItems"][0]["skuQuantities"][0]["sku"] == "canary: last"


def test_every_problem_is_named_at_once_and_nothing_is_stored(shop: Shop) -> None:
    sent = {
        "purchaseOrderNumber": "PO 7",
        "orderDate": "yesterday",
        "priority": "urgent",
        "emailAddress": "canary\x00@shop.test",
        "shippingAddress": address(city=..., country="US"),
        "lineItems": [
            {"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "A", "quantity": 0}]},
            {"recipeSetId": "EFGH5678", "skuQuantities": [{"sku": "B", "quantity": 1}]},
            {"skuQuantities": [{"quantity": 1}]},
            "canary",
        ],
    }
    answer = shop.acknowledge(sent)
    body = check_problem(answer, 422, "invalid")
    assert sorted(codes(body["errors"])) == [
        ("/emailAddress", "control-character"),
        ("/lineItems/0/skuQuantities/0/quantity", "out-of-range"),
        ("/lineItems/2/recipeSetId", "missing"),
        ("/lineItems/2/skuQuantities/0/sku", "missing"),
        ("/lineItems/3", "wrong-type"),
        ("/orderDate", "not-a-date"),
        ("/priority", "unknown-value"),
        ("/shippingAddress/city", "missing"),
    ]
    assert "canary" not in answer.text
    assert body["allSuccessful"] is False
    assert body["purchaseOrderNumber"] == "PO 7"
    assert [status["recipeSetId"] for status in body["statuses"]] == ["ABCD1234", "EFGH5678", None, None]
    assert not any(status["success"] for status in body["statuses"])
    assert "1 to 1000000" in body["statuses"][0]["message"]
    assert "another part of the order" in body["statuses"][1]["message"]
    assert read(shop, "PO 7").status_code == 404
    assert shop.acknowledge(order(purchaseOrderNumber="PO 7")).status_code == 200


@pytest.mark.parametrize("missing", ["purchaseOrderNumber", "orderDate", "lineItems"])
@pytest.mark.parametrize("sent", [..., None, ""])
def test_a_required_member_that_is_missing_is_named_where_it_should_stand(
    shop: Shop, missing: str, sent: Any
) -> None:
    body = check_problem(shop.acknowledge(order(**{missing: sent})), 422, "invalid")
    assert codes(body["errors"]) == [(f"/{missing}", "missing")]


def test_a_shop_may_have_orders_with_unknown_recipe_sets_rejected(server: Server) -> None:
    with Shop(server, unknown_recipe_set="reject") as shop:
        sent = order(lineItems=[line(), line(recipeSetId="EFGH5678")])
        body = check_problem(shop.acknowledge(sent), 422, "invalid")
        assert codes(body["errors"]) == [
            ("/lineItems/0/recipeSetId", "unknown-recipe-set"),
            ("/lineItems/1/recipeSetId", "unknown-recipe-set"),
        ]
        assert read(shop, sent["purchaseOrderNumber"]).status_code == 404


def test_addresses_are_taken_whole_or_not_at_all(shop: Shop) -> None:
    for name in ("customerAddress", "shippingAddress"):
        body = check_problem(shop.acknowledge(order(**{name: {"city": "Austin"}})), 422, "invalid")
        assert (f"/{name}/firstName", "missing") in codes(body["errors"])
    for nothing in (None, "", {}, {"city": ""}):
        sent = order(shippingAddress=nothing)
        assert shop.acknowledge(sent).status_code == 200
        assert "shippingAddress" not in read(shop, sent["purchaseOrderNumber"]).json()


def check_never_shown(answer: httpx.Response, *secrets: str) -> None:
    for secret in secrets:
        assert secret not in answer.text
        assert secret not in str(answer.headers)


def test_no_answer_to_an_order_repeats_a_person(shop: Shop) -> None:
    people = {
        "emailAddress": "canary@shop.test",
        "phoneNumber": "555-canary",
        "customerServiceContact": "canary desk",
        "customerAddress": address(firstName="canary"),
        "shippingAddress": address(lastName="canary"),
        "lineItems": [line(giftMessage="canary")],
    }
    sent = order(**people)
    for _ in range(2):
        check_never_shown(shop.acknowledge(sent), "canary")
    check_never_shown(shop.acknowledge({**sent, "orderDate": None}), "canary")
    check_never_shown(
        shop.acknowledge([sent, {**sent, "lineItems": [line(giftMessage=["canary"])]}]), "canary"
    )
    assert "canary" not in shop.server.logs()
