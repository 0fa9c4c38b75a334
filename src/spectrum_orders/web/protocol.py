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
import weakref
from typing import Any

import httptools
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from spectrum_orders.errors import BadRequest, RequestTimeout, SpectrumError, TooLarge
from spectrum_orders.web import problems
from spectrum_orders.web.exchange import PROBLEM, SMALL_BODY, WHOLE, common_headers, new_request_id

_log = structlog.get_logger()

SWEEP_SECONDS = 1.0

MOST_HEADER_BYTES = 64 * 1024
"""A request head may grow to this, beside the packet that it began in, and so may what follows the last
chunk of a body: the parser sets no limit."""

SLOWEST = 64_000
"""Bytes a second below which a large body is too slow, once it has had ``body_timeout``: it holds room on the
disk, and silence alone does not tell, because one byte now and then is not silent."""


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
        self._head = False
        self._field_bytes = 0
        self._body_bytes = 0
        self._body_since = 0.0
        self._answering: RequestResponseCycle | None = None
        self._offered = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._heard = self._taken = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Note the time, and count what a head or the fields behind the last chunk have grown to."""
        self._unset_keepalive_if_required()
        # A client that trickles one byte a second is silent for this purpose: only a whole head resets
        # the time while one is awaited.
        if not self._head:
            self._heard = self.loop.time()
        # A packet that begins a head, ends one or brings a piece of a body sets this back: it may be mostly
        # body and says nothing about the size of the fields in it.
        self._field_bytes += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(BadRequest("This is not a request in HTTP/1.1."))
            return
        if self._field_bytes > MOST_HEADER_BYTES and not self.transport.is_closing():
            self._refuse(TooLarge(f"The request's header is larger than {MOST_HEADER_BYTES} bytes."), 431)

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
        self._head = True
        self._field_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head.

        The parser brings the trailers of a chunked body here as well. They are dropped, as a server may
        (RFC 9110, section 6.5.1): whoever checked the head has not seen them, and a token could hide there.
        """
        if self._head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; a body may follow."""
        self._head = False
        self._heard = self._body_since = self.loop.time()
        self._field_bytes = self._body_bytes = 0
        self._draining_since = 0.0
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise ValueError("This is no proxy.")  # the parser makes an HttpParserError of it
            self._offered = True
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        self._field_bytes = 0
        self._body_bytes += len(body)
        super().on_body(body)

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

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there to read what is being answered.

        uvicorn tells the newest request so; of several sent at once the one being answered is another.
        """
        cycle = self._answering
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        self._answering = None
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """An answer is sent: what was not read of its request is of no use while the connection idles."""
        cycle = self.cycle
        # With others sent behind it, the one just answered is let go by itself.
        if cycle is not None and cycle.response_complete:
            cycle.body = bytearray()
        super().on_response_complete()

    def resume_writing(self) -> None:
        """The client has read again."""
        self._taken = self.loop.time()
        super().resume_writing()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        # An ASGI extension, so that the application needs to know nothing of this class. Held weakly: the
        # cycle owns the scope, and a ring of the two would keep every unread body until the next collection.
        extensions: dict[str, Any] = {WHOLE: functools.partial(_send_whole, weakref.ref(cycle))}
        cycle.scope["extensions"] = extensions
        super()._start_asgi_task(cycle, app)

    def sweep(self, now: float) -> None:
        """Close this connection when it has kept us waiting for too long."""
        cycle = self.cycle
        silence = now - self._heard
        receiving = cycle is not None and cycle.more_body and not cycle.response_complete
        untaken = self.transport.get_write_buffer_size()
        # A client may send its whole stream before it reads; its time to read begins when it has sent.
        sending_first = receiving and cycle.response_started and silence <= self.body_timeout
        if untaken == 0 or untaken < self._untaken or (sending_first and not self.transport.is_closing()):
            self._taken = now
        self._untaken = untaken
        if untaken and now - self._taken > self.body_timeout:
            self.transport.abort()
            return
        if self.transport.is_closing():
            return
        if self._head:
            if silence > self.header_timeout:
                self._refuse(RequestTimeout("The request's head did not arrive in time."))
        elif cycle is None:
            if silence > self.header_timeout:
                self.transport.close()
        elif not cycle.response_complete:
            if self.flow.read_paused:
                # It is us who do not listen.
                self._body_since += min(now - self._heard, SWEEP_SECONDS)
                self._heard = now
            elif receiving and silence > self.body_timeout:
                self._refuse(RequestTimeout("The body stopped arriving; send the request again."))
            elif receiving and not cycle.response_started and self._is_too_slow(now):
                self._refuse(RequestTimeout("The body arrived too slowly; send the request again."))
        elif cycle.more_body:
            # The rest of a body that was refused is read and thrown away, so that the client can read why;
            # but not for ever, however busily it sends.
            self._draining_since = self._draining_since or now
            if now - self._draining_since > self.body_timeout:
                self.transport.close()
        elif silence > self.header_timeout + self.timeout_keep_alive:
            # uvicorn's own timer does this, but is stopped by whatever arrives: an empty line, too.
            self.transport.close()

    def _is_too_slow(self, now: float) -> bool:
        allowed = self.body_timeout + self._body_bytes / SLOWEST
        return self._body_bytes > SMALL_BODY and now - self._body_since > allowed

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
    reference: weakref.ref[RequestResponseCycle],
    status: int,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
) -> bool:
    """Send a whole answer as one write; ``False`` when it must go the ordinary way.

    Nothing is sent, and nothing more needs to be, when the connection is going: uvloop lets nobody
    write to a transport that it has closed, even before it says so.

    uvicorn writes head and body apart, which is two system calls and, for a small answer, two
    packets; and it checks every header with two regular expressions, where ours are our own.
    """
    cycle = reference()
    if cycle is None:
        return True
    if cycle.transport.is_closing():
        cycle.disconnected = True
        return True
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
                try:
                    connection.sweep(now)
                except Exception:  # noqa: BLE001  one connection must not end the patience with all others
                    _log.exception("sweep failed")
                    connection.transport.abort()
