"""The key by which an SFTP server will be known.

Whoever stands between at this moment would be believed for ever, so a key is pinned when a person has
said that it is the right one.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import TYPE_CHECKING

import click

from spectrum_orders.cli import terminal
from spectrum_orders.cli.destination.advising import advice
from spectrum_orders.errors import Conflict, Invalid

if TYPE_CHECKING:
    from spectrum_orders.domain.destinations import Destination
    from spectrum_orders.runtime import Runtime

KINDS = ("ssh-", "ecdsa-", "sk-")


FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
"""As ``ssh-keygen -l`` and every SSH program shows it: 32 bytes in Base64 without its padding."""


def line_of(text: str) -> str:
    """The key as it is given. Of a line of ``ssh-keyscan`` or a known-hosts file the host is dropped.

    Raises Invalid for what begins like a fingerprint and is none, which only the first package would find.
    """
    words = text.split()
    if words and words[0].startswith("SHA256:"):
        given = words[0].rstrip("=")
        if not FINGERPRINT.fullmatch(given):
            raise Invalid("The fingerprint of --host-key is not SHA256: and 43 characters: was it cut off?")
        return given
    if len(words) > 2 and not words[0].startswith(KINDS) and words[1].startswith(KINDS):
        words = words[1:]
    return " ".join(words)


def shown_key(runtime: Runtime, destination: Destination, accept: bool) -> str:
    """The line of the key that the server shows now, once somebody said that it is the right one.

    Raises Conflict when the server cannot be asked or nobody is there to say so, and Abort when it is not.
    """
    from spectrum_orders.delivery.transports import DeliveryFailed, fetch_host_key, fingerprint
    from spectrum_orders.outbound import parse_networks

    allowed = parse_networks(runtime.settings.outbound_networks or ())
    try:
        line = asyncio.run(fetch_host_key(destination.host, destination.port or 22, allowed))
    except DeliveryFailed as failure:
        raise Conflict(f"{failure.message} {advice(failure)}".rstrip()) from None
    seen = fingerprint(line)
    terminal.say(f"{destination.host} shows the {line.split()[0]} key {seen}")
    if accept:
        return line
    if not sys.stdin.isatty():
        raise Conflict(
            "Nobody is there to say whether that is the right key. Compare it with what the factory names, "
            f"then call again with --host-key {seen}"
        )
    click.confirm("Is it the key that the factory names?", abort=True, err=True)
    return line
