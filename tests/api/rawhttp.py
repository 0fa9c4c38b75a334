"""HTTP byte by byte, for requests that no well-bred client would send."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from tests.api import orders
from tests.harness.server import Server
from tests.harness.shop import Shop

# Ends a wait for an answer that never comes.
HANGING_SECONDS = 60


class Answer(NamedTuple):
    """One answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection to a server, to be used in a `with` block."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(
            ("127.0.0.1", int(server.url.rpartition(":")[2])), HANGING_SECONDS
        )
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hangs up."""
        # The file holds the socket open as well.
        self._file.close()
        self.socket.close()

    def send(self, *parts: bytes) -> None:
        """Sends these bytes, in one piece."""
        self.socket.sendall(b"".join(parts))

    def send_while_heard(self, data: bytes) -> None:
        """Sends these bytes unless the server hangs up on the way."""
        with contextlib.suppress(ConnectionError):
            self.send(data)

    def send_some(self, data: memoryview) -> int:
        """Sends as much of these bytes as is taken without waiting; how much that was."""
        self.socket.setblocking(False)
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0
        finally:
            self.socket.settimeout(HANGING_SECONDS)

    def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the next answer, names in lower case."""
        status = self._file.readline()
        assert status.startswith(b"HTTP/1.1 "), status
        headers = {}
        while (line := self._file.readline().decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return int(status.split()[1]), headers

    def answer(self, *, bodiless: bool = False) -> Answer:
        """The next answer, whole."""
        status, headers = self.head()
        if bodiless or status == 100:
            return Answer(status, headers, b"")
        if headers.get("transfer-encoding") == "chunked":
            return Answer(status, headers, b"".join(self.chunks()))
        return Answer(status, headers, self._file.read(int(headers["content-length"])))

    def chunks(self) -> Iterator[bytes]:
        """The pieces of a chunked body as they come."""
        while (size := int(self._file.readline(), 16)) > 0:
            yield self._file.read(size)
            self._file.read(2)
        self._file.read(2)

    def lines(self) -> Iterator[Any]:
        """The lines of a chunked body as they come, decoded."""
        pending = b""
        for chunk in self.chunks():
            *whole, pending = (pending + chunk).split(b"\n")
            yield from map(json.loads, whole)
        assert pending == b""

    def rest(self) -> bytes:
        """Everything until the server hangs up."""
        got = b""
        with contextlib.suppress(ConnectionError):
            while piece := self._file.read1(65_536):
                got += piece
        return got


def head(
    shop: Shop,
    length: int | str | None = None,
    *headers: str,
    path: str = orders.ACKNOWLEDGEMENT,
    method: str = "POST",
    media_type: str = "application/json",
) -> bytes:
    """A request's head with the shop's token; without a `length` nothing says how long the body is."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: shop.test",
        f"SPECTRUM_API_TOKEN: {shop.token}",
        f"Content-Type: {media_type}",
        *headers,
    ]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join((*lines, "", "")).encode()


def request(shop: Shop, order: Any, *headers: str, path: str = orders.ACKNOWLEDGEMENT) -> bytes:
    """A whole request that sends `order`."""
    body = json.dumps(order).encode()
    return head(shop, len(body), *headers, path=path) + body


def chunk(data: bytes) -> bytes:
    """One piece of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


CHUNKED = "Transfer-Encoding: chunked"
LAST_CHUNK = b"0\r\n\r\n"


def send_all(server: Server, requests: Sequence[bytes]) -> list[Wire]:
    """Sends each request over a connection of its own, before any answer is read."""
    wires = [Wire(server) for _ in requests]
    for wire, sent in zip(wires, requests, strict=True):
        wire.send(sent)
    return wires


def hear_all(wires: Sequence[Wire]) -> list[Answer]:
    """The answer on each connection, which is then closed."""
    answers = []
    for wire in wires:
        with wire:
            answers.append(wire.answer())
    return answers


def wait_for_answers(wires: Sequence[Wire], count: int) -> None:
    """Returns once so many of the connections have something to read."""
    deadline = time.monotonic() + HANGING_SECONDS
    while len(select.select([wire.socket for wire in wires], [], [], 0)[0]) < count:
        assert time.monotonic() < deadline, "the answers never came"
        time.sleep(0.01)


def processes(answers: Sequence[Answer]) -> set[str]:
    """The web processes that gave these answers: the first part of a request's id is theirs."""
    return {answer.headers["x-request-id"][: len("req_0123456789")] for answer in answers}
