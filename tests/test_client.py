"""The client keeps its word: a retry never doubles, a refusal is told whole, a stream goes both ways."""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from spectrum_orders import errors
from spectrum_orders.client import Client, Unintelligible, Unreachable, Untrusted
from tests.harness.relay import Relay
from tests.harness.shop import Shop


def order(number: object, **members: Any) -> dict[str, Any]:
    line = {"recipeSetId": "ABCD1234", "skuQuantities": [{"sku": "MUG", "quantity": 1}]}
    return {"purchaseOrderNumber": str(number), "orderDate": "2026-03-30", "lineItems": [line], **members}


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    with Client(shop.server.url, shop.token) as opened:
        yield opened


def test_an_order_is_acknowledged_read_back_and_has_a_receipt(client: Client) -> None:
    answer = client.acknowledge(order("A/1 é"))
    assert answer["allSuccessful"] is True
    assert client.order("A/1 é")["receiptId"] == answer["receiptId"]
    assert client.receipt(answer["receiptId"])["purchaseOrderNumber"] == "A/1 é"


def test_a_full_order_completes_one_that_came_without_addresses(client: Client) -> None:
    address = {
        "firstName": "Ada", "lastName": "Nowhere", "address1": "1 Example Way", "city": "Boulder",
        "state": "CO", "postalCode": "80302", "country": "US",
    }  # fmt: skip
    client.acknowledge(order("1"))
    answer = client.send_full(order("1", customerAddress=address, shippingAddress=address))
    assert answer["completed"] is True
    assert client.order("1")["shippingAddress"] == address


def test_a_refusal_is_the_servers_own_error_with_everything_it_said(client: Client) -> None:
    client.acknowledge(order("1"))
    with pytest.raises(errors.AlreadySubmitted) as taken:
        client.acknowledge(order("1", orderDate="2026-03-31"))
    assert taken.value.extra["differences"] == ["/orderDate"]
    with pytest.raises(errors.Invalid) as invalid:
        client.acknowledge(order("2", orderDate="soon", priority="urgent"))
    assert {problem.pointer for problem in invalid.value.problems} == {"/orderDate", "/priority"}
    with pytest.raises(errors.NotFound):
        client.order("2")


def test_many_orders_each_have_their_own_result(client: Client) -> None:
    answer = client.acknowledge_many([order("1"), b'{"purchaseOrderNumber": 7}', order("1")])
    assert [result["httpStatus"] for result in answer["results"]] == [200, 422, 409]
    assert answer["counts"] == {"acknowledged": 1, "duplicates": 1, "rejected": 1}


def test_a_dry_run_stores_nothing(client: Client) -> None:
    assert client.acknowledge(order("1"), dry_run=True)["dryRun"] is True
    assert [result["httpStatus"] for result in client.stream([order("1")], dry_run=True)] == [200]
    with pytest.raises(errors.NotFound):
        client.order("1")


def test_an_order_whose_answer_was_lost_is_stored_once_and_answered(shop: Shop) -> None:
    with Relay(shop.server.url, lost_answers=2) as wire, Client(wire.url, shop.token) as client:
        answer = client.acknowledge(order("1"))
        assert wire.connections == 3
        assert client.order("1")["receiptId"] == answer["receiptId"]


def test_a_list_whose_answer_was_lost_is_stored_once_and_answered(shop: Shop) -> None:
    with Relay(shop.server.url, lost_answers=1) as wire, Client(wire.url, shop.token) as client:
        answer = client.acknowledge_many(order(number) for number in range(50))
        assert answer["counts"] == {"acknowledged": 50, "duplicates": 0, "rejected": 0}


def test_a_stream_is_answered_order_by_order_before_it_ends(client: Client) -> None:
    came = threading.Event()

    def one_by_one() -> Iterator[dict[str, Any]]:
        for number in range(5):
            yield order(number)
            # The next order exists only after this one's result: whoever sends everything first hangs.
            assert came.wait(60)
            came.clear()

    for result in client.stream(one_by_one()):
        assert result["httpStatus"] == 200
        came.set()


def test_a_long_stream_loses_nothing_and_keeps_its_order(client: Client) -> None:
    results = list(client.stream(order(number, giftMessage="x" * 500) for number in range(3000)))
    assert [result["purchaseOrderNumber"] for result in results] == [str(number) for number in range(3000)]
    assert {result["httpStatus"] for result in results} == {200}


def test_a_stream_that_breaks_off_says_so_and_can_be_sent_again(shop: Shop) -> None:
    numbers = [str(number) for number in range(500)]
    answered: set[str] = set()
    with Relay(shop.server.url, cut_after=9_000) as wire, Client(wire.url, shop.token) as client:
        stream = client.stream(order(number) for number in numbers)
        with pytest.raises(Unreachable, match="broke off"):
            answered.update(result["purchaseOrderNumber"] for result in stream)
    assert 0 < len(answered) < 500
    with Client(shop.server.url, shop.token) as client:
        again = list(client.stream(order(number) for number in numbers))
    refused = {result["purchaseOrderNumber"] for result in again if result["httpStatus"] == 409}
    assert len(again) == 500
    assert answered <= refused
    assert {result["httpStatus"] for result in again} <= {200, 409}


def test_a_source_that_fails_raises_its_own_error(client: Client) -> None:
    def breaks() -> Iterator[dict[str, Any]]:
        yield order("1")
        raise FileNotFoundError(2, "gone")

    with pytest.raises(FileNotFoundError):
        list(client.stream(breaks()))


def test_a_stream_that_is_refused_as_a_whole_raises_the_reason(shop: Shop) -> None:
    with Client(shop.server.url, "spk_test_nonsense") as client, pytest.raises(errors.Unauthenticated):
        list(client.stream([order("1")]))
    with Client(shop.server.url, shop.token) as client, pytest.raises(errors.BadRequest):
        list(client.stream([]))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of `localhost` that signs itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


def test_orders_and_streams_go_over_tls(
    shop: Shop, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with Relay(shop.server.url, tls=context) as wire, Client(wire.url, shop.token) as client:
        with pytest.raises(Untrusted):
            client.acknowledge(order("1"))
        with pytest.raises(Untrusted):
            list(client.stream([order("1")]))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert client.acknowledge(order("1"))["allSuccessful"] is True
        results = list(client.stream(order(number, giftMessage="x" * 500) for number in range(2, 1000)))
        assert [result["httpStatus"] for result in results] == [200] * 998


class Stub(http.server.BaseHTTPRequestHandler):
    """The far side of the wire, with answers written beforehand."""

    protocol_version = "HTTP/1.1"
    answers: list[tuple[int, dict[str, str], bytes]]
    heard: list[dict[str, str]]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append({name.lower(): value for name, value in self.headers.items()})
        status, headers, body = self.answers.pop(0)
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def stub() -> Iterator[tuple[str, type[Stub]]]:
    handler = type("Scripted", (Stub,), {"answers": [], "heard": []})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", handler
        listening.shutdown()
        thread.join()


BUSY = b'{"code": "unavailable", "detail": "Busy.", "status": 503}'
DONE = b'{"allSuccessful": true}'


@pytest.mark.parametrize("status", [503, 429])
def test_a_server_that_asks_for_patience_is_asked_again_with_the_same_key(
    stub: tuple[str, type[Stub]], status: int
) -> None:
    url, far = stub
    far.answers += [(status, {"Retry-After": "0"}, BUSY)] * 2 + [(200, {}, DONE)]
    with Client(url, "token") as client:
        assert client.acknowledge(order("1")) == {"allSuccessful": True}
    keys = {heard["idempotency-key"] for heard in far.heard}
    assert len(far.heard) == 3
    assert len(keys) == 1


def test_without_a_retry_after_a_refusal_is_final(stub: tuple[str, type[Stub]]) -> None:
    url, far = stub
    far.answers.append((503, {}, BUSY))
    with Client(url, "token") as client, pytest.raises(errors.Unavailable, match="Busy"):
        client.acknowledge(order("1"))
    assert len(far.heard) == 1


def test_a_server_that_stays_busy_is_not_asked_for_ever(stub: tuple[str, type[Stub]]) -> None:
    url, far = stub
    far.answers += [(503, {"Retry-After": "0"}, BUSY)] * 3 + [(503, {"Retry-After": "3600"}, BUSY)]
    with Client(url, "token", attempts=3) as client:
        with pytest.raises(errors.Unavailable):
            client.acknowledge(order("1"))
        assert len(far.heard) == 3
        # An hour is longer than anybody waits for an answer.
        with pytest.raises(errors.Unavailable) as refused:
            client.acknowledge(order("1"))
    assert refused.value.retry_after == 3600


def test_a_key_of_the_callers_own_is_sent_and_a_dry_run_has_none(stub: tuple[str, type[Stub]]) -> None:
    url, far = stub
    far.answers += [(200, {}, DONE)] * 2
    with Client(url, "token") as client:
        client.acknowledge(order("1"), idempotency_key="checkout-1")
        client.acknowledge(order("1"), dry_run=True)
    assert far.heard[0]["idempotency-key"] == "checkout-1"
    assert "idempotency-key" not in far.heard[1]


def test_each_request_has_a_key_of_its_own(stub: tuple[str, type[Stub]]) -> None:
    url, far = stub
    far.answers += [(200, {}, DONE)] * 2
    with Client(url, "token") as client:
        client.acknowledge(order("1"))
        client.acknowledge(order("1"))
    assert far.heard[0]["idempotency-key"] != far.heard[1]["idempotency-key"]


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>hello</html>"), (502, b"<html>Bad Gateway</html>"), (200, b"[]")]
)
def test_what_is_no_order_server_is_called_so(stub: tuple[str, type[Stub]], status: int, body: bytes) -> None:
    url, far = stub
    far.answers.append((status, {"Content-Type": "text/html"}, body))
    with Client(url, "token") as client, pytest.raises(Unintelligible, match="text/html"):
        client.acknowledge(order("1"))


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with Client("http://127.0.0.1:1", "token", attempts=2) as client:
        with pytest.raises(Unreachable, match="refused"):
            client.acknowledge(order("1"))
        with pytest.raises(Unreachable, match="refused"):
            list(client.stream([order("1")]))


@pytest.mark.parametrize(
    "url",
    ["", "orders.example", "ftp://orders.example", "http://", "http://user:pw@orders.example",
     "http://orders.example?x=1", "http://orders.example:notaport", "http://orders.example\r\nX: y"],
)  # fmt: skip
def test_a_base_url_that_no_server_has_is_refused(url: str) -> None:
    with pytest.raises(errors.BadRequest):
        Client(url, "token")


@pytest.mark.parametrize("token", ["", "spk_secret with space", "spk_secret\r\nX-Other: 1", "spk_sécret"])
def test_a_token_that_cannot_be_one_is_refused_and_never_repeated(token: str) -> None:
    with pytest.raises(errors.BadRequest) as refused:
        Client("http://127.0.0.1:8000", token)
    assert "secret" not in str(refused.value)


def test_a_client_does_not_show_its_token() -> None:
    assert "spk" not in repr(Client("http://127.0.0.1:8000", "spk_test_x"))
