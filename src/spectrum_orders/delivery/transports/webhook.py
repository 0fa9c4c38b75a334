"""By HTTPS POST, signed as Standard Webhooks 1.0.0 says.

The signature covers the whole body, so the content is read twice: once to sign it and once to send it. A
receiver holds the timestamp against its clock with 300 s of tolerance; it should do so when the headers
arrive, because a large body may take longer.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from urllib.parse import quote

from spectrum_orders.delivery.transports.contract import Content, Proof
from spectrum_orders.delivery.transports.names import split_name
from spectrum_orders.delivery.transports.reading import blocks, patience, pumped
from spectrum_orders.delivery.transports.wire import failed, unsuccessful
from spectrum_orders.domain.destinations import Destination
from spectrum_orders.outbound import Outbound, OutboundError

NAME_HEADER = "spectrum-file-name"
"""The file's name, as in a URL: what is not ASCII is escaped."""

_PREFIX = "whsec_"
_LEAST, _MOST = 24, 64


def read_secrets(text: str) -> tuple[bytes, ...]:
    """The keys in ``whsec_…`` words; several during a rotation, the new one first. Raises ValueError."""
    keys = []
    for word in text.split():
        try:
            key = base64.b64decode(word.removeprefix(_PREFIX), validate=True)
        except ValueError:
            key = b""
        if not word.startswith(_PREFIX) or not _LEAST <= len(key) <= _MOST:
            raise ValueError("a secret is no whsec_ and the Base64 of 24 to 64 bytes")
        keys.append(key)
    if not keys:
        raise ValueError("no secret")
    return tuple(keys)


def message_id(name: str, content: Content) -> str:
    """The same for every attempt at one delivery, another for other bytes under the same name."""
    return "msg_" + hashlib.sha256(name.encode() + b"\0" + content.sha256).hexdigest()[:32]


def sign(keys: tuple[bytes, ...], message: str, timestamp: int, content: Content) -> str:
    """The value of ``webhook-signature``: one ``v1`` for each key."""
    head = f"{message}.{timestamp}.".encode()
    codes = [hmac.new(key, head, hashlib.sha256) for key in keys]
    for block in blocks(content):
        for code in codes:
            code.update(block)
    return " ".join(f"v1,{base64.b64encode(code.digest()).decode()}" for code in codes)


class WebhookTransport:
    """Posts to one URL."""

    def __init__(self, destination: Destination, keys: tuple[bytes, ...], outbound: Outbound) -> None:
        self._destination = destination
        self._keys = keys
        self._outbound = outbound

    async def close(self) -> None:
        """Close its connections."""
        await self._outbound.close()

    async def is_there(self, name: str) -> bool:
        """Never: nobody drops a file beside what was posted."""
        return False

    async def put(self, name: str, content: Content) -> Proof:
        """Post it; any 2xx is success."""
        split_name(name)
        message, timestamp = message_id(name, content), int(time.time())
        signature = await asyncio.to_thread(sign, self._keys, message, timestamp, content)
        digest = base64.b64encode(content.sha256).decode()
        headers = [
            ("content-type", content.media_type),
            ("content-length", str(content.size)),
            ("content-digest", f"sha-256=:{digest}:"),
            (NAME_HEADER, quote(name, safe="/")),
            ("webhook-id", message),
            ("webhook-timestamp", str(timestamp)),
            ("webhook-signature", signature),
        ]
        try:
            answer = await self._outbound.send(
                "POST",
                str(self._destination),
                headers=headers,
                body=pumped(content),
                seconds=patience(content.size),
            )
        except OutboundError as error:
            raise failed(error) from None
        if not 200 <= answer.status < 300:
            raise unsuccessful(answer, self._destination.host)
        return Proof(
            name=name,
            size=content.size,
            sha256=content.sha256.hex(),
            where=str(self._destination),
            checked=f"The receiver answered {answer.status} to {message}.",
        )
