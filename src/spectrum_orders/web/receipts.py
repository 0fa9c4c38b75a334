"""``GET /api/receipts/{receiptId}``: what was agreed, signed; and the key that says so."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from spectrum_orders import ids
from spectrum_orders.crypto import KeyRing
from spectrum_orders.errors import NotFound
from spectrum_orders.receipting import signed_receipt
from spectrum_orders.runtime import Runtime
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

_encode = msgspec.json.Encoder().encode


class Receipts:
    """Both endpoints of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def read(self, exchange: Exchange, principal: Principal) -> None:
        """Answer with the signed receipt. Another client's, or what is no id at all, is not found."""
        number = ids.parse_readable("rcp", exchange.parameter)
        found = None
        if number is not None:
            found = await look(lambda: self._find(principal, number))
        if found is None:
            raise NotFound("There is no receipt with this id.")
        await exchange.respond(200, _encode(found))

    async def key(self, exchange: Exchange) -> None:
        """Answer with the public key that verifies every receipt of this deployment."""
        await exchange.respond(
            200, _encode(describe_key(self._runtime.keys, self._runtime.settings.environment))
        )

    def _find(self, principal: Principal, number: int) -> dict[str, Any] | None:
        with self._runtime.database.read() as connection:
            return signed_receipt(
                self._runtime, connection, principal.client_id, principal.client_handle, number
            )


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
