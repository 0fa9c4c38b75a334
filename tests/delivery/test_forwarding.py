"""An order that is forwarded as JSON: the ticket of each package alone, signed."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec
import standardwebhooks

from tests.api.orders import ADDRESS
from tests.conftest import FreshServer
from tests.delivery.working import until
from tests.harness.factory import Factory, opened, order, sell
from tests.harness.receiver import Authority, Receiver
from tests.harness.shop import Shop


def test_an_order_is_forwarded_as_its_ticket_alone_and_signed(
    fresh_server: FreshServer, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    with Receiver(authority.context) as receiver:
        server = fresh_server(SPECTRUM_DELIVER="on", SPECTRUM_OUTBOUND_NETWORKS="127.0.0.0/8,::1/128")
        key = "whsec_" + base64.b64encode(os.urandom(32)).decode()
        secret, ca = tmp_path / "secret", tmp_path / "ca.pem"
        secret.touch(mode=0o600)
        secret.write_text(key)
        ca.write_text(authority.pem)
        factory = Factory(server, tmp_path / "press")
        given = ("--secret-file", str(secret), "--ca", str(ca), "--body", "ticket")
        server.spectrum("destination", "add", "--partner", "press", receiver.url, *given)
        with Shop(server) as shop:
            factory.receives(shop)
            sell(shop, "ABCD1234")
            sent = order("PO-1", "ABCD1234", shippingAddress=ADDRESS, customerAddress=ADDRESS)
            answer = shop.post("/api/order", sent)
            assert answer.status_code == 200, answer.text
            (package,) = factory.await_packages()
            until(lambda: len(receiver.posted) == 1, "the ticket")
            (posted,) = receiver.posted
            ticket: dict[str, Any] = msgspec.json.decode(posted.body)
            assert posted.body == opened(package)["ticket.json"]
            assert (ticket["kind"], ticket["purchaseOrderNumber"]) == ("package", "PO-1")
            assert ADDRESS["lastName"] in posted.body.decode()
            assert standardwebhooks.Webhook(key).verify(posted.body, posted.headers) == ticket
            assert posted.headers["content-type"] == "application/json"
            assert posted.headers["spectrum-file-name"] == f"{shop.handle}/{package.stem}.json"
            digest = base64.b64encode(hashlib.sha256(posted.body).digest()).decode()
            assert posted.headers["content-digest"] == f"sha-256=:{digest}:"
            answer = shop.post("/api/order/cancel", {"purchaseOrderNumber": "PO-1"})
            assert answer.status_code == 200, answer.text
            until(lambda: len(receiver.posted) == 2, "the cancellation")
            assert msgspec.json.decode(receiver.posted[1].body)["kind"] == "cancellation"
