"""One request and its answer, without the cost of request objects."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from spectrum_orders.errors import BadRequest, TooLarge, Unavailable, UnsupportedMediaType
from spectrum_orders.web.room import Room

if TYPE_CHECKING:
    from spectrum_orders.web.auth import Principal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SMALL_BODY = 256 * 1024
"""Bodies up to this size are read without waiting for room among the large ones."""

LEASE_SECONDS = 1.0
PACE_BYTES = 256 * 1024
"""A large body that brings fewer bytes than this in the time of a lease leaves the room that it does not
fill to others. At a quarter of a megabyte a second the largest body takes a minute."""

LARGE_BYTES = 32 * 1024 * 1024
"""Bytes of large bodies in memory at once; the others wait with theirs still in the network. What is
made of a body takes up to twice its bytes beside it, and one core reads no two of them faster than
one after the other."""

ROOM_SECONDS = 20.0
"""How long a large body waits for room before it is told to come back."""

WHOLE = "spectrum.whole"
"""The ASGI extension under which our protocol offers to send a head and a body at once."""

JSON = b"application/json"
PROBLEM = b"application/problem+json"

_process = os.urandom(5).hex()
_count = itertools.count(1)


def new_request_id() -> str:
    """Unique to this process and request; cheap, because every answer carries one."""
    return f"req_{_process}{next(_count):08x}"


class ClientGone(Exception):
    """The client closed the connection before its request was whole."""


class Exchange:
    """A request being answered. ``route`` is the name under which it is counted."""

    __slots__ = (
        "extra_headers",
        "headers",
        "held",
        "limits",
        "method",
        "parameter",
        "path",
        "principal",
        "query",
        "receive",
        "request_id",
        "route",
        "scope",
        "send",
        "status",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, path: str, limits: Limits) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.method: str = scope["method"]
        self.path = path
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.query: bytes = scope["query_string"]
        self.request_id = new_request_id()
        self.route = "unmatched"
        self.parameter = ""
        self.status = 0
        self.principal: Principal | None = None
        self.limits = limits
        self.held = 0
        self.extra_headers: list[tuple[bytes, bytes]] = []

    def header(self, name: bytes) -> bytes | None:
        """The header of this lower-case name; of several, the last."""
        return self.headers.get(name)

    async def respond(
        self,
        status: int,
        body: bytes,
        content_type: bytes = JSON,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        """Send a whole answer, in one packet where the server can (see ``protocol``)."""
        whole = self.scope.get("extensions", {}).get(WHOLE)
        length = (b"content-length", b"%d" % len(body))
        if self.method == "HEAD":
            body = b""
        if whole is not None:
            self.status = status
            if whole(status, [*self._head(content_type), length, *headers, *self.extra_headers], body):
                return
        await self.start(status, content_type, (length, *headers))
        await self.send({"type": "http.response.body", "body": body})

    async def start(
        self, status: int, content_type: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()
    ) -> None:
        """Send the head of an answer."""
        self.status = status
        await self.send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*self._head(content_type), *headers, *self.extra_headers],
            }
        )

    def _head(self, content_type: bytes) -> tuple[tuple[bytes, bytes], ...]:
        return (
            (b"content-type", content_type),
            (b"x-request-id", self.request_id.encode()),
            *self.limits.headers,
        )

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises ClientGone when it ends early or stalls (see ``protocol``)."""
        more = True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            more = message.get("more_body", False)
            yield message.get("body", b"")

    async def body(self) -> bytes:
        """The whole body. Raises TooLarge, Unavailable or ClientGone."""
        declared = self.header(b"content-length")
        if declared is not None and int(declared) > self.limits.max_body_bytes:
            raise self._too_large()
        first, more = await self._piece()
        return await self._gather(first) if more else first

    async def _piece(self) -> tuple[bytes, bool]:
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        return message.get("body", b""), message.get("more_body", False)

    async def _gather(self, first: bytes) -> bytes:
        pieces = [first]
        size = len(first)
        loop = asyncio.get_running_loop()
        lease, size_then = loop.time() + LEASE_SECONDS, size
        more = True
        while more:
            try:
                async with asyncio.timeout_at(lease if self.held else None):
                    piece, more = await self._piece()
            except TimeoutError:
                piece = b""
            pieces.append(piece)
            size += len(piece)
            if size > self.limits.max_body_bytes:
                raise self._too_large()
            if size > max(SMALL_BODY, self.held):
                await self._take_room()
                lease, size_then = loop.time() + LEASE_SECONDS, size
            elif loop.time() >= lease:
                if size - size_then < PACE_BYTES:
                    self._keep_room(size + PACE_BYTES)
                lease, size_then = loop.time() + LEASE_SECONDS, size
        self._keep_room(size)
        return b"".join(pieces)

    async def _take_room(self) -> None:
        """Room for the whole body, and kept until it is answered: what is made of it is larger still.

        All that is missing at once, and not as it arrives: several bodies that are half here, each waiting
        for the others' room, would all wait in vain. See ``Room``.
        """
        declared = self.header(b"content-length")
        size = self.limits.max_body_bytes if declared is None else int(declared)
        try:
            async with asyncio.timeout(ROOM_SECONDS):
                self.held += await self.limits.room.take(size - self.held, more=self.held > 0)
        except TimeoutError:
            raise Unavailable(
                "Too many large requests at once; nothing was stored. Try again.", retry_after=2
            ) from None

    def give_room(self) -> None:
        """Give back what the body took. Called once the request is answered, however that came out."""
        self._keep_room(0)

    def _keep_room(self, size: int) -> None:
        """Give back what is held beyond this."""
        if self.held > size:
            self.limits.room.give(self.held - size)
            self.held = size

    def _too_large(self) -> TooLarge:
        return TooLarge(
            f"The body is larger than {self.limits.max_body_bytes} bytes. Send fewer orders at once, or "
            "stream them as application/x-ndjson."
        )

    def media_type(self) -> bytes:
        """The essence of the content type, lower-case; JSON when none was sent."""
        if self.headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise UnsupportedMediaType("Compressed bodies are not read; send it without Content-Encoding.")
        value = self.headers.get(b"content-type", JSON)
        if value == JSON:
            return JSON
        essence, _, parameters = value.partition(b";")
        for parameter in parameters.lower().split(b";"):
            name, _, charset = parameter.strip().partition(b"=")
            if name == b"charset" and charset.strip(b'" ') not in (b"utf-8", b"utf8", b"us-ascii"):
                raise UnsupportedMediaType("Only UTF-8 is understood; send the body in UTF-8.")
        return essence.strip().lower()

    def flag(self, name: bytes) -> bool:
        """A yes-or-no query parameter, ``false`` when absent. Raises BadRequest."""
        if not self.query:
            return False
        for part in self.query.split(b"&"):
            key, _, value = part.partition(b"=")
            if key.lower() == name.lower():
                lowered = value.lower()
                if lowered in (b"true", b"1", b"yes", b""):
                    return True
                if lowered in (b"false", b"0", b"no"):
                    return False
                raise BadRequest(f"The query parameter {name.decode()} is 'true' or 'false'.")
        return False


def common_headers(environment: str) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of every answer, whoever gives it."""
    return (
        (b"spectrum-environment", environment.encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    )


class Limits:
    """What every request of a process is held to."""

    def __init__(self, *, environment: str, max_body_bytes: int) -> None:
        self.headers = common_headers(environment)
        self.max_body_bytes = max_body_bytes
        self.room = Room(max(LARGE_BYTES, max_body_bytes))
