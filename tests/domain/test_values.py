"""Which values may stand in a member, rule by rule."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spectrum_orders.domain.address import COUNTRIES_WITH_STATES
from spectrum_orders.domain.order import Form, SkuQuantity, canonical
from spectrum_orders.domain.payloads import Accepted, Rejected, read_order
from spectrum_orders.errors import NotJson
from tests.domain import samples

AT_QUANTITY = "/lineItems/0/skuQuantities/0/quantity"


@pytest.mark.parametrize(
    "number",
    [
        "1",
        "x" * 255,
        "a/b",
        "a b",
        "..",
        "../../etc",
        "😀",
        "👩‍👩‍👧",
        "Grüße",
        "%2F",
        "-",
        "'; --",
        "\u202etxt",
    ],
)
def test_a_purchase_order_number_is_any_visible_text(number: str) -> None:
    found = samples.accepted(samples.order(purchaseOrderNumber=number))
    assert (found.order.content.purchase_order_number, found.warnings) == (number, ())


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (..., "missing"),
        (None, "missing"),
        ("", "missing"),
        ("   ", "blank"),
        ("\u200b\u2060", "blank"),
        ("x" * 256, "too-long"),
        ("😀" * 256, "too-long"),
        ("a\x00b", "control-character"),
        ("a\nb", "control-character"),
        ("a\x7f", "control-character"),
        ("a\x85", "control-character"),
        (True, "wrong-type"),
        (1.0, "wrong-type"),
    ],
)
def test_a_purchase_order_number_that_cannot_be_one_is_a_problem(number: Any, code: str) -> None:
    found = samples.rejected(samples.order(purchaseOrderNumber=number))
    assert [(problem.pointer, problem.code) for problem in found.problems] == [("/purchaseOrderNumber", code)]
    assert found.purchase_order_number is None


def test_white_space_around_a_purchase_order_number_is_kept_with_a_warning() -> None:
    found = samples.accepted(samples.order(purchaseOrderNumber=" 7 "))
    assert found.order.content.purchase_order_number == " 7 "
    assert [(warning.pointer, warning.code) for warning in found.warnings] == [
        ("/purchaseOrderNumber", "surrounding-space")
    ]


@pytest.mark.parametrize("around", [" {}", "{} ", "\u00a0{}\u3000", f"{' ' * 300}{{}}"])
@pytest.mark.parametrize("name", ["recipeSetId", "recipeSetReadableId"])
def test_white_space_around_a_recipe_set_id_is_taken_away_with_a_warning(name: str, around: str) -> None:
    sent = samples.line(**{"recipeSetId": ..., name: around.format("ABCD1234")})
    found = samples.accepted(sent)
    assert found.order.content.line_items[0].recipe_set_id == "ABCD1234"
    assert [(warning.pointer, warning.code) for warning in found.warnings] == [
        (f"/lineItems/0/{name}", "surrounding-space")
    ]


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"skuQuantities": [{"sku": " A ", "quantity": 1}]}, "/lineItems/0/skuQuantities/0/sku"),
        ({"skuQuantities": ..., "sku": "A ", "quantity": 1}, "/lineItems/0/sku"),
        ({"skuQuantities": ..., "sku": [" A"], "quantity": 1}, "/lineItems/0/sku/0"),
    ],
)
def test_white_space_around_a_sku_is_taken_away_with_a_warning(members: dict[str, Any], pointer: str) -> None:
    found = samples.accepted(samples.line(**members))
    assert found.order.content.line_items[0].sku_quantities == (SkuQuantity(1, "A"),)
    assert [(warning.pointer, warning.code) for warning in found.warnings] == [(pointer, "surrounding-space")]


def test_white_space_beside_what_counts_makes_no_difference() -> None:
    assert samples.warnings(samples.line(recipeSetReadableId=" abcd1234 ", sku=" SHOE-9")) == []


@pytest.mark.parametrize("name", ["purchaseOrderNumber", "accountNumber", "organizationId", "serialNumber"])
def test_a_whole_number_is_taken_as_its_digits_with_a_warning(name: str) -> None:
    found = samples.accepted(samples.order(**{name: 42015953}))
    assert json.loads(canonical(found.order.content))[name] == "42015953"
    assert [(warning.pointer, warning.code) for warning in found.warnings] == [(f"/{name}", "number-as-text")]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(1, 1), (2.0, 2), (1e3, 1000), ("2", 2), ("007", 7), (1_000_000, 1_000_000), ("1000000", 1_000_000)],
)
def test_a_quantity_is_a_number_or_its_digits(sent: Any, kept: int) -> None:
    found = samples.accepted(samples.line(skuQuantities=[{"sku": "A", "quantity": sent}]))
    assert found.order.content.line_items[0].sku_quantities == (SkuQuantity(kept, "A"),)
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (0, "out-of-range"),
        (-1, "out-of-range"),
        (1_000_001, "out-of-range"),
        ("0", "out-of-range"),
        ("9" * 5_000, "out-of-range"),
        (10**30, "out-of-range"),
        (1.5, "not-whole"),
        ("1.0", "not-whole"),
        (" 1", "not-whole"),
        ("+1", "not-whole"),
        ("-1", "not-whole"),
        ("1_0", "not-whole"),
        ("２", "not-whole"),
        ("²", "not-whole"),
        ("two", "not-whole"),
        (True, "wrong-type"),
        ([1], "wrong-type"),
        (None, "missing"),
        ("", "missing"),
    ],
)
def test_any_other_quantity_is_a_problem(sent: Any, code: str) -> None:
    value = samples.line(skuQuantities=[{"sku": "A", "quantity": sent}])
    assert samples.problems(value) == [(AT_QUANTITY, code)]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("lower", "lower"),
        ("LOWER", "lower"),
        (1, "lower"),
        ("1", "lower"),
        ("Normal", "normal"),
        (2, "normal"),
        (2.0, "normal"),
        ("higher", "higher"),
        ("3", "higher"),
        (None, None),
        ("", None),
    ],
)
def test_a_priority_is_a_word_or_its_number(sent: Any, kept: str | None) -> None:
    found = samples.accepted(samples.order(priority=sent))
    assert (found.order.content.priority, found.warnings) == (kept, ())


@pytest.mark.parametrize("sent", [0, 4, -1, 1.5, "urgent", "0", "normal ", "11"])
def test_another_priority_is_a_problem(sent: Any) -> None:
    assert samples.problems(samples.order(priority=sent)) == [("/priority", "unknown-value")]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("REQUESTED", "requested"), (1, "requested"), ("fulfilled", "fulfilled"), ("2", "fulfilled")],
)
def test_a_proof_status_is_a_word_or_its_number_on_the_order_and_on_a_line(sent: Any, kept: str) -> None:
    assert samples.accepted(samples.order(proofStatus=sent)).order.content.proof_status == kept
    assert samples.accepted(samples.line(proofStatus=sent)).order.content.line_items[0].proof_status == kept


@pytest.mark.parametrize("sent", ["abcd1234", "ABCD123", "ABCD12345", "x", "a b", "x" * 64, "ÄBCD1234", "😀"])
def test_an_unusual_recipe_set_id_is_kept_with_a_warning(sent: str) -> None:
    found = samples.accepted(samples.line(recipeSetId=sent))
    assert found.order.content.line_items[0].recipe_set_id == sent
    assert [(warning.pointer, warning.code) for warning in found.warnings] == [
        ("/lineItems/0/recipeSetId", "unusual-recipe-set-id")
    ]


@pytest.mark.parametrize(
    ("own", "alias", "kept", "warned"),
    [
        (..., "ABCD1234", "ABCD1234", []),
        ("", "ABCD1234", "ABCD1234", []),
        ("ABCD1234", "abcd1234", "ABCD1234", []),
        ("ABCD1234", None, "ABCD1234", []),
        ("12345678", 12345678, "12345678", []),
        ("ABCD1234", "EFGH5678", "ABCD1234", ["differing-recipe-set-id"]),
        ("ABCD1234", ["ABCD1234"], "ABCD1234", ["differing-recipe-set-id"]),
    ],
)
def test_a_readable_id_is_another_name_for_the_recipe_set_id(
    own: Any, alias: Any, kept: str, warned: list[str]
) -> None:
    found = samples.accepted(samples.line(recipeSetId=own, recipeSetReadableId=alias))
    assert found.order.content.line_items[0].recipe_set_id == kept
    assert [warning.code for warning in found.warnings] == warned


@pytest.mark.parametrize(
    ("members", "warned"),
    [
        ({"sku": "SHOE-9", "quantity": 2}, []),
        ({"sku": ["SHOE-9"], "quantity": "2"}, []),
        ({"sku": "SHOE-9"}, []),
        ({"quantity": 2.0}, []),
        ({"sku": [], "quantity": None}, []),
        ({"sku": "OTHER"}, ["/lineItems/0/sku"]),
        ({"sku": ["SHOE-9", "SHOE-9"]}, ["/lineItems/0/sku"]),
        ({"sku": {"any": "thing"}, "quantity": 3}, ["/lineItems/0/sku", "/lineItems/0/quantity"]),
        ({"quantity": "many"}, ["/lineItems/0/quantity"]),
    ],
)
def test_what_a_line_says_beside_its_sku_quantities_never_rejects_it(
    members: dict[str, Any], warned: list[str]
) -> None:
    found = samples.accepted(samples.line(**members))
    assert found.order.content.line_items[0].sku_quantities == (SkuQuantity(2, "SHOE-9"),)
    assert [(warning.pointer, warning.code) for warning in found.warnings] == [
        (pointer, "differing-sku") for pointer in warned
    ]


def test_the_quantity_beside_several_pairs_is_their_sum() -> None:
    pairs = [{"sku": "L", "quantity": 1}, {"sku": "R", "quantity": 2}]
    assert samples.warnings(samples.line(skuQuantities=pairs, sku=["R", "L"], quantity=3)) == []
    assert samples.warnings(samples.line(skuQuantities=pairs, sku=["R", "L"], quantity=1)) == [
        ("/lineItems/0/quantity", "differing-sku")
    ]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, [("/lineItems/0/skuQuantities", "missing")]),
        ({"skuQuantities": []}, [("/lineItems/0/skuQuantities", "missing")]),
        ({"skuQuantities": [], "quantity": 1}, [("/lineItems/0/sku", "missing")]),
        ({"sku": "A"}, [("/lineItems/0/quantity", "missing")]),
        ({"quantity": 1}, [("/lineItems/0/sku", "missing")]),
        ({"sku": ["A", "B"], "quantity": 1}, [("/lineItems/0/sku", "several-skus")]),
        ({"sku": ["", {}], "quantity": 1}, [("/lineItems/0/sku/1", "wrong-type")]),
        (
            {"sku": True, "quantity": 0},
            [("/lineItems/0/sku", "wrong-type"), ("/lineItems/0/quantity", "out-of-range")],
        ),
    ],
)
def test_a_line_without_sku_quantities_needs_one_sku_and_its_quantity(
    members: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert samples.problems(samples.line(**{"skuQuantities": ..., **members})) == expected


def test_an_empty_list_of_sku_quantities_beside_a_sku_counts_as_not_sent() -> None:
    found = samples.accepted(samples.line(skuQuantities=[], sku="A", quantity=1))
    assert found.order.content.line_items[0].sku_quantities == (SkuQuantity(1, "A"),)


def test_an_order_has_at_most_a_thousand_lines_and_a_line_a_thousand_skus() -> None:
    pair = {"sku": "A", "quantity": 1}
    assert isinstance(samples.read(samples.order(lineItems=[samples.LINE] * 1_000)), Accepted)
    found = samples.rejected(samples.order(lineItems=[samples.LINE] * 1_001))
    assert [(problem.pointer, problem.code) for problem in found.problems] == [("/lineItems", "too-many")]
    assert found.line_ids == ("ABCD1234",) * 1_000
    assert isinstance(samples.read(samples.line(skuQuantities=[pair] * 1_000)), Accepted)
    assert samples.problems(samples.line(skuQuantities=[pair] * 1_001)) == [
        ("/lineItems/0/skuQuantities", "too-many")
    ]


@pytest.mark.parametrize(("limit", "name"), [(10_000, "giftMessage"), (255, "shipmentVendor")])
def test_a_text_on_a_line_has_its_longest_length(limit: int, name: str) -> None:
    assert isinstance(samples.read(samples.line(**{name: "é" * limit})), Accepted)
    assert samples.problems(samples.line(**{name: "é" * (limit + 1)})) == [
        (f"/lineItems/0/{name}", "too-long")
    ]


@pytest.mark.parametrize(
    ("limit", "name"), [(2_000, "customerServiceContact"), (255, "accountNumber"), (255, "phoneNumber")]
)
def test_a_text_on_an_order_has_its_longest_length(limit: int, name: str) -> None:
    assert isinstance(samples.read(samples.order(**{name: "é" * limit})), Accepted)
    assert samples.problems(samples.order(**{name: "é" * (limit + 1)})) == [(f"/{name}", "too-long")]


def test_tabs_and_line_ends_may_stand_in_a_gift_message_and_a_contact_alone() -> None:
    text = "Dear\tAna,\r\nhello"
    found = samples.accepted({**samples.line(giftMessage=text), "customerServiceContact": text})
    assert found.order.personal == {"/lineItems/0/giftMessage": text, "/customerServiceContact": text}
    assert samples.problems(samples.line(shipmentVendor=text)) == [
        ("/lineItems/0/shipmentVendor", "control-character")
    ]
    assert samples.problems(samples.line(giftMessage="bell \x07")) == [
        ("/lineItems/0/giftMessage", "control-character")
    ]


def test_a_blank_optional_text_counts_as_not_sent_and_is_named() -> None:
    found = samples.accepted({**samples.line(giftMessage=" \n"), "accountNumber": "\u200b"})
    assert (found.order.personal, found.order.content.account_number) == ({}, None)
    assert {(warning.pointer, warning.code) for warning in found.warnings} == {
        ("/lineItems/0/giftMessage", "blank"),
        ("/accountNumber", "blank"),
    }


def test_an_email_without_an_at_sign_is_kept_with_a_warning() -> None:
    found = samples.accepted(samples.order(emailAddress="ana"))
    assert found.order.personal == {"/emailAddress": "ana"}
    assert [warning.code for warning in found.warnings] == ["unusual-email"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Desk", "Desk"),
        ({"phone": "1", "name": "Désk", "fax": None}, '{"name":"Désk","phone":"1"}'),
        ({}, None),
        ({"name": ""}, None),
    ],
)
def test_a_contact_is_a_text_or_a_flat_object(sent: Any, kept: str | None) -> None:
    found = samples.accepted(samples.order(customerServiceContact=sent))
    assert found.order.personal.get("/customerServiceContact") == kept
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("sent", "pointer", "code"),
    [
        ({"a/b": ["x"]}, "/a~1b", "wrong-type"),
        ({"~": {"x": "y"}}, "/~0", "wrong-type"),
        ({"x\x00": "y"}, "/x\x00", "control-character"),
        ({str(index): "x" * 255 for index in range(8)}, "", "too-long"),
    ],
)
def test_a_contact_that_is_not_flat_text_is_a_problem(sent: Any, pointer: str, code: str) -> None:
    assert samples.problems(samples.order(customerServiceContact=sent)) == [
        (f"/customerServiceContact{pointer}", code)
    ]


@pytest.mark.parametrize(
    ("sent", "kept"), [("1Z", ("1Z",)), (["1Z", "", None, "2Z"], ("1Z", "2Z")), ([], None), ([""], None)]
)
def test_tracking_is_a_text_or_a_list(sent: Any, kept: tuple[str, ...] | None) -> None:
    line = samples.accepted(samples.line(shipmentTracking=sent)).order.content.line_items[0]
    assert line.shipment_tracking == kept


# Addresses


def addressed(**members: Any) -> dict[str, Any]:
    """A full order whose shipping address has other members; ``...`` takes one away."""
    address = {name: value for name, value in {**samples.ADDRESS, **members}.items() if value is not ...}
    return samples.order(customerAddress=samples.ADDRESS, shippingAddress=address)


@pytest.mark.parametrize("name", samples.ADDRESS)
@pytest.mark.parametrize("empty", [..., None, "", " "])
def test_a_missing_member_of_an_address_is_a_problem(name: str, empty: Any) -> None:
    assert (
        samples.problems(addressed(**{name: empty}), Form.FULL)
        == [(f"/shippingAddress/{name}", "missing")][: 1 if name != "country" else None]
    )


def test_a_province_is_a_state() -> None:
    stated = samples.accepted(addressed(), Form.FULL).order.personal
    assert samples.accepted(addressed(state=..., province="TX"), Form.FULL).order.personal == stated
    assert samples.accepted(addressed(state="", province="TX"), Form.FULL).order.personal == stated
    assert samples.warnings(addressed(province="TX"), Form.FULL) == []
    assert samples.warnings(addressed(province="CA"), Form.FULL) == [
        ("/shippingAddress/province", "differing-state")
    ]


@pytest.mark.parametrize("country", ["DE", "Germany", "nl", "Singapore", "Atlantis", "GB"])
def test_a_country_that_has_no_states_may_leave_the_state_empty(country: str) -> None:
    for state in (..., "", None):
        assert samples.warnings(addressed(country=country, state=state), Form.FULL) == []


@pytest.mark.parametrize(
    "country",
    [
        "us",
        "U.S.A.",
        "united states",
        *COUNTRIES_WITH_STATES,
        *(ways[-1].upper() for ways in COUNTRIES_WITH_STATES.values()),
    ],
)
def test_a_country_that_sorts_parcels_by_state_needs_one(country: str) -> None:
    assert samples.problems(addressed(country=country, state=""), Form.FULL) == [
        ("/shippingAddress/state", "missing")
    ]


def test_a_full_order_needs_both_addresses_and_an_acknowledgement_none() -> None:
    assert samples.problems(samples.ORDER, Form.FULL) == [
        ("/customerAddress", "missing"),
        ("/shippingAddress", "missing"),
    ]
    assert isinstance(samples.read(samples.ORDER), Accepted)


@pytest.mark.parametrize(
    ("sent", "code"),
    [(..., "missing"), (None, "missing"), ("", "missing"), (" ", "missing"), ("x", "wrong-type"),
     (7, "wrong-type"), ([], "wrong-type"), (True, "wrong-type")],
)  # fmt: skip
def test_only_an_address_that_was_not_sent_is_missing(sent: Any, code: str) -> None:
    value = samples.order(customerAddress=samples.ADDRESS, shippingAddress=sent)
    assert samples.problems(value, Form.FULL) == [("/shippingAddress", code)]


@pytest.mark.parametrize("empty", [{}, {"firstName": "", "city": None}])
def test_an_address_form_that_nobody_filled_in_counts_as_not_sent(empty: dict[str, Any]) -> None:
    sent = samples.order(customerAddress=samples.ADDRESS, shippingAddress=empty)
    assert "/shippingAddress" not in samples.accepted(sent).order.personal
    assert samples.problems(sent, Form.FULL) == [
        (f"/shippingAddress/{name}", "missing") for name in samples.ADDRESS if name != "state"
    ]


def test_an_address_on_an_acknowledgement_is_validated_like_everywhere() -> None:
    sent = samples.order(shippingAddress={"firstName": "Ana"})
    assert ("/shippingAddress/city", "missing") in samples.problems(sent)


def test_an_unknown_member_of_an_address_is_named_and_not_kept() -> None:
    found = samples.accepted(addressed(**{"door/code": "4711"}), Form.FULL)
    assert [(warning.pointer, warning.code) for warning in found.warnings] == [
        ("/shippingAddress/door~1code", "unknown-member")
    ]
    assert "4711" not in str(found.order.personal) + repr(found.warnings)


# What surrounds the values


def test_an_unknown_member_is_named_and_never_shown() -> None:
    found = samples.accepted({**samples.line(colour="red"), "a/b~c": "secret", "Priority": 1})
    assert {(warning.pointer, warning.code) for warning in found.warnings} == {
        ("/a~1b~0c", "unknown-member"),
        ("/Priority", "unknown-member"),
        ("/lineItems/0/colour", "unknown-member"),
    }
    assert "secret" not in repr(found.warnings)
    assert any("did you mean priority?" in warning.message for warning in found.warnings)


def test_of_two_members_with_one_name_the_last_counts_and_is_named() -> None:
    text = json.dumps(samples.ORDER)
    for first in ('"1"', "{}"):
        body = f'{{"purchaseOrderNumber": {first}, {text[1:]}'.encode()
        found = read_order(body, Form.ACKNOWLEDGEMENT, samples.UTC)
        assert isinstance(found, Accepted)
        assert found.order.content.purchase_order_number == "42015953"
        (warning,) = found.warnings
        assert (warning.pointer, warning.code) == ("/purchaseOrderNumber", "repeated-member")


def test_a_date_without_an_offset_is_read_in_the_clients_zone_and_named() -> None:
    found = samples.accepted(samples.order(orderDate="2022-07-01T12:00:00"), zone=samples.NEW_YORK)
    assert found.order.order_instant == 1_656_691_200_000_000
    assert found.order.content.order_date == "2022-07-01T12:00:00"
    assert [(warning.pointer, warning.code) for warning in found.warnings] == [("/orderDate", "no-offset")]


def test_problems_and_warnings_are_listed_up_to_a_hundred_and_then_counted() -> None:
    found = samples.rejected(samples.order(lineItems=[7] * 1_000, **{f"x{index}": 1 for index in range(150)}))
    assert (len(found.problems), len(found.warnings)) == (101, 101)
    assert (found.problems[-1].code, found.warnings[-1].code) == ("more", "more")
    assert "900" in found.problems[-1].message
    assert "50" in found.warnings[-1].message


def test_the_name_of_a_stranger_is_repeated_only_in_part() -> None:
    (warning,) = samples.accepted(samples.order(**{"x" * 100_000: 1})).warnings
    assert len(warning.pointer) < 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"hello", "byte 0"),
        (b"\xef\xbb\xbfhello", "byte 3"),
        (b'{"purchaseOrderNumber": "secret" "x"}', "byte 33"),
        (b'{"a": "secret', "ends before"),
        (b'{"a": "secret"} secret', "byte 17"),
        (b'{"a": "secret\xff"}', "not UTF-8, as byte 13"),
        (b'{"a": NaN}', "byte 6"),
        (b'{"a": 1e999}', "number"),
        (b'{"a": "secret\\ud800 and more"}', "surrogate"),
        (b'{"a": "secret\x00"}', "byte 13"),
        (b"[" * 100_000, "deep"),
        (b'{"a":' * 100_000, "deep"),
        ("{}".encode("utf-16"), "UTF-8"),
    ],
    ids=lambda entry: repr(entry[:20]),
)
def test_what_is_not_json_is_refused_with_the_place_and_without_the_text(body: bytes, said: str) -> None:
    with pytest.raises(NotJson) as refusal:
        read_order(body, Form.ACKNOWLEDGEMENT, samples.UTC)
    assert said in refusal.value.message
    assert "secret" not in refusal.value.message
    assert refusal.value.__suppress_context__


def test_an_order_of_too_many_values_is_refused_before_it_fills_the_memory() -> None:
    found = read_order(b'{"x":[' + b"[]," * 300_000 + b"1]}", Form.ACKNOWLEDGEMENT, samples.UTC)
    assert isinstance(found, Rejected)
    assert [(problem.pointer, problem.code) for problem in found.problems] == [("", "too-many")]
