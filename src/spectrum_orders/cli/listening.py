"""The sockets that a server listens on, taken before anything else so that a taken port is one sentence."""

from __future__ import annotations

import errno
import resource
import socket
import sys
from typing import cast

from spectrum_orders.errors import SpectrumError


class PortTaken(SpectrumError):
    """The address cannot be listened on."""

    code, title = "port-taken", "The address cannot be listened on"


def listen(host: str, port: int, count: int) -> list[socket.socket]:
    """``count`` sockets bound to the same ``host`` and ``port``, one for each process.

    Port 0 takes a free one. On Linux each process has its own socket (SO_REUSEPORT), so that the
    kernel spreads connections evenly; a shared one lets the first to wake take nearly all. The
    caller keeps every socket open while a worker is replaced, so that what waits in its queue is
    answered by the next. Elsewhere all share one socket.

    Raises PortTaken.
    """
    _allow_many_files()
    family, address = _resolve(host, port)
    # Without SO_REUSEPORT first: with it, a second server on the same port would be let in silently.
    first = _bind(family, address, share=False)
    if count == 1:
        return [first]
    if sys.platform != "linux":
        return [first] * count
    address = (address[0], first.getsockname()[1], *address[2:])
    first.close()
    return [_bind(family, address, share=True) for _ in range(count)]


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str | int, ...]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise PortTaken(f"{host} is not an address of this machine; choose another with --host.") from error
    family, _, _, _, address = found[0]
    # The type allows for Python built without IPv6, whose addresses hold bytes.
    return family, cast("tuple[str | int, ...]", address)


def _bind(family: socket.AddressFamily, address: tuple[str | int, ...], *, share: bool) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if share:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        if not share:
            # Two programs may bind one port with SO_REUSEADDR; only one of them may listen.
            listener.listen(2048)
    except OSError as error:
        listener.close()
        raise PortTaken(_explain(error, address)) from error
    return listener


def _explain(error: OSError, address: tuple[str | int, ...]) -> str:
    host, port = address[0], address[1]
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program; choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} on {host} may not be used by this user; choose one above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine; choose another with --host."
    return f"Port {port} on {host} cannot be listened on ({error.strerror}); choose another with --port."


def _allow_many_files() -> None:
    # A connection is an open file, and many systems start programs with a soft limit of 1 024.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
