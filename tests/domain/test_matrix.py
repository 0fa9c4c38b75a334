"""Every member of an order, with every wrong thing in its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spectrum_orders.domain.codes import PROBLEMS, WARNINGS
from spectrum_orders.domain.fields import LINE_MEMBERS, ORDER_MEMBERS, PAIR_MEMBERS
from spectrum_orders.domain.order import Form
from spectrum_orders.domain.payloads import Accepted
from spectrum_orders.domain.personal import ADDRESS_FIELDS
from tests.domain import samples

CANARY = "Canary-Quetzalcoatl"

WRONG: dict[str, Any] = {
    "null": None,
    "true": True,
    "one": 1,
    "fraction": 1.5,
    "empty": "",
    "white": "  ",
    "list": [],
    "object": {},
    "nested": [[CANARY]],
    "stranger": {"stranger": CANARY},
    "nul": f"{CANARY}\x00",
    "huge": CANARY * 6_000,
    "digits": 10**3_000,
}

ABSENT, FINE = "absent", "fine"
"""A member that counts as not sent; a value that is simply right."""

TEXT = {
    "null": ABSENT,
    "true": "wrong-type",
    "one": "number-as-text",
    "fraction": "wrong-type",
    "empty": ABSENT,
    "white": "blank",
    "list": "wrong-type",
    "object": "wrong-type",
    "nested": "wrong-type",
    "stranger": "wrong-type",
    "nul": "control-character",
    "huge": "too-long",
    "digits": "too-long",
}
DATE = {**TEXT, "one": "wrong-type", "nul": "not-a-date", "huge": "not-a-date", "digits": "wrong-type"}
WORD = {
    **TEXT,
    "one": FINE,
    "fraction": "unknown-value",
    "nul": "unknown-value",
    "huge": "unknown-value",
    "digits": "unknown-value",
}
COUNT = {
    **TEXT,
    "one": FINE,
    "fraction": "not-whole",
    "white": "not-whole",
    "nul": "not-whole",
    "huge": "not-whole",
    "digits": "out-of-range",
}
LIST = {**dict.fromkeys(TEXT, "wrong-type"), "null": ABSENT, "empty": ABSENT, "list": "too-few"}
ENTRY = {**dict.fromkeys(TEXT, "wrong-type"), "object": "missing", "stranger": "unknown-member"}
ADDRESS = {**ENTRY, "null": ABSENT, "empty": ABSENT}

KINDS: dict[tuple[str | int, ...], dict[str, str]] = {
    ("purchaseOrderNumber",): TEXT,
    ("orderDate",): {**DATE, "white": "not-a-date"},
    ("lineItems",): LIST,
    ("accountNumber",): TEXT,
    ("estimatedDeliveryDate",): DATE,
    ("orderReference",): TEXT,
    ("organizationId",): TEXT,
    ("priority",): WORD,
    ("proofStatus",): WORD,
    ("serialNumber",): TEXT,
    ("customerServiceContact",): {**TEXT, "object": ABSENT, "stranger": FINE},
    ("emailAddress",): {**TEXT, "one": "unusual-email"},
    ("phoneNumber",): TEXT,
    ("customerAddress",): {**ADDRESS, "white": "blank", "object": ABSENT},
    ("shippingAddress",): {**ADDRESS, "white": "blank", "object": ABSENT},
    ("lineItems", 0): ENTRY,
    ("lineItems", 0, "recipeSetId"): TEXT,
    ("lineItems", 0, "recipeSetReadableId"): {
        **dict.fromkeys(TEXT, "differing-recipe-set-id"),
        "null": ABSENT,
        "empty": ABSENT,
        "white": "blank",
    },
    ("lineItems", 0, "skuQuantities"): {**LIST, "white": "blank", "list": ABSENT},
    ("lineItems", 0, "skuQuantities", 0): ENTRY,
    ("lineItems", 0, "skuQuantities", 0, "sku"): TEXT,
    ("lineItems", 0, "skuQuantities", 0, "quantity"): COUNT,
    ("lineItems", 0, "sku"): {
        **dict.fromkeys(TEXT, "differing-sku"),
        "null": ABSENT,
        "empty": ABSENT,
        "list": ABSENT,
    },
    ("lineItems", 0, "quantity"): {**dict.fromkeys(TEXT, "differing-sku"), "null": ABSENT, "empty": ABSENT},
    ("lineItems", 0, "giftMessage"): TEXT,
    ("lineItems", 0, "shipmentVendor"): TEXT,
    ("lineItems", 0, "shipmentTracking"): {**TEXT, "list": ABSENT},
    ("lineItems", 0, "estimatedDeliveryDate"): DATE,
    ("lineItems", 0, "proofStatus"): WORD,
    **{("shippingAddress", name): TEXT for name in (*ADDRESS_FIELDS, "province")},
    ("shippingAddress", "email"): {**TEXT, "one": "unusual-email"},
    ("shippingAddress", "state"): {**TEXT, "white": "missing"},
    ("shippingAddress", "province"): {
        **dict.fromkeys(TEXT, "differing-state"),
        "null": ABSENT,
        "empty": ABSENT,
    },
}  # fmt: skip

REQUIRED = {
    ("purchaseOrderNumber",),
    ("orderDate",),
    ("lineItems",),
    ("lineItems", 0, "recipeSetId"),
    ("lineItems", 0, "skuQuantities"),
    ("lineItems", 0, "skuQuantities", 0, "sku"),
    ("lineItems", 0, "skuQuantities", 0, "quantity"),
    *(("shippingAddress", name) for name in samples.ADDRESS),
}

BASE = samples.order(customerAddress=samples.ADDRESS, shippingAddress=samples.ADDRESS, priority="normal")


def test_the_matrix_has_a_row_for_every_member() -> None:
    rows = {path[-1] for path in KINDS}
    assert rows >= ORDER_MEMBERS | LINE_MEMBERS | PAIR_MEMBERS | set(ADDRESS_FIELDS)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("path", KINDS, ids=lambda path: ".".join(map(str, path)))
def test_a_wrong_value_is_named_where_it_stands_and_never_repeated(
    path: tuple[str | int, ...], wrong: str
) -> None:
    found = samples.read(samples.put(BASE, path, WRONG[wrong]))
    pointer = "/" + "/".join(map(str, path))
    findings = [*found.warnings, *(() if isinstance(found, Accepted) else found.problems)]
    here = {finding.code for finding in findings if finding.pointer.startswith(pointer)}
    expected = KINDS[path][wrong]
    if expected == ABSENT and path in REQUIRED:
        expected = "missing"
    assert here == set() if expected in (ABSENT, FINE) else expected in here, findings
    codes = {finding.code for finding in findings}
    if codes & (PROBLEMS.keys() - WARNINGS.keys()):
        assert not isinstance(found, Accepted)
    if isinstance(found, Accepted):
        assert {warning.code for warning in found.warnings} <= WARNINGS.keys()
    else:
        assert {problem.code for problem in found.problems} <= PROBLEMS.keys()
        assert found.problems
    assert CANARY not in repr(findings)


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("body", ["null", "true", "1", "1.5", '""', '"text"', "[]", "[{}]"])
def test_what_is_no_object_is_one_problem_of_the_whole(body: str, form: Form) -> None:
    found = samples.rejected(json.loads(body), form)
    assert [(problem.pointer, problem.code) for problem in found.problems] == [("", "wrong-type")]
    assert (found.purchase_order_number, found.line_ids) == (None, ())
