"""Which addresses may be connected to: public ones, and networks that a setting names."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_FOUR: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved for protocols"),
    ("192.0.2.0/24", "reserved for documentation"),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "reserved for benchmarks"),
    ("198.51.100.0/24", "reserved for documentation"),
    ("203.0.113.0/24", "reserved for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
)
"""IANA's special-purpose registry. ``ipaddress.is_global`` is not asked: it changed within Python 3.11."""

_SIX: tuple[tuple[str, str], ...] = (
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "an IPv4 address in IPv6 form"),
    ("::ffff:0:0:0/96", "an IPv4 address in IPv6 form"),
    ("::/96", "an IPv4 address in IPv6 form"),
    ("64:ff9b::/96", "a NAT64 form of an IPv4 address"),
    ("64:ff9b:1::/48", "a NAT64 form of an IPv4 address"),
    ("100::/64", "reserved to be discarded"),
    ("2001::/32", "Teredo"),
    ("2001::/23", "reserved for protocols"),
    ("2001:db8::/32", "reserved for documentation"),
    ("2002::/16", "6to4"),
    ("3ffe::/16", "reserved"),
    ("3fff::/20", "reserved for documentation"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)

_PUBLIC_SIX = ipaddress.IPv6Network("2000::/3")
"""IPv6 is refused unless it is given out: what has no name above and lies outside is reserved."""

_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",  # AWS, Google, Azure, OpenStack and others
            "169.254.170.2",  # AWS containers
            "169.254.170.23",  # AWS EKS pods
            "169.254.169.253",  # AWS name server
            "169.254.169.123",  # AWS time
            "168.63.129.16",  # Azure's host: lies in public space
            "100.100.100.200",  # Alibaba
            "192.0.0.192",  # Oracle
            "fd00:ec2::254",  # AWS
            "fd00:ec2::253",
            "fd00:ec2::23",
            "fd20:ce::254",  # Google
            "fd00:42::42",  # Scaleway
        ),
    )
)

_NETWORKS = [(ipaddress.ip_network(text), why) for text, why in _FOUR + _SIX]
_ISATAP = (0x00005EFE, 0x02005EFE)


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks of a setting. Raises ValueError."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def is_allowed(address: Address, allowed: tuple[Network, ...]) -> bool:
    """Whether a setting names the address's network.

    The service that tells a machine its own credentials counts as named only when it stands there
    alone: whoever opens 169.254.0.0/16 for a device does not mean that.
    """
    return any(
        address in network and (address not in _METADATA or network.num_addresses == 1) for network in allowed
    )


def judge(text: str, allowed: tuple[Network, ...]) -> str | None:
    """Why an address may not be connected to, in a word or two. None: it may."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "no address"
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return "bound to one interface"
    if is_allowed(address, allowed):
        return None
    if address in _METADATA:
        return "a cloud's metadata service"
    for network, why in _NETWORKS:
        if address in network:
            return why
    if isinstance(address, ipaddress.IPv6Address):
        if address not in _PUBLIC_SIX:
            return "reserved"
        if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
            return "an ISATAP form of an IPv4 address"
    return None
