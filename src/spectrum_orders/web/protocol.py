"""The HTTP/1.1 protocol with patience that ends: uvicorn's, with limits on slow clients.

uvicorn closes a connection that is idle between requests, but waits for ever for one that
sends a head or a body byte by byte. Here each connection notes when it last heard something,
and one sweep a second closes those that have stalled. A sweep costs the hot path one clock
reading per packet, where a timer per request would cost two heap operations.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import msgspec
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from spectrum_orders.web.exchange import WHOLE

SWEEP_SECONDS = 1.0

MOST_HEADER_BYTES = 64 * 1024
"""A request head that is still not whole after this much is refused: the parser sets no limit. (What
arrives in one piece, 256 KiB at most, is read first.)"""


class Protocol(HttpToolsProtocol):
    """One connection."""

    header_timeout = 15.0
    body_timeout = 30.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._heard = self.loop.time()
        self._head_bytes = 0
        self._in_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._heard = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Note the time, and count what a head that is not yet whole has grown to."""
        # A client that trickles one byte a second is silent for this purpose: while a head is awaited,
        # only the whole head resets the time.
        if not self._in_head:
            self._heard = self.loop.time()
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEADER_BYTES:
                self._refuse(431, "Request Header Fields Too Large", "The request's head is too large.")

    def on_message_begin(self) -> None:
        """A head has begun."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole; a body may follow."""
        self._in_head = False
        self._head_bytes = 0
        self._heard = self.loop.time()
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # An ASGI extension, so that the application needs to know nothing of this class.
        extensions: dict[str, Any] = {WHOLE: functools.partial(_send_whole, cycle)}
        cycle.scope["extensions"] = extensions
        super()._start_asgi_task(cycle, app)

    def sweep(self, now: float) -> None:
        """Close this connection when it has kept us waiting for too long."""
        silence = now - self._heard
        if self._in_head and silence > self.header_timeout:
            self._refuse(408, "Request Timeout", "The request's head did not arrive in time.")
        elif self._in_head or silence <= min(self.header_timeout, self.body_timeout):
            return
        elif self.cycle is None:
            if silence > self.header_timeout:
                self.transport.close()
        elif self._awaits_body() and silence > self.body_timeout:
            self._refuse(408, "Request Timeout", "The body stopped arriving; send the request again.")

    def _awaits_body(self) -> bool:
        # While reading is paused it is we who keep the client waiting.
        return self.cycle.more_body and not self.cycle.response_complete and not self.flow.read_paused

    def _refuse(self, status: int, reason: str, message: str) -> None:
        """Answer outside the application, if nothing was answered yet, and close."""
        if self.cycle is None or self._in_head or not self.cycle.response_started:
            body = msgspec.json.encode(
                {
                    "type": "about:blank",
                    "title": reason,
                    "status": status,
                    "detail": message,
                    "error": message,
                }
            )
            self.transport.write(
                b"HTTP/1.1 %d %s\r\ncontent-type: application/problem+json\r\ncontent-length: %d\r\n"
                b"connection: close\r\n\r\n%s" % (status, reason.encode(), len(body), body)
            )
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def _send_whole(
    cycle: RequestResponseCycle, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> bool:
    """Send a whole answer as one write; ``False`` when it must go the ordinary way.

    uvicorn writes head and body apart, which is two system calls and, for a small answer, two
    packets; and it checks every header with two regular expressions, where ours are our own.
    """
    if cycle.response_started or cycle.disconnected or cycle.flow.write_paused:
        return False
    parts = [STATUS_LINE[status]]
    for name, value in cycle.default_headers:
        parts += (name, b": ", value, b"\r\n")
    for name, value in headers:
        parts += (name, b": ", value, b"\r\n")
    if not cycle.keep_alive:
        parts.append(b"connection: close\r\n")
    parts += (b"\r\n", body)
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"".join(parts))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


def patient(header_timeout: float, body_timeout: float) -> type[Protocol]:
    """The protocol with these limits, in seconds: for a whole head, and between two pieces of a body."""
    limits = {"header_timeout": header_timeout, "body_timeout": body_timeout}
    return type("PatientProtocol", (Protocol,), limits)


async def sweep_connections(connections: Any) -> None:
    """Sweep the set of a server's connections once a second. Endless."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        now = loop.time()
        for connection in list(connections):
            if isinstance(connection, Protocol):
                connection.sweep(now)
