"""Promise: a host that two readers could read apart is no host."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.domain.hosts import bare_host, host_trouble, port_trouble, shown_host


@pytest.mark.parametrize(
    "host",
    ["factory.example", "FACTORY.example", "localhost", "a", "xn--mnchen-3ya.example", "a_b.example",
     "1.example", "1a", "127.0.0.1", "255.255.255.255", "[::1]", "[2001:db8::1]", "[::ffff:127.0.0.1]",
     "a." * 126 + "a", "x" * 63 + ".example"],
)  # fmt: skip
def test_hosts_that_everybody_reads_alike(host: str) -> None:
    assert host_trouble(host) is None


@pytest.mark.parametrize(
    "host",
    ["", ".", "a.", "127.0.0.1.", ".a", "a..b", "-a", "a-", "a b", "a\tb", "a\0b", "a/b", "a:b", "a@b", "a%b",
     "a%2eb", "münchen.example", "１２７.0.0.1", "127。0.0.1", "a\u200bb", "\u212a.example", "127.1",
     "127.0.1", "1", "0", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.01", "127.0.0.1.2",
     "256.0.0.1", "1.2.3.0x4", "example.1", "example.0x", "[]", "[", "]", "[::1", "::1", "[::1]x",
     "[127.0.0.1]", "[::1%lo]", "[::1%25lo]", "[g::1]", "x" * 64 + ".example", "a." * 127 + "a",
     "*.example", "a*b"],
)  # fmt: skip
def test_hosts_that_some_read_otherwise(host: str) -> None:
    trouble = host_trouble(host)
    assert trouble is not None
    assert trouble.endswith(".")


@given(st.text(max_size=20) | st.from_regex(r"[0-9a-fxA-F.]{1,16}", fullmatch=True))
def test_whatever_is_taken_is_a_plain_name_or_an_address_in_its_usual_form(host: str) -> None:
    if host_trouble(host) is not None:
        return
    bare = bare_host(host)
    assert bare.isascii()
    assert bare == bare.lower()
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        # Nor does the system's own reader, which takes every old form, find a number in it.
        with pytest.raises(OSError, match="illegal"):
            socket.inet_aton(bare)
    else:
        assert address.version == 6 or str(address) == bare


@given(st.ip_addresses())
def test_every_address_is_a_host_in_its_shown_form(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    shown = shown_host(str(address))
    assert host_trouble(shown) is None
    assert bare_host(shown) == str(address)


@pytest.mark.parametrize("port", ["1", "22", "443", "65535"])
def test_ports(port: str) -> None:
    assert port_trouble(port) is None


@pytest.mark.parametrize(
    "port", ["", "0", "00", "022", "65536", "99999", "-1", "+22", " 22", "2 2", "0x16", "22a", "٢٢"]
)
def test_what_is_no_port(port: str) -> None:
    assert port_trouble(port) is not None
