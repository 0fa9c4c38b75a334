"""How the HTTP library connects: through the guard, and in no other way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import httpcore

from spectrum_orders.outbound.addresses import Network
from spectrum_orders.outbound.failures import TimedOut, Unreachable
from spectrum_orders.outbound.guard import CONNECT_SECONDS, Resolver, find_addresses


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to judged addresses. The library goes on using the name for TLS and the Host header."""

    def __init__(self, allowed: tuple[Network, ...], resolve: Resolver, *, only_allowed: bool) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._only_allowed = only_allowed
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """The first of the host's addresses that takes the connection."""
        try:
            async with asyncio.timeout(timeout or CONNECT_SECONDS):
                addresses = await find_addresses(
                    host, port, self._allowed, resolve=self._resolve, only_allowed=self._only_allowed
                )
                for address in addresses:
                    try:
                        return await self._inner.connect_tcp(address, port, socket_options=socket_options)
                    except (httpcore.ConnectError, OSError):
                        continue
        except TimeoutError:
            raise TimedOut(f"{host} did not take the connection in time.") from None
        raise Unreachable(f"{host} port {port} did not take the connection.")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  the library's own signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never: nothing that leaves goes to a socket of this machine."""
        raise Unreachable("Nothing leaves through a socket of this machine.")

    async def sleep(self, seconds: float) -> None:
        """Waits between the library's own attempts, of which there are none."""
        await asyncio.sleep(seconds)
