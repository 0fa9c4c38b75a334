"""Orders on the command line: proven by their receipts, found by their people."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from spectrum_orders.crypto import KeyRing
from tests.harness.server import Server
from tests.harness.shop import Shop

ADDRESS = {
    "firstName": "Anna Maria",
    "lastName": "Berg",
    "address1": "1 Main Street",
    "city": "Springfield",
    "state": "OR",
    "postalCode": "97 477",
    "country": "US",
}


def order(number: str, **more: Any) -> dict[str, Any]:
    return {
        "purchaseOrderNumber": number,
        "orderDate": "2026-03-30",
        "lineItems": [{"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "S-1", "quantity": 1}]}],
        **more,
    }


@pytest.fixture
def receipt(shop: Shop, tmp_path: Path) -> Path:
    """A signed receipt in a file."""
    answer = shop.acknowledge(order("42", emailAddress="anna@shop.example")).json()
    file = tmp_path / "receipt.json"
    file.write_bytes(shop.get(f"/api/receipts/{answer['receiptId']}").content)
    return file


def verify(server: Server, file: Path, *options: str) -> tuple[int, dict[str, Any]]:
    done = server.spectrum("receipt", "verify", str(file), "--json", *options, check=False)
    return done.returncode, json.loads(done.stdout)


def test_a_receipt_is_genuine_by_the_key_of_its_deployment_in_every_form(
    server: Server, receipt: Path, tmp_path: Path
) -> None:
    keys = json.loads(server.spectrum("keys", "show", "--json").stdout)
    published = tmp_path / "key.json"
    published.write_text(json.dumps({"publicKey": keys["publicKey"]}))
    plain = tmp_path / "key.txt"
    plain.write_text(keys["publicKey"] + "\n")
    for options in ([], *(["--public-key", key] for key in (keys["publicKey"], str(published), str(plain)))):
        code, verdict = verify(server, receipt, *options)
        assert (code, verdict["genuine"]) == (0, True), options


def test_a_receipt_proves_nothing_by_itself_or_by_another_key(
    server: Server, receipt: Path, tmp_path: Path
) -> None:
    elsewhere = {"SPECTRUM_DATA_DIR": str(tmp_path / "elsewhere")}
    stranger = Server(server.place, elsewhere)
    code, verdict = verify(stranger, receipt)
    assert (code, verdict["genuine"], verdict["consistent"]) == (1, False, True)
    other = base64.b64encode(KeyRing.generate().public_key).decode()
    code, verdict = verify(server, receipt, "--public-key", other)
    assert (code, verdict["genuine"]) == (1, False)
    done = server.spectrum("receipt", "verify", str(receipt), "--public-key", "nonsense", check=False)
    assert done.returncode == 1
    assert "neither 32 bytes in base64 nor a file" in done.stderr


def test_a_receipt_with_one_changed_member_is_not_genuine(server: Server, receipt: Path) -> None:
    receipt.write_text(receipt.read_text().replace('"quantity":1', '"quantity":2'))
    code, verdict = verify(server, receipt)
    assert (code, verdict["consistent"]) == (1, False)


def test_a_persons_orders_are_found_at_one_client_by_mail_or_name_and_postal_code(
    server: Server, shop: Shop
) -> None:
    with Shop(server) as other:
        for each in (shop, other):
            assert each.acknowledge(order("mail", emailAddress="Anna@Shop.Example")).status_code == 200
    full = order("full", customerAddress=ADDRESS, shippingAddress={**ADDRESS, "email": "anna@shop.example"})
    assert shop.post("/api/order", full).status_code == 200

    def find(*options: str, given: str | None = None) -> list[str]:
        done = server.spectrum("person", "find", "--client", shop.handle, *options, given=given)
        return done.stdout.splitlines()

    assert find("--email", "anna@SHOP.example") == ["mail", "full"]
    assert find("--email", "-", given="anna@shop.example\n") == ["mail", "full"]
    assert find("--name", "anna maria BERG", "--postal-code", "97477") == ["full"]
    assert find("--name", "anna maria", "--postal-code", "97477") == []
    assert find("--email", "anna@shop.exampl") == []
