"""Orders as shops send them, and how to look at what became of them."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any
from urllib.parse import quote

import httpx

from tests.harness.shop import Shop

ACKNOWLEDGEMENT = "/api/order/acknowledgement"
PLURAL = "/api/order/acknowledgements"
FULL = "/api/order"
READING = "/api/order/order-number/"
NDJSON = "application/x-ndjson"
PROBLEM = "application/problem+json"

LINE: dict[str, Any] = {"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "SHOE-9", "quantity": 2}]}

ADDRESS: dict[str, Any] = {
    "firstName": "Ana",
    "lastName": "Lee",
    "address1": "1 Main Street",
    "city": "Austin",
    "state": "TX",
    "postalCode": "78701",
    "country": "US",
}

_numbers = itertools.count(1)


def _without_gaps(members: dict[str, Any]) -> dict[str, Any]:
    return {name: copy.deepcopy(value) for name, value in members.items() if value is not ...}


def order(**members: Any) -> dict[str, Any]:
    """An order with a purchase order number of its own and these members; `...` leaves one out."""
    return _without_gaps(
        {
            "purchaseOrderNumber": f"PO-{next(_numbers)}",
            "orderDate": "2022-01-31T13:15:05.2151663-05:00",
            "lineItems": [LINE],
            **members,
        }
    )


def line(**members: Any) -> dict[str, Any]:
    """A line item with these members; `...` leaves one out."""
    return _without_gaps({**LINE, **members})


def address(**members: Any) -> dict[str, Any]:
    """A whole address with these members; `...` leaves one out."""
    return _without_gaps({**ADDRESS, **members})


def full(**members: Any) -> dict[str, Any]:
    """An order with both addresses."""
    return order(**{"customerAddress": ADDRESS, "shippingAddress": ADDRESS, **members})


def lines(*sent: Any) -> bytes:
    """An NDJSON body."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in sent)


def read(shop: Shop, number: str) -> httpx.Response:
    """What the shop reads back under a purchase order number."""
    return shop.get(READING + quote(number, safe=""))


STANDING = ("routing", "artwork", "delivery")
"""What a worker moves on, at any moment, of a line that is read back."""


def agreed(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines that were read back, without what may have changed since for reasons of its own."""
    return [{name: value for name, value in one.items() if name not in STANDING} for one in lines]


def codes(findings: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pointer and code of each problem or warning."""
    return [(finding["pointer"], finding["code"]) for finding in findings]


def check_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of an error, once everything that every error has was found in it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body: dict[str, Any] = answer.json()
    check_members(body, status, code)
    assert body["instance"].endswith("#" + answer.headers["x-request-id"])
    return body


def check_members(body: dict[str, Any], status: int, code: str) -> None:
    """Everything that every error has: what RFC 9457 names, and what older clients read."""
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"] == f"/docs#problem-{code}"
    assert body["title"]
    assert body["detail"] == body["error"] != ""
    assert isinstance(body["apiVersion"], str)
    assert isinstance(body["retryable"], bool)
    assert "#req_" in body["instance"]
    for problem in body.get("errors", []):
        assert problem.keys() == {"pointer", "code", "message"}
    assert "Traceback" not in json.dumps(body)
