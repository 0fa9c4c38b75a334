"""From a name to a connection: resolved once, every address judged, connected to what was judged."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

from spectrum_orders.domain.hosts import host_trouble, shown_host
from spectrum_orders.outbound.addresses import Network, is_allowed, judge
from spectrum_orders.outbound.failures import Refused, TimedOut, Unreachable, Unresolved

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""From host and port to addresses. Raises OSError."""

CONNECT_SECONDS = 10.0


async def ask_system(host: str, port: int) -> Sequence[str]:
    """The addresses that the operating system knows, in its order. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def find_addresses(
    host: str,
    port: int,
    allowed: tuple[Network, ...],
    *,
    resolve: Resolver = ask_system,
    only_allowed: bool = False,
) -> tuple[str, ...]:
    """The addresses of a host, asked for once and all of them fit to be connected to.

    One forbidden address refuses the name: a public name that also leads inside is an attack or a
    mistake. With ``only_allowed`` public addresses are refused too. Raises Refused and Unresolved.
    """
    shown = shown_host(host)
    trouble = host_trouble(shown)
    if trouble is not None:
        raise Refused(trouble)
    if _is_address(host):
        addresses: Sequence[str] = (host,)
    else:
        try:
            addresses = await resolve(host, port)
        except (OSError, UnicodeError):  # the standard resolver encodes the name itself
            raise Unresolved(f"The name {shown} has no address now.") from None
        if not addresses:
            raise Unresolved(f"The name {shown} has no address now.")
    for address in addresses:
        why = judge(address, allowed)
        if why is not None:
            raise Refused(
                f"{shown} is not allowed: its address is {why}. If that is meant, name its network in the "
                "setting SPECTRUM_OUTBOUND_NETWORKS."
            )
        if only_allowed and not is_allowed(ipaddress.ip_address(address), allowed):
            raise Refused(
                f"{shown} is not allowed without TLS: use https, or name its network in "
                "SPECTRUM_OUTBOUND_NETWORKS."
            )
    return tuple(addresses)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def connect_guarded(
    host: str,
    port: int,
    allowed: tuple[Network, ...],
    *,
    seconds: float = CONNECT_SECONDS,
    resolve: Resolver = ask_system,
) -> socket.socket:
    """A connected, non-blocking socket for a protocol that is not HTTP; the caller closes it.

    Raises Refused, Unresolved, Unreachable and TimedOut.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            for address in await find_addresses(host, port, allowed, resolve=resolve):
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                connection = socket.socket(family, socket.SOCK_STREAM)
                try:
                    connection.setblocking(False)
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    await loop.sock_connect(connection, (address, port))
                except OSError:
                    connection.close()
                except BaseException:
                    connection.close()
                    raise
                else:
                    return connection
    except TimeoutError:
        raise TimedOut(f"{shown_host(host)} did not take the connection within {seconds:g} s.") from None
    raise Unreachable(f"{shown_host(host)} port {port} did not take the connection.")
