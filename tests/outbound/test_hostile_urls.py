"""Promise: no request leaves for an address that is not public, however it is written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from spectrum_orders.domain import destinations
from spectrum_orders.errors import Invalid
from spectrum_orders.outbound import (
    Outbound,
    OutboundError,
    Refused,
    connect_guarded,
    judge,
    parse_networks,
    tls_context,
)
from tests.outbound.canary import Canary


def urls(text: str) -> list[str]:
    """One at each white space; `{p}` stands for the canary's port."""
    return text.split()


LOOPBACK = urls("""
    http://127.0.0.1:{p}/ https://127.0.0.1:{p}/ https://127.0.0.2:{p}/ https://127.255.255.254:{p}/
    https://localhost:{p}/ https://LOCALHOST:{p}/ https://localhost.:{p}/ https://localhost.localdomain:{p}/
    https://127.1:{p}/ https://127.0.1:{p}/ https://2130706433:{p}/ https://0x7f000001:{p}/
    https://0x7f.1:{p}/ https://017700000001:{p}/ https://0177.0.0.1:{p}/ https://0x7f.0x0.0x0.0x1:{p}/
    https://127.0.0.01:{p}/ https://00000127.0.0.1:{p}/ https://127.0.0.1.:{p}/ https://127.0.0.0x1:{p}/
    https://4294967297:{p}/ https://0:{p}/ https://0.0.0.0:{p}/ https://0.0.0.1:{p}/
    https://00.00.00.00:{p}/ https://[::1]:{p}/ https://[0:0:0:0:0:0:0:1]:{p}/ https://[::]:{p}/
    https://[::127.0.0.1]:{p}/ https://[::ffff:127.0.0.1]:{p}/ https://[::ffff:7f00:1]:{p}/
    https://[0:0:0:0:0:ffff:127.0.0.1]:{p}/ https://[::ffff:0:127.0.0.1]:{p}/
    https://[64:ff9b::127.0.0.1]:{p}/ https://[64:ff9b:1::7f00:1]:{p}/ https://[2002:7f00:1::]:{p}/
    https://[2001:0:7f00:1::]:{p}/ https://[2a00::5efe:7f00:1]:{p}/ https://[::1%25lo]:{p}/
    https://[::1%lo]:{p}/ https://[fe80::1%25eth0]:{p}/ https://[::1]x:{p}/ https://[::1:{p}/
    https://::1:{p}/ https://[127.0.0.1]:{p}/ https://[[::1]]:{p}/
""")

INSIDE = urls("""
    https://10.0.0.1/ https://10.255.255.255/ https://172.16.0.1/ https://172.31.255.254/
    https://192.168.1.1/ https://100.64.0.1/ https://100.127.255.254/ https://169.254.0.1/
    https://192.0.0.1/ https://192.0.2.1/ https://198.18.0.1/ https://198.51.100.1/ https://203.0.113.1/
    https://192.88.99.1/ https://224.0.0.1/ https://239.255.255.255/ https://240.0.0.1/
    https://255.255.255.255/ https://[fc00::1]/ https://[fd12:3456::1]/ https://[fe80::1]/
    https://[febf::1]/ https://[fec0::1]/ https://[ff02::1]/ https://[100::1]/ https://[2001:db8::1]/
    https://[3fff::1]/ https://[5f00::1]/ https://[4000::1]/ https://[::ffff:10.0.0.1]/
    https://[::ffff:169.254.169.254]/ https://[2002:a00:1::]/ https://[64:ff9b::a9fe:a9fe]/
    https://[2001:0:a00:1::]/ https://[::a9fe:a9fe]/
""")

METADATA = urls("""
    http://169.254.169.254/latest/meta-data/ https://169.254.169.254/ https://169.254.170.2/
    https://2852039166/ https://0xa9fea9fe/ https://0251.0376.0251.0376/ https://[fd00:ec2::254]/
    https://[fd20:ce::254]/ https://100.100.100.200/ https://168.63.129.16/ https://192.0.0.192/
    https://metadata.google.internal/
""")

TRICKS = urls("""
    https://factory.example@127.0.0.1:{p}/ https://127.0.0.1:{p}@factory.example/
    https://user:s3cret@127.0.0.1:{p}/ https://factory.example:443@127.0.0.1:{p}/ https://@127.0.0.1:{p}/
    https://127.0.0.1:{p}\\@factory.example/ https://factory.example\\@127.0.0.1:{p}/
    https:\\\\127.0.0.1:{p}/ https:127.0.0.1:{p}/ https:/127.0.0.1:{p}/ https:///127.0.0.1:{p}/
    https://127.0.0.1:{p}#@factory.example/ https://factory.example#@127.0.0.1:{p}/ https://127.0.0.1%3A{p}/
    https://127.0.0.1%2e:{p}/ https://127%2e0%2e0%2e1:{p}/ https://%6c%6fcalhost:{p}/
    https://127.0.0.1:{p}:80/ https://127.0.0.1:-1/ https://127.0.0.1:99999/ https://127.0.0.1:0/
    https://127.0.0.1:0{p}/ https://127.0.0.1:+{p}/ https://127.0.0.1:/ https://:{p}/ https://
    https://127。0。0。1:{p}/ https://127．0．0．1:{p}/ https://１２７.0.0.1:{p}/ https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{p}/
    https://ⅼocalhost:{p}/ https://loc\u00adalhost:{p}/ https://local\u200bhost:{p}/ https://①②⑦.⓪.⓪.①:{p}/
    https://factory..example:{p}/ https://-factory.example:{p}/ https://factory.example-:{p}/
    https://a_.b$:{p}/ ftp://127.0.0.1:{p}/ file:///etc/passwd gopher://127.0.0.1:{p}/_x
    dict://127.0.0.1:{p}/x ws://127.0.0.1:{p}/ unix:///var/run/docker.sock data:text/plain,x
    javascript:alert(1) //127.0.0.1:{p}/ 127.0.0.1:{p} http+unix://x/
""")

SPACED = [
    "https://127.0.0.1 :{p}/",
    " https://127.0.0.1:{p}/",
    "https://127.0.0.1:{p}/\r\nHost: x",
    "https://\t127.0.0.1:{p}/",
    "https://127.0.0.1\x00.factory.example:{p}/",
    "",
    "\n",
    "https://127.0.0.1:{p}\n@factory.example/",
]

NAMES = {
    "https://127.0.0.1.nip.example:{p}/": ["127.0.0.1"],
    "https://six.example:{p}/": ["::1"],
    "https://mapped.example:{p}/": ["::ffff:127.0.0.1"],
    "https://inside.example:{p}/": ["10.1.2.3"],
    "https://metadata.example:{p}/": ["169.254.169.254"],
    "https://both.example:{p}/": ["93.184.216.34", "127.0.0.1"],
    "https://both-turned.example:{p}/": ["127.0.0.1", "93.184.216.34"],
    "https://zone.example:{p}/": ["fe80::1%eth0"],
    "https://nonsense.example:{p}/": ["127.1"],
    "https://xn--lclhst-9ya.example:{p}/": ["127.0.0.1"],
    # Public, but without TLS whoever stands between reads it all.
    "http://plain.example:{p}/": ["93.184.216.34"],
    "http://93.184.216.34:{p}/": [],
}
"""What a name server may say, by URL."""

HOSTILE = [*LOOPBACK, *INSIDE, *METADATA, *TRICKS, *SPACED, *NAMES]

LOCAL = ("127.0.0.0/8", "::1")
TLS = tls_context()  # reading the system's authorities takes longer than everything else here


async def loopback(host: str, port: int) -> Sequence[str]:
    """Whatever name gets as far as this leads to the canary."""
    return next((found for url, found in NAMES.items() if host == url.split("/")[2][:-4]), ["127.0.0.1"])


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    """Sees nobody all the while: held against that when the last test is done."""
    with Canary() as listening:
        yield listening
        assert listening.settle() == []


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) >= 60


@pytest.mark.parametrize("url", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_url_is_refused_before_anything_is_connected_to(canary: Canary, url: str) -> None:
    async def send() -> None:
        async with Outbound(resolve=loopback, tls=TLS) as outbound:
            await outbound.send("POST", url.replace("{p}", str(canary.port)), body=b"order", seconds=5)

    with pytest.raises(Refused) as caught:
        asyncio.run(send())
    assert not caught.value.retryable
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize("url", [*INSIDE, *METADATA], ids=range(len(INSIDE) + len(METADATA)))
def test_what_is_allowed_elsewhere_opens_nothing_here(canary: Canary, url: str) -> None:
    async def send() -> None:
        async with Outbound(LOCAL, resolve=loopback_refused, tls=TLS) as outbound:
            await outbound.send("POST", url, body=b"order", seconds=5)

    with pytest.raises(Refused):
        asyncio.run(send())


async def loopback_refused(host: str, port: int) -> Sequence[str]:
    return ["169.254.169.254"]


@pytest.mark.parametrize("url", [*LOOPBACK, *TRICKS, *SPACED], ids=range(len(LOOPBACK + TRICKS + SPACED)))
def test_no_destination_or_endpoint_can_hold_one_that_leads_inside_by_its_spelling(
    canary: Canary, url: str
) -> None:
    """What can be stored as a destination is either refused at once or refused when it is used."""
    url = url.replace("{p}", str(canary.port))
    try:
        destination = destinations.parse(url)
    except Invalid:
        return
    assert str(destinations.parse(str(destination))) == str(destination)

    async def connect() -> None:
        found = await connect_guarded(destination.host, destination.port or 22, (), resolve=loopback)
        found.close()

    with pytest.raises(OutboundError):
        asyncio.run(connect())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_the_canary_sees_what_is_allowed(host: str) -> None:
    """Without this the tests above would pass with a dead canary."""
    with Canary() as listening:

        async def send() -> None:
            async with Outbound(LOCAL) as outbound:
                await outbound.send("GET", f"http://{host}:{listening.port}/", seconds=5)

        with pytest.raises(OutboundError):
            asyncio.run(send())
        assert len(listening.settle()) == 1


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
    "192.167.1.1",
     "126.255.255.255", "128.0.0.0", "169.253.1.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1",
     "2001:200::1", "2003::1"],
)  # fmt: skip
def test_public_addresses_are_allowed(address: str) -> None:
    assert judge(address, ()) is None


@pytest.mark.parametrize(
    ("address", "allowed", "refused"),
    [
        ("10.0.0.5", "10.0.0.0/8", False),
        ("10.0.0.5", "10.0.0.5", False),
        ("10.0.0.6", "10.0.0.5", True),
        ("fd00::5", "fd00::/8", False),
        # The credentials of the machine are opened by their own address and by no network around it.
        ("169.254.169.254", "169.254.0.0/16", True),
        ("169.254.169.254", "0.0.0.0/0", True),
        ("169.254.169.254", "169.254.169.254/32", False),
        ("169.254.1.1", "169.254.0.0/16", False),
        ("fd00:ec2::254", "fd00::/8", True),
        # An allowed IPv4 network does not open its other spellings.
        ("::ffff:127.0.0.1", "127.0.0.0/8", True),
        ("64:ff9b::7f00:1", "127.0.0.0/8", True),
        ("fe80::1%eth0", "fe80::/10", True),
        ("127.1", "127.0.0.0/8", True),
        ("", "0.0.0.0/0", True),
    ],
)
def test_a_setting_opens_what_it_names_and_nothing_else(address: str, allowed: str, refused: bool) -> None:
    assert (judge(address, parse_networks([allowed])) is not None) is refused
