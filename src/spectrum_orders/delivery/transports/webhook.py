"""By HTTPS POST, signed as Standard Webhooks 1.0.0 says.

The signature covers the whole body, so the content is read twice: once to sign it and once to send it. A
receiver should hold the timestamp against its clock when the headers arrive, because a large body may take
longer than the tolerance.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections.abc import Iterator
from urllib.parse import quote

from spectrum_orders.artwork.zipping import Member, Zipped
from spectrum_orders.delivery.transports.contract import Content, Proof
from spectrum_orders.delivery.transports.names import split_name
from spectrum_orders.delivery.transports.reading import blocks, patience, pumped
from spectrum_orders.delivery.transports.wire import failed, unsuccessful
from spectrum_orders.domain.destinations import Destination
from spectrum_orders.domain.package import naming
from spectrum_orders.outbound import Outbound, OutboundError
from spectrum_orders.webhooks.signature import headers

NAME_HEADER = "spectrum-file-name"
"""The file's name, as in a URL: what is not ASCII is escaped."""


def message_id(name: str, content: Content) -> str:
    """The same for every attempt at one delivery, another for other bytes under the same name."""
    return "msg_" + hashlib.sha256(name.encode() + b"\0" + content.sha256).hexdigest()[:32]


class Ticket:
    """A package's ticket as what is delivered."""

    def __init__(self, member: Member) -> None:
        self.size = member.size
        self.sha256 = member.sha256
        self.media_type = member.media_type
        self._read = member.read

    def chunks(self) -> Iterator[bytes]:
        """All of it."""
        yield from self._read()


def ticket_of(name: str, content: Content) -> tuple[str, Content]:
    """A package's ticket, and what it is called; what is no package stays what it is."""
    if not isinstance(content, Zipped):
        return name, content
    ticket = next(one for one in content.members if one.name == naming.TICKET_JSON)
    return f"{name.removesuffix('.zip')}.json", Ticket(ticket)


class WebhookTransport:
    """Posts to one URL: packages, or with ``ticket_alone`` the JSON ticket of each and nothing else of it."""

    def __init__(
        self,
        destination: Destination,
        keys: tuple[bytes, ...],
        outbound: Outbound,
        *,
        ticket_alone: bool = False,
    ) -> None:
        self._destination = destination
        self._ticket_alone = ticket_alone
        self._keys = keys
        self._outbound = outbound

    async def close(self) -> None:
        """Close its connections."""
        await self._outbound.close()

    async def is_there(self, name: str) -> bool:
        """Never: nobody drops a file beside what was posted."""
        return False

    async def names(self, folder: str, ending: str) -> list[str]:
        """None, for the same reason."""
        return []

    async def put(self, name: str, content: Content) -> Proof:
        """Post it; any 2xx is success."""
        if self._ticket_alone:
            name, content = ticket_of(name, content)
        split_name(name)
        message, timestamp = message_id(name, content), int(time.time())
        signed = await asyncio.to_thread(headers, self._keys, message, timestamp, blocks(content))
        digest = base64.b64encode(content.sha256).decode()
        sent = [
            ("content-type", content.media_type),
            ("content-length", str(content.size)),
            ("content-digest", f"sha-256=:{digest}:"),
            (NAME_HEADER, quote(name, safe="/")),
            *signed,
        ]
        try:
            answer = await self._outbound.send(
                "POST",
                str(self._destination),
                headers=sent,
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
