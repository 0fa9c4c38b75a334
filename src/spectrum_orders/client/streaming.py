"""One order a line out, one result a line in, at the same time over one connection.

The standard library sends a whole request before it reads an answer. Here reading drives the
sending: whenever the answer is asked for its next bytes, whatever the connection takes is sent
first. One thread touches the socket, because two may not use one TLS connection at once; only
the orders are read in another, so that a slow source never keeps a result waiting.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import queue
import selectors
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import msgspec

from spectrum_orders.client.connection import Answer, BaseUrl, Unreachable, failure
from spectrum_orders.client.refusal import Unintelligible, refusal, refusal_of

MOST_AHEAD = 1_000
"""Lines read before the connection has taken them."""

PIECE = 256 * 1024
"""Bytes that are put together for one chunk of the request, and read at once of the answer."""

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def stream(
    url: BaseUrl, path: str, headers: Mapping[str, str], lines: Iterable[bytes], timeout: float
) -> Iterator[dict[str, Any]]:
    """Send ``lines`` as NDJSON and give each result as it comes.

    Raises what the server says against the stream as a whole, before its first result or after
    its last; Unreachable when it broke off; and whatever ``lines`` raises.
    """
    feed = _Feed(lines)
    sent = {**headers, "Accept": "application/x-ndjson"}
    came = 0
    connected = False
    try:
        with _connect(url, timeout) as sock, _Duplex(sock, _head(url, path, sent), feed, timeout) as duplex:
            connected = True
            feed.start()
            response = http.client.HTTPResponse(cast(Any, duplex), method="POST")
            response.begin()
            if response.status != 200:
                found = {name.lower(): value for name, value in response.getheaders()}
                raise refusal(Answer(response.status, found, response.read()))
            for line in _lines(response):
                if "counts" in line:
                    if "code" in line:
                        raise refusal_of(line, int(line.get("status", 500)))
                    return
                came += 1
                yield line
            raise http.client.IncompleteRead(b"")
    except (OSError, http.client.HTTPException) as error:
        if error is feed.failure:  # the source's own trouble, such as a file that cannot be read
            raise
        reason = failure(url, error)
        if not connected or not isinstance(reason, Unreachable):
            raise reason from error
        stands = (
            f"after {came} {'result, which stands' if came == 1 else 'results, which stand'}"
            if came
            else "before the first result"
        )
        raise Unreachable(
            f"{reason.message} The stream broke off {stands}. Send what has no "
            "result again: an order that was stored meanwhile is refused as a duplicate, never stored twice."
        ) from error
    finally:
        feed.stop()


def _connect(url: BaseUrl, timeout: float) -> socket.socket:
    sock = socket.create_connection((url.host, url.port), timeout)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if url.secure:
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=url.host)
    except BaseException:
        sock.close()
        raise
    sock.setblocking(False)
    return sock


def _head(url: BaseUrl, path: str, headers: Mapping[str, str]) -> bytes:
    host = f"[{url.host}]" if ":" in url.host else url.host
    lines = [
        f"POST {url.prefix}{path} HTTP/1.1",
        f"Host: {host}:{url.port}",
        "Content-Type: application/x-ndjson",
        "Transfer-Encoding: chunked",
        "Connection: close",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _lines(response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    pending = b""
    while piece := response.read1(PIECE):
        *whole, pending = (pending + piece).split(b"\n")
        for line in whole:
            if line:
                try:
                    yield _decode(line)
                except msgspec.DecodeError as error:
                    raise Unintelligible("A line of the answer is not a result.") from error


class _Feed:
    """The orders, read in a thread of their own, each passed on as soon as it is there."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self._queue: queue.Queue[bytes | None] = queue.Queue(MOST_AHEAD)
        self._stopped = threading.Event()
        # A daemon, because a source that never gives its next line must not keep the program alive.
        self._thread = threading.Thread(target=self._run, name="orders", daemon=True)
        self.news, self._bell = socket.socketpair()
        self.news.setblocking(False)
        self._bell.setblocking(False)
        self.failure: BaseException | None = None
        self.ended = False

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Let go of the source; its thread ends at its next line."""
        self._stopped.set()
        self.news.close()
        if self._thread.ident is None:
            self._bell.close()

    def take(self) -> bytes:
        """The lines that are there, as one chunk of the request; empty when there is none yet.

        Raises what the source raised.
        """
        with contextlib.suppress(BlockingIOError):
            while self.news.recv(4096):
                pass
        held: list[bytes] = []
        size = 0
        while size < PIECE:
            try:
                line = self._queue.get_nowait()
            except queue.Empty:
                break
            if line is None:
                self.ended = True
                break
            held.append(line)
            size += len(line) + 1
        if self.ended and self.failure is not None:
            raise self.failure
        chunk = b"".join([b"%x\r\n" % size, *(line + b"\n" for line in held), b"\r\n"]) if held else b""
        return chunk + b"0\r\n\r\n" if self.ended else chunk

    def _run(self) -> None:
        with self._bell:
            try:
                for line in self._lines:
                    text = line.strip()
                    if text and not self._put(text):
                        return
            except BaseException as error:  # noqa: BLE001  whatever it is belongs to the thread that asked
                self.failure = error
            self._put(None)

    def _put(self, item: bytes | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=0.5)
            except queue.Full:
                continue
            # A bell that is full has rung already; at the end of a stream nobody hears it.
            with contextlib.suppress(OSError):
                self._bell.send(b"!")
            return True
        return False


class _Duplex(io.RawIOBase):
    """The answer's bytes. To read them is also to send the request."""

    def __init__(self, sock: socket.socket, head: bytes, feed: _Feed, timeout: float) -> None:
        super().__init__()
        self._sock = sock
        self._out = memoryview(head)
        self._feed = feed
        self._timeout = timeout
        self._deaf = False

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What an HTTPResponse asks of a socket."""
        return io.BufferedReader(self, PIECE)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Bytes of the answer, after sending what can be sent. Raises OSError."""
        while True:
            self._send()
            try:
                return self._sock.recv_into(buffer)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                self._wait()

    def _send(self) -> None:
        while not self._deaf:
            if not self._out:
                if self._feed.ended:
                    return
                self._out = memoryview(self._feed.take())
                if not self._out:
                    return
            try:
                self._out = self._out[self._sock.send(self._out) :]
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError:
                # It does not want to hear the rest; why, it may have said before it closed.
                self._deaf = True

    def _wait(self) -> None:
        sending = bool(self._out) and not self._deaf
        hearing = not (sending or self._deaf or self._feed.ended)
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, READ | WRITE if sending else READ)
            if hearing:
                selector.register(self._feed.news, READ)
            # While the source has nothing to send, the server's silence is no failure.
            if not selector.select(None if hearing else self._timeout):
                raise TimeoutError
