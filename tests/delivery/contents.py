"""Contents to deliver, and a way to run a transport."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from spectrum_orders.delivery.transports import Content, DeliveryFailed, Proof, Transport, open_transport
from spectrum_orders.domain import destinations

T = TypeVar("T")

LOCAL = ("127.0.0.0/8",)
NAME = "SHOP/PO-1/pkg_1.zip"


class Held(msgspec.Struct, frozen=True):
    """A content that is held in memory. `chunk` is the size of its pieces."""

    data: bytes
    chunk: int = 100_003
    media_type: str = "application/zip"

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.data).digest()

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, len(self.data), self.chunk):
            yield self.data[start : start + self.chunk]


class Changed(Held, frozen=True):
    """One whose bytes are not the ones that it promises."""

    def chunks(self) -> Iterator[bytes]:
        yield self.data[:-1] + bytes([self.data[-1] ^ 1])


def noise(size: int, seed: int = 1) -> Held:
    """The same bytes for the same seed."""
    return Held(random.Random(seed).randbytes(size))


def opened(
    url: str,
    secret: str | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    allowed: tuple[str, ...] = LOCAL,
) -> Transport:
    """The transport for a destination; this machine counts as a network that may be reached."""
    return open_transport(destinations.parse(url), secret, options or {}, allowed=allowed)


def using(transport: Transport, work: Callable[[Transport], Awaitable[T]]) -> T:
    """Run `work` on a transport in an event loop, and close it."""

    async def run() -> T:
        try:
            return await work(transport)
        finally:
            await transport.close()
            # A loop that goes on, as a worker's does, lets what was under way hear that it is over.
            if rest := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(rest, timeout=1)

    return asyncio.run(run())


def put(transport: Transport, content: Content, name: str = NAME) -> Proof:
    return using(transport, lambda one: one.put(name, content))


def is_there(transport: Transport, name: str = NAME) -> bool:
    """Whether a file of this name is at the destination."""
    return using(transport, lambda one: one.is_there(name))


def failure(transport: Transport, content: Content, name: str = NAME) -> DeliveryFailed:
    """The failure of a delivery that must fail."""
    try:
        proof = put(transport, content, name)
    except DeliveryFailed as failed:
        return failed
    raise AssertionError(f"delivered: {proof}")


def files(root: Path) -> dict[str, bytes]:
    """Every file below a folder by its relative name, the temporary ones too."""
    return {
        str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()
    }


def visible(root: Path) -> dict[str, bytes]:
    """Those that a factory sees: temporary names begin with a dot."""
    return {name: data for name, data in files(root).items() if not Path(name).name.startswith(".")}
