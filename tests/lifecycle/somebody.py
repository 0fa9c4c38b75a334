"""Somebody who orders a mug with words and a picture of their own, and a house in which that is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spectrum_orders.lifecycle import erasing, reports
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import orders, parties, partner_tokens, partners
from spectrum_orders.store.orders import StoredOrder
from tests.api.designs import picture, taken, upload
from tests.harness.factory import MUG, Factory, opened_store
from tests.harness.server import Server
from tests.harness.shop import Shop

SCOPES = ("acknowledge", "read", "admin")
EMAIL = "wilhelmina@featherstone.example"
ADDRESS = {
    "firstName": "Wilhelmina",
    "lastName": "Featherstonehaugh",
    "address1": "1408 Marmalade Crescent",
    "city": "Boulder",
    "state": "CO",
    "postalCode": "80302",
    "country": "US",
}
WORDS = ("wilhelmina", "featherston", "marmalade", "zinnia")
"""What of this person must not be found any more."""


def design(asset: str | None = None, words: str = "Zinnia") -> dict[str, Any]:
    """A mug with words on it, and a picture."""
    text = {"type": "text", "text": words, "box": {"x": 5, "y": 5, "width": 50, "height": 20}, "size": 9}
    layers = [text] if asset is None else [{"type": "image", "asset": asset}, text]
    return {"recipes": [{"product": "mug", "fillings": [{"area": "wrap", "layers": layers}]}]}


def sell(shop: Shop, *names: str, colour: str = "teal", words: str = "Zinnia") -> str:
    """Put a design under these names; the SHA-256 of the picture on it."""
    shop.put("/api/products/mug", MUG)
    asset: str = taken(upload(shop, picture(colour)))["sha256"]
    for name in names:
        taken(shop.put(f"/api/recipesets/{name}", design(asset, words)))
    return asset


def order(number: str, *recipe_sets: str, **more: Any) -> dict[str, Any]:
    """An order of this person."""
    lines = [
        {"recipeSetId": name, "skuQuantities": [{"sku": "MUG", "quantity": 1}], "giftMessage": "For Zinnia"}
        for name in recipe_sets or ("ABCD1234",)
    ]
    return {
        "purchaseOrderNumber": number,
        "orderDate": "2026-11-24",
        "emailAddress": EMAIL,
        "customerAddress": ADDRESS,
        "shippingAddress": ADDRESS,
        "lineItems": lines,
        **more,
    }


def send(shop: Shop, number: str, *recipe_sets: str, **more: Any) -> dict[str, Any]:
    """Send such an order, which has to be acknowledged."""
    answer = shop.post("/api/order", order(number, *recipe_sets, **more))
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def read(shop: Shop, number: str) -> dict[str, Any]:
    """The order as its shop reads it."""
    answer = shop.get(f"/api/order/order-number/{number}")
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


def erase(shop: Shop, number: str) -> dict[str, Any]:
    """Erase the people of one order, beside the running server; what is said of it."""
    with opened_store(shop.server) as runtime:
        done = erase_in(runtime, stored(runtime, shop, number))
        assert erasing.clear_log(runtime)
        with runtime.database.read() as connection:
            names = {one.id: one.handle for one in partners.everybody(connection)}
    return reports.done(done, names)


def stored(runtime: Runtime, shop: Shop, number: str) -> StoredOrder:
    """The order as it lies in the store."""
    with runtime.database.read() as connection:
        client = parties.find_client(connection, shop.handle)
        assert client is not None
        found = orders.find_order(connection, client.id, number)
    assert found is not None
    return found


def erase_in(runtime: Runtime, found: StoredOrder) -> erasing.Erased:
    """Erase within this process."""
    return erasing.carry_out(runtime, found.client_id, found.id, actor="test")


def partner_token(server: Server, factory: Factory) -> str:
    """A token of a factory."""
    with opened_store(server) as runtime, runtime.ledger.write() as tx:
        partner = partners.find(tx.connection, factory.handle)
        assert partner is not None
        text, _ = partner_tokens.create(tx, partner, runtime.settings.environment)
    return text


def traces(folder: Path) -> list[str]:
    """Words of this person in any byte below a folder."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            found += [f"{path.name}: {word}" for word in WORDS if word.encode() in content]
    return found
