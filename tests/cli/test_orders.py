"""Orders on the command line: sent, proven by their receipts, found by their people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

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


def send(shop: Shop, body: str, *options: str, check: bool = True) -> tuple[int, list[dict[str, Any]]]:
    """`spectrum ack` from standard input: the exit code, and the answers."""
    done = shop.server.spectrum(
        "ack", "-", "--url", shop.server.url, "--token", shop.token, *options, given=body, check=check
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_one_order_is_sent_and_its_duplicate_is_refused_with_the_answer(shop: Shop) -> None:
    body = json.dumps(order("one"))
    assert send(shop, body, "--dry-run")[1][0]["purchaseOrderNumber"] == "one"
    _, (answer,) = send(shop, body)
    assert answer["allSuccessful"] is True
    code, (duplicate,) = send(shop, body, check=False)
    assert code == 1
    assert duplicate["receiptId"] == answer["receiptId"]
    assert duplicate["identical"] is True


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ("array", []),
        ("envelope", []),
        ("lines", []),
        ("lines", ["--bulk"]),
    ],
)
def test_many_orders_are_sent_in_every_shape_and_each_is_answered(
    shop: Shop, shape: str, options: list[str]
) -> None:
    orders = [order(f"{number}") for number in range(3)]
    body = {
        "array": json.dumps(orders),
        "envelope": json.dumps({"orders": orders}),
        "lines": "\n".join(json.dumps(each) for each in orders) + "\n\n",
    }[shape]
    code, answers = send(shop, body, *options)
    assert (code, [answer["httpStatus"] for answer in answers]) == (0, [200, 200, 200])
    code, answers = send(shop, body, *options, check=False)
    assert (code, [answer["httpStatus"] for answer in answers]) == (1, [409, 409, 409])


def test_what_is_no_json_is_not_sent(shop: Shop) -> None:
    assert send(shop, "purchaseOrderNumber: 1", check=False) == (1, [])


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
    (tmp_path / "elsewhere.out").mkdir()
    stranger = Server(server.place, elsewhere)
    code, verdict = verify(stranger, receipt)
    assert (code, verdict["genuine"], verdict["consistent"]) == (1, False, True)
    other = json.loads(stranger.spectrum("keys", "show", "--json").stdout)["publicKey"]
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
