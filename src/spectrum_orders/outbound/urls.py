"""URLs that may leave, read strictly: what two parsers could read apart is refused."""

from __future__ import annotations

import re

import msgspec

from spectrum_orders.domain.hosts import bare_host, host_trouble, port_trouble, shown_host
from spectrum_orders.outbound.failures import Refused

_SHAPE = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?]*)(?P<target>[/?].*)?", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_LONGEST = 8192


class Target(msgspec.Struct, frozen=True):
    """Where a request goes. ``host`` is lower case without brackets; ``target`` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = shown_host(self.host)
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_url(url: str) -> Target:
    """Raises Refused with what is wrong; never with the URL itself, which may hold a secret."""
    if len(url) > _LONGEST:
        raise Refused(f"The URL is longer than {_LONGEST} characters.")
    if any(char <= " " or char > "~" for char in url):
        raise Refused("The URL holds a space, a control character or a letter outside ASCII.")
    if "\\" in url:
        raise Refused("The URL holds a backslash, which some read as a slash.")
    if "#" in url:
        raise Refused("The URL holds a fragment (#), which never leaves.")
    shape = _SHAPE.fullmatch(url)
    if shape is None:
        raise Refused("The URL does not begin with https:// or http://.")
    if "@" in shape["authority"]:
        raise Refused("The URL holds a user or password before its host: secrets do not belong in URLs.")
    host, port = split_authority(shape["authority"])
    trouble = host_trouble(host) or (port_trouble(port) if port is not None else None)
    if trouble is not None:
        raise Refused(trouble)
    scheme = shape["scheme"].lower()
    target = shape["target"] or "/"
    return Target(
        scheme,
        bare_host(host),
        int(port) if port is not None else _PORTS[scheme],
        target if target.startswith("/") else "/" + target,
    )


def split_authority(text: str) -> tuple[str, str | None]:
    """Host, in its brackets if it has them, and the digits of the port; None without a colon for one."""
    if text.startswith("["):
        host, bracket, rest = text.partition("]")
        if not rest:
            return host + bracket, None
        return (host + bracket, rest[1:]) if rest.startswith(":") else (text, None)
    host, colon, port = text.rpartition(":")
    return (host, port) if colon else (text, None)
