"""``GET /api/receipts/{receiptId}``: what was agreed, signed; and the key that says so."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from spectrum_orders import crypto, ids
from spectrum_orders.crypto import KeyRing
from spectrum_orders.domain.receipts import Receipt, digest_text
from spectrum_orders.errors import NotFound
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import orders
from spectrum_orders.store.orders import StoredReceipt
from spectrum_orders.web import answers
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

_encode = msgspec.json.Encoder().encode


class Receipts:
    """Both endpoints of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def read(self, exchange: Exchange, principal: Principal) -> None:
        """Answer with the signed receipt. Another client's, or what is no id at all, is not found.

        Signed when asked for, which takes about 50 µs: what is stored are the digests, and the
        same receipt signed twice is the same bytes, because Ed25519 uses no randomness.
        """
        number = ids.parse_readable("rcp", exchange.parameter)
        found = None
        if number is not None:
            found = await look(lambda: self._find(principal.client_id, number))
        if found is None:
            raise NotFound("There is no receipt with this id.")
        await exchange.respond(200, _encode(self._sign(found, principal.client_handle)))

    async def key(self, exchange: Exchange) -> None:
        """Answer with the public key that verifies every receipt of this deployment."""
        await exchange.respond(
            200, _encode(describe_key(self._runtime.keys, self._runtime.settings.environment))
        )

    def _find(self, client_id: int, number: int) -> StoredReceipt | None:
        with self._runtime.database.read() as connection:
            return orders.find_receipt(connection, client_id, number)

    def _sign(self, found: StoredReceipt, client_handle: str) -> dict[str, Any]:
        receipt = Receipt(
            receipt_id=ids.readable("rcp", found.id),
            kind="completion" if found.kind == "completion" else "acknowledgement",
            environment=self._runtime.settings.environment,
            client_handle=client_handle,
            purchase_order_number=found.purchase_order_number,
            acknowledged_at=answers.iso(found.acknowledged_at),
            content_digest=digest_text(found.content_digest),
            personal_digest=digest_text(found.personal_digest),
        )
        return crypto.sign_receipt(self._runtime.keys, receipt, found.content, found.commitments)


def describe_key(keys: KeyRing, environment: str) -> dict[str, str]:
    """The public key as raw base64 and as PEM, with the id under which receipts name it."""
    pem = Ed25519PublicKey.from_public_bytes(keys.public_key).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "keyId": keys.key_id,
        "algorithm": "Ed25519",
        "publicKey": base64.b64encode(keys.public_key).decode(),
        "pem": pem.decode(),
        "environment": environment,
    }
