"""Receipts over HTTP: what was agreed can be shown to anybody, and to nobody else's shop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.domain.samples import ADDRESS, ORDER
from tests.harness.server import Server
from tests.harness.shop import Shop

CANARY = "Kanarienvogel"
FULL: dict[str, Any] = {
    **ORDER,
    "emailAddress": f"{CANARY}@shop.example",
    "customerAddress": {**ADDRESS, "firstName": CANARY},
    "shippingAddress": {**ADDRESS, "firstName": CANARY},
}


def receipt_of(shop: Shop, receipt_id: str) -> dict[str, Any]:
    answer = shop.get(f"/api/receipts/{receipt_id}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def verified(shop: Shop, document: dict[str, Any], folder: Path) -> None:
    """`spectrum receipt verify`, offline, with the key as the server publishes it."""
    key = shop.get("/.well-known/spectrum-receipt-key", token="")
    (folder / "key.json").write_text(key.text)
    (folder / "receipt.json").write_text(json.dumps(document))
    done = shop.server.spectrum(
        "receipt",
        "verify",
        str(folder / "receipt.json"),
        "--public-key",
        str(folder / "key.json"),
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_receipt_of_an_order_says_what_was_agreed_and_is_genuine(shop: Shop, tmp_path: Path) -> None:
    receipt_id = shop.acknowledge(ORDER).json()["receiptId"]
    document = receipt_of(shop, receipt_id)
    assert document["receiptId"] == receipt_id
    assert document["kind"] == "acknowledgement"
    assert document["clientHandle"] == shop.handle
    assert document["environment"] == "test"
    assert document["purchaseOrderNumber"] == ORDER["purchaseOrderNumber"]
    assert document["content"] == {**ORDER, "lineItems": [dict(line) for line in ORDER["lineItems"]]}
    verified(shop, document, tmp_path)


def test_a_receipt_read_twice_is_the_same_bytes(shop: Shop) -> None:
    receipt_id = shop.acknowledge(ORDER).json()["receiptId"]
    first, second = (shop.get(f"/api/receipts/{receipt_id}") for _ in range(2))
    assert first.content == second.content


def test_a_receipt_vouches_for_people_without_naming_them(shop: Shop, tmp_path: Path) -> None:
    receipt_id = shop.post("/api/order", FULL).json()["receiptId"]
    answer = shop.get(f"/api/receipts/{receipt_id}")
    assert CANARY not in answer.text
    assert set(answer.json()["commitments"]) == {"/emailAddress", "/customerAddress", "/shippingAddress"}
    verified(shop, answer.json(), tmp_path)


def test_a_completed_order_has_two_receipts_and_both_are_genuine(shop: Shop, tmp_path: Path) -> None:
    first = receipt_of(shop, shop.acknowledge(ORDER).json()["receiptId"])
    completed = shop.post("/api/order", FULL).json()
    assert completed["completed"] is True
    second = receipt_of(shop, completed["receiptId"])
    assert second["kind"] == "completion"
    assert set(second["commitments"]) == {"/emailAddress", "/customerAddress", "/shippingAddress"}
    assert second["content"] == first["content"]
    assert receipt_of(shop, first["receiptId"]) == first
    verified(shop, first, tmp_path)
    verified(shop, second, tmp_path)


def test_an_altered_receipt_is_not_genuine(shop: Shop, tmp_path: Path) -> None:
    document = receipt_of(shop, shop.acknowledge(ORDER).json()["receiptId"])
    document["content"]["lineItems"][0]["skuQuantities"][0]["quantity"] += 1
    with pytest.raises(AssertionError):
        verified(shop, document, tmp_path)


def test_another_shop_does_not_find_it(shop: Shop, server: Server) -> None:
    receipt_id = shop.acknowledge(ORDER).json()["receiptId"]
    with Shop(server) as stranger:
        answer = stranger.get(f"/api/receipts/{receipt_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    "receipt_id",
    [
        "rcp_0000000000000",
        "rcp_zzzzzzzzzzzzz",
        "rcp_iiiiiiiiiiiii",
        "rcp_",
        "ord_03f9bd2c20600",
        "1",
        "%00",
        "%F0%9F%8E%82",
        "rcp_03f9bd2c20600x",
    ],
)
def test_what_is_no_receipt_of_ours_is_not_found(shop: Shop, receipt_id: str) -> None:
    answer = shop.get(f"/api/receipts/{receipt_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_a_receipt_needs_the_scope_to_read(shop: Shop) -> None:
    receipt_id = shop.acknowledge(ORDER).json()["receiptId"]
    only_sends = shop.new_token("acknowledge")
    assert shop.get(f"/api/receipts/{receipt_id}", token=only_sends).status_code == 403
    assert shop.get(f"/api/receipts/{receipt_id}", token="").status_code == 401


def test_the_public_key_is_published_to_everybody(shop: Shop) -> None:
    key = shop.get("/.well-known/spectrum-receipt-key", token="").json()
    shown = shop.server.spectrum("keys", "show").stdout
    assert key["publicKey"] in shown
    assert key["keyId"] in shown
    assert key["algorithm"] == "Ed25519"
    assert key["environment"] == "test"
    assert key["pem"].startswith("-----BEGIN PUBLIC KEY-----\n")
