"""The orders of the demo. Every person in them is invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from spectrum_orders.cli.demo import catalogue

MANY = 1_000

GIFT = "Happy birthday, Grandma Wilhelmina! Love from all seven of us."

ADDRESS = {
    "firstName": "Wilhelmina",
    "lastName": "Featherstonehaugh",
    "address1": "1408 Marmalade Crescent",
    "city": "Boulder",
    "state": "CO",
    "postalCode": "80302",
    "country": "US",
    "email": "wilhelmina.featherstonehaugh@example.com",
    "phone": "+1 303 555 0142",
}

BUYER = {
    "firstName": "Odalys",
    "lastName": "Brankovic",
    "address1": "27 Thistledown Row",
    "city": "Portland",
    "state": "OR",
    "postalCode": "97205",
    "country": "US",
}


def single() -> dict[str, Any]:
    """The smallest order that is complete."""
    return {
        "purchaseOrderNumber": "42015953",
        "orderDate": now(),
        "lineItems": [
            {"recipeSetId": catalogue.MUG, "skuQuantities": [{"sku": "MUG-11OZ", "quantity": 2}]},
        ],
    }


def invalid() -> dict[str, Any]:
    """Five things are wrong with it."""
    return {
        "purchaseOrderNumber": "",
        "orderDate": "yesterday",
        "priority": "urgent",
        "lineItems": [
            {"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "MUG-11OZ", "quantity": 0}]},
            {"skuQuantities": [{"sku": "TEE-M", "quantity": 1}]},
        ],
    }


def many() -> Iterator[dict[str, Any]]:
    """``MANY`` small orders."""
    date = now()
    for number in range(1, MANY + 1):
        line = {"recipeSetId": catalogue.STICKER, "skuQuantities": [{"sku": "STICKER-60", "quantity": 1}]}
        yield {"purchaseOrderNumber": f"DEMO-{number:05}", "orderDate": date, "lineItems": [line]}


def full() -> dict[str, Any]:
    """An order with both addresses and a gift message."""
    return {
        "purchaseOrderNumber": "42015955",
        "orderDate": now(),
        "priority": "higher",
        "customerAddress": BUYER,
        "shippingAddress": ADDRESS,
        "lineItems": [
            {
                "recipeSetId": catalogue.GIFT,
                "skuQuantities": [{"sku": "GIFT-MUG", "quantity": 1}],
                "giftMessage": GIFT,
            }
        ],
    }


def now() -> str:
    """This moment, as an order names it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
