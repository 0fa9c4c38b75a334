"""The documented orders, and what is kept of them."""

from __future__ import annotations

import json

from spectrum_orders.domain.order import Form, Order, SkuQuantity, canonical
from spectrum_orders.domain.payloads import read_order
from spectrum_orders.domain.personal import LINE_FIELDS, ORDER_FIELDS
from tests.domain import samples


def test_the_documented_order_is_kept_as_it_was_sent() -> None:
    order = samples.accepted(samples.ORDER).order
    assert canonical(order.content) == (
        b'{"lineItems":[{"recipeSetId":"ABCD1234","skuQuantities":[{"quantity":2,"sku":"SHOE-9"}]}],'
        b'"orderDate":"2022-01-31T13:15:05.2151663-05:00","purchaseOrderNumber":"42015953"}'
    )
    assert order.order_instant == 1_643_652_905_215_166
    assert (order.form, order.personal) == (Form.ACKNOWLEDGEMENT, {})


def test_a_full_order_is_parted_into_what_was_agreed_and_who_it_is_for() -> None:
    found = samples.accepted(samples.FULL, Form.FULL)
    assert found.warnings == ()
    content = found.order.content
    assert (content.account_number, content.priority, content.proof_status) == ("A-17", "higher", "requested")
    assert content.estimated_delivery_date == "2022-02-05"
    assert (content.order_reference, content.organization_id, content.serial_number) == (
        "web 77",
        "org-1",
        "SN-1",
    )
    first, second = content.line_items
    assert first.sku_quantities == (SkuQuantity(2, "SHOE-9"),)
    assert first.shipment_tracking == ("1Z1", "1Z2")
    assert (first.shipment_vendor, first.proof_status) == ("UPS", "fulfilled")
    assert first.estimated_delivery_date == "2022-02-05T10:00:00Z"
    assert (second.recipe_set_id, second.sku_quantities) == ("EFGH5678", (SkuQuantity(1, "HAT"),))
    assert found.order.personal == {
        "/customerServiceContact": '{"name":"Desk","phone":"+1 555 0100"}',
        "/emailAddress": "ana@shop.example",
        "/phoneNumber": "+1 555 0101",
        "/customerAddress": (
            '{"address1":"1 Main Street","address2":"Door 4","city":"Austin","company":"Lee Ltd",'
            '"country":"US","email":"a@b.example","firstName":"Ana","lastName":"Lee","phone":"1",'
            '"postalCode":"78701","state":"TX"}'
        ),
        "/shippingAddress": (
            '{"address1":"1 Main Street","city":"Austin","country":"US",'
            '"firstName":"Ana","lastName":"Lee","postalCode":"78701","state":"TX"}'
        ),
        "/lineItems/0/giftMessage": "Dear Ana,\nhappy birthday 🎂",
    }


def test_nothing_personal_stands_in_the_content() -> None:
    content = canonical(samples.accepted(samples.FULL, Form.FULL).order.content)
    for name in (*ORDER_FIELDS, *LINE_FIELDS):
        assert name.encode() not in content
    for value in ("Ana", "Lee", "Main Street", "78701", "ana@shop.example", "555"):
        assert value.encode() not in content


def test_the_oldest_generation_names_sku_and_quantity_on_the_line() -> None:
    new = samples.accepted(samples.ORDER).order.content
    for sku in ("SHOE-9", ["SHOE-9"], [None, "SHOE-9", ""]):
        old = samples.accepted(samples.line(skuQuantities=..., sku=sku, quantity="2"))
        assert (old.order.content, old.warnings) == (new, ())


def test_the_withdrawn_format_is_answered_with_what_to_send() -> None:
    for name in ("recipeSets", "recipeSet", "RecipeSets"):
        found = samples.rejected({**samples.order(lineItems=...), name: [{"id": "ABCD1234"}]})
        (problem,) = found.problems
        assert (problem.pointer, problem.code) == ("/lineItems", "recipe-set-format")
        assert "skuQuantities" in problem.message


def test_every_problem_is_named_at_once_beside_what_could_be_read() -> None:
    found = samples.rejected(
        {
            "purchaseOrderNumber": "PO 7",
            "orderDate": "yesterday",
            "priority": "urgent",
            "lineItems": [
                {"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "A", "quantity": 0}]},
                {"skuQuantities": [{"quantity": 1}]},
                "line",
                {"recipeSetId": 12345678, "sku": ["A", "B"], "quantity": 1},
            ],
        }
    )
    assert [(problem.pointer, problem.code) for problem in found.problems] == [
        ("/orderDate", "not-a-date"),
        ("/priority", "unknown-value"),
        ("/lineItems/0/skuQuantities/0/quantity", "out-of-range"),
        ("/lineItems/1/recipeSetId", "missing"),
        ("/lineItems/1/skuQuantities/0/sku", "missing"),
        ("/lineItems/2", "wrong-type"),
        ("/lineItems/3/sku", "several-skus"),
    ]
    assert found.purchase_order_number == "PO 7"
    assert found.line_ids == ("ABCD1234", None, None, "12345678")
    assert [(warning.pointer, warning.code) for warning in found.warnings] == [
        ("/lineItems/3/recipeSetId", "number-as-text")
    ]


def test_an_order_does_not_print_its_people() -> None:
    order: Order = samples.accepted(samples.FULL, Form.FULL).order
    assert "Ana" not in repr(order)
    assert "Ana" not in str(order)


def test_a_byte_order_mark_is_no_part_of_the_order() -> None:
    body = json.dumps(samples.ORDER).encode()
    marked = read_order(b"\xef\xbb\xbf" + body, Form.ACKNOWLEDGEMENT, samples.UTC)
    assert marked == read_order(body, Form.ACKNOWLEDGEMENT, samples.UTC)
