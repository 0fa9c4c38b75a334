"""The hosts and ports that an address of ours may name: one spelling each, none that two readers read apart.

Libraries disagree about octal, hexadecimal and shortened addresses, full-width digits, zones and dots at
the end. What only some of them understand is refused, so that what was checked is what is connected to.
"""

from __future__ import annotations

import ipaddress
import re

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_LONGEST = 253  # RFC 1035


def host_trouble(host: str) -> str | None:
    """What is wrong with the host of a URL, as a sentence; IPv6 stands in brackets. None: nothing."""
    if not host:
        return "The host is missing."
    if not host.isascii():
        return "The host holds letters outside ASCII: write an international name in its xn-- form."
    if "%" in host:
        return "The host holds a percent sign: neither zones nor escapes are taken."
    if host.startswith("["):
        return _six_trouble(host)
    if len(host) > _LONGEST:
        return f"The host is longer than {_LONGEST} characters."
    if host.endswith("."):
        return "The host ends in a dot: leave it out."
    labels = host.split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            return "The host is a number, but not four decimal numbers from 0 to 255 with dots between."
        return None
    if not all(map(_LABEL.fullmatch, labels)):
        return "The host is no name: letters, digits and inner dashes, in parts of 1 to 63, dots between."
    return None


def _six_trouble(host: str) -> str | None:
    try:
        ipaddress.IPv6Address(host[1:-1] if host.endswith("]") else "")
    except ValueError:
        return "The host is in brackets, but no IPv6 address."
    return None


def port_trouble(port: str) -> str | None:
    """What is wrong with the digits of a port, as a sentence. None: nothing."""
    if re.fullmatch(r"[1-9][0-9]{0,4}", port) is None or int(port) > 65535:
        return "The port is no number from 1 to 65535."
    return None


def bare_host(host: str) -> str:
    """A host without trouble as a resolver takes it: lower case, no brackets."""
    return host.lower().strip("[]")


def shown_host(host: str) -> str:
    """A bare host as a URL shows it."""
    return f"[{host}]" if ":" in host else host
