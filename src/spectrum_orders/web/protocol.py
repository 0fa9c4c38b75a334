"""The HTTP/1.1 protocol with patience that ends: uvicorn's, with limits on slow clients.

uvicorn closes a connection that is idle between requests, but waits for ever for one that
sends a head or a body byte by byte, or never reads its answer. Here each connection notes when
it last heard something, and one sweep a second closes those that have stalled. A sweep costs
the hot path one clock reading per packet, where a timer per request would cost two heap
operations.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from spectrum_orders.errors import BadRequest, RequestTimeout, SpectrumError, TooLarge
from spectrum_orders.web import problems
from spectrum_orders.web.exchange import PROBLEM, WHOLE, common_headers, new_request_id

SWEEP_SECONDS = 1.0

MOST_HEADER_BYTES = 64 * 1024
"""A request head may grow to this, beside the packet that it began in: the parser sets no limit."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    header_timeout = 15.0
    body_timeout = 30.0
    environment = "test"

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._heard = self._taken = self.loop.time()
        self._untaken = 0
        self._draining_since = 0.0
        self._heads = 0
        self._head = 0
        self._head_bytes = 0
        self._offered = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._heard = self._taken = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Note the time, and count what a head that is not yet whole has grown to."""
        self._unset_keepalive_if_required()
        head = self._head
        # A client that trickles one byte a second is silent for this purpose: only a whole head resets
        # the time while one is awaited.
        if not head:
            self._heard = self.loop.time()
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(BadRequest("This is not a request in HTTP/1.1."))
            return
        # A packet that only begins a head, or ends one, may be mostly body and says nothing about its size.
        if head and head == self._head:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEADER_BYTES:
                self._refuse(TooLarge(f"The request's head is larger than {MOST_HEADER_BYTES} bytes."), 431)

    def _feed(self, data: bytes) -> None:
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                data = self._decline() + data[offer.args[0] :]
            else:
                return

    def _decline(self) -> bytes:
        """The head without its offer to speak another protocol, for a new parser to read again.

        A server may ignore the offer (RFC 9110, section 7.8), but the parser leaves everything
        behind it to the other protocol: the body too. Java's client offers HTTP/2 with whatever
        it sends first, an order for example.
        """
        lines = [
            b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        ]
        for name, value in self.headers:
            if name == b"connection":
                value = b",".join(part for part in value.split(b",") if part.strip().lower() != b"upgrade")
            if name != b"upgrade":
                lines.append(b"%s: %s" % (name, value))
        self._offered = False
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own
        return b"\r\n".join((*lines, b"\r\n"))

    def on_message_begin(self) -> None:
        """A head has begun."""
        self._heads += 1
        self._head = self._heads
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole; a body may follow."""
        self._head = 0
        self._heard = self.loop.time()
        self._draining_since = 0.0
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise ValueError("This is no proxy.")  # the parser makes an HttpParserError of it
            self._offered = True
            return
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is whole."""
        if not self._offered:
            super().on_message_complete()

    def eof_received(self) -> bool:  # type: ignore[override]  # asyncio's own answer; uvicorn gives none
        """Keep what was asked answered, although the client will say no more.

        A client that pipes a file into a connection closes its side at the end of the file.
        """
        cycle = self.cycle
        if self._head or cycle is None or cycle.more_body or cycle.response_complete:
            return False
        cycle.keep_alive = False
        return True

    def resume_writing(self) -> None:
        """The client has read again."""
        self._taken = self.loop.time()
        super().resume_writing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # An ASGI extension, so that the application needs to know nothing of this class.
        extensions: dict[str, Any] = {WHOLE: functools.partial(_send_whole, cycle)}
        cycle.scope["extensions"] = extensions
        super()._start_asgi_task(cycle, app)

    def sweep(self, now: float) -> None:
        """Close this connection when it has kept us waiting for too long."""
        untaken = self.transport.get_write_buffer_size()
        if untaken == 0 or untaken < self._untaken:
            self._taken = now
        self._untaken = untaken
        if untaken and now - self._taken > self.body_timeout:
            self.transport.abort()
            return
        silence = now - self._heard
        cycle = self.cycle
        if self._head:
            if silence > self.header_timeout:
                self._refuse(RequestTimeout("The request's head did not arrive in time."))
        elif cycle is None:
            if silence > self.header_timeout:
                self.transport.close()
        elif not cycle.response_complete:
            if self.flow.read_paused:
                self._heard = now  # it is us who do not listen
            elif cycle.more_body and silence > self.body_timeout:
                self._refuse(RequestTimeout("The body stopped arriving; send the request again."))
        elif cycle.more_body:
            # The rest of a body that was refused is read and thrown away, so that the client can read why;
            # but not for ever, however busily it sends.
            self._draining_since = self._draining_since or now
            if now - self._draining_since > self.body_timeout:
                self.transport.close()
        elif silence > self.header_timeout + self.timeout_keep_alive:
            # uvicorn's own timer does this, but is stopped by whatever arrives: an empty line, too.
            self.transport.close()

    def _refuse(self, error: SpectrumError, status: int | None = None) -> None:
        """Answer outside the application, if that can still be understood, and close."""
        cycle = self.cycle
        in_body = cycle is not None and cycle.more_body and not self._head
        if cycle is not None and not in_body and not cycle.response_complete:
            # An earlier request is still being answered: an answer now would be taken for that one's.
            cycle.keep_alive = False
            self.flow.pause_reading()
            return
        if not in_body or not (cycle.response_started or self.pipeline):
            self.transport.write(self._refusal(error, status or error.status))
        if in_body and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.close()

    def _refusal(self, error: SpectrumError, status: int) -> bytes:
        request_id = new_request_id()
        body = problems.encode(error, f"#{request_id}", status)
        parts = [STATUS_LINE[status]]
        headers = (
            *self.server_state.default_headers,
            (b"content-type", PROBLEM),
            (b"x-request-id", request_id.encode()),
            *common_headers(self.environment),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        )
        for name, value in headers:
            parts += (name, b": ", value, b"\r\n")
        return b"".join((*parts, b"\r\n", body))


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


async def sweep_connections(connections: Any) -> None:
    """Sweep the set of a server's connections once a second. Endless."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        now = loop.time()
        for connection in list(connections):
            if isinstance(connection, Protocol):
                connection.sweep(now)
