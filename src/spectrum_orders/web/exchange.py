"""One request and its answer, without the cost of request objects."""

from __future__ import annotations

import asyncio
import itertools
import os
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from spectrum_orders.errors import BadRequest, TooLarge, Unavailable, UnsupportedMediaType
from spectrum_orders.web.room import Room
from spectrum_orders.web.spool import Depot, Spool

if TYPE_CHECKING:
    from spectrum_orders.web.auth import Principal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SMALL_BODY = 256 * 1024
"""Bodies up to this size are read in memory, without waiting for room among the large ones."""

MIDDLING_BODY = 1 << 20
MIDDLING_BYTES = 4 << 20
"""Bodies up to this size arrive in memory too while there is room for them among these bytes, because a file
costs a millisecond; a thousand plain orders are 300 KB. Those that find no room go by the disk at once."""

SPOOLED_BYTES = 1 << 30
"""Bytes of large bodies that may lie on the disk at once, arriving or waiting for their turn: 64 of the
largest. Below this nobody who is slow costs another anything."""

LARGE_BYTES = 16 * 1024 * 1024
"""Bytes of large bodies in memory at once: the others wait on the disk, whole. One core reads no two of them
faster than one after the other."""

LARGE_ORDERS = 10_000
"""Orders of bulk requests that are worked on at once: so many may come in a body that is not large, and what
is made of each is larger than ``{}``. They are no more than may wait for the database by default."""

ROOM_SECONDS = 20.0
"""How long a large request waits for its turn before its sender is told to come back."""

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
        "held_orders",
        "limits",
        "method",
        "parameters",
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
        self.parameters: tuple[str, ...] = ()
        self.status = 0
        self.principal: Principal | None = None
        self.limits = limits
        self.held = self.held_orders = 0
        self.extra_headers: list[tuple[bytes, bytes]] = []

    @property
    def parameter(self) -> str:
        """The parameter of a path that has one."""
        return self.parameters[0]

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
        more = True
        while more and size <= SMALL_BODY:
            piece, more = await self._piece()
            pieces.append(piece)
            size += len(piece)
            if size > self.limits.max_body_bytes:
                raise self._too_large()
        if size <= SMALL_BODY:
            return b"".join(pieces)
        declared = int(self.header(b"content-length") or self.limits.max_body_bytes)
        if declared <= MIDDLING_BODY and (held := self.limits.middling.take_at_once(declared)):
            try:
                while more:
                    piece, more = await self._piece()
                    pieces.append(piece)
                self.held = await _turn(self.limits.room, declared)
                return b"".join(pieces)
            finally:
                self.limits.middling.give(held)
        with Spool(self.limits.depot) as spool:
            while pieces:
                spool.write(pieces.pop(0))
            while more:
                piece, more = await self._piece()
                size += len(piece)
                if size > self.limits.max_body_bytes:
                    raise self._too_large()
                spool.write(piece)
            # Kept until the request is answered: what is made of a body is larger still.
            self.held = await _turn(self.limits.room, size)
            return await spool.read()

    async def take_turn(self, orders: int) -> None:
        """Wait until so many orders may be worked on beside those of others. Once for each request.

        Raises Unavailable. No circle of requests that wait for each other comes of a body that holds room
        here: whoever holds a turn waits for nobody's body.
        """
        self.held_orders = await _turn(self.limits.orders, orders)

    def give_room(self) -> None:
        """Give back what the request took. Called once it is answered, however that came out."""
        if self.held:
            self.limits.room.give(self.held)
            self.held = 0
        if self.held_orders:
            self.limits.orders.give(self.held_orders)
            self.held_orders = 0

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

    def asked(self) -> Iterator[tuple[bytes, bytes]]:
        """The query's parameters: names decoded, because whoever reads one and whoever refuses what is not
        known have to agree on them, and values as they were sent."""
        for part in self.query.split(b"&") if self.query else ():
            name, _, value = part.partition(b"=")
            if b"%" in name or b"+" in name:
                name = urllib.parse.unquote_to_bytes(name.replace(b"+", b" "))
            yield name, value

    def flag(self, name: bytes) -> bool:
        """A yes-or-no query parameter, ``false`` when absent. Raises BadRequest."""
        for key, value in self.asked():
            if key.lower() == name.lower():
                lowered = value.lower()
                if lowered in (b"true", b"1", b"yes", b""):
                    return True
                if lowered in (b"false", b"0", b"no"):
                    return False
                raise BadRequest(f"The query parameter {name.decode()} is 'true' or 'false'.")
        return False

    def text(self, name: bytes) -> str | None:
        """A query parameter as it was sent, ``None`` when absent or empty. Raises BadRequest."""
        for key, value in self.asked():
            if key.lower() == name.lower() and value:
                try:
                    found = urllib.parse.unquote_to_bytes(value.replace(b"+", b" ")).decode()
                except UnicodeDecodeError:
                    found = "\0"
                if "\0" in found:
                    raise BadRequest(f"The query parameter {name.decode()} is not a text.")
                return found
        return None


def unsupported(sent: bytes) -> UnsupportedMediaType:
    """415, with what to send instead."""
    shown = "".join(char for char in sent.decode("latin-1")[:100] if char.isascii() and char.isprintable())
    return UnsupportedMediaType(
        f"The body was sent as {shown or 'nothing'}. Send it as JSON, with the header "
        "Content-Type: application/json (curl: -H 'Content-Type: application/json'), "
        "or as application/x-ndjson for a stream of orders."
    )


async def _turn(room: Room, size: int) -> int:
    try:
        async with asyncio.timeout(ROOM_SECONDS):
            return await room.take(size)
    except TimeoutError:
        raise Unavailable(
            "Too many large requests at once; nothing was stored. Try again.", retry_after=2
        ) from None


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
        self.middling = Room(MIDDLING_BYTES)
        self.orders = Room(LARGE_ORDERS)
        self.depot = Depot(max(SPOOLED_BYTES, max_body_bytes))
