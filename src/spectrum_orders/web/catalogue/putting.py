"""What a document that was put is answered with, and what its request must be like."""

from __future__ import annotations

import msgspec

from spectrum_orders.cataloguing import Put
from spectrum_orders.errors import NotFound, Problem
from spectrum_orders.ids import readable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import parties
from spectrum_orders.store.parties import Client
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import JSON, Exchange

VERSION = "ver"
"""The prefix of a version's readable id."""

_encode = msgspec.json.Encoder().encode


ADVICE = (
    "They stay on the version that they were acknowledged with. A line that its factory rejected or set to "
    "revision, or whose package has not left, takes this one by POST /api/order/reroute with "
    '"artwork": "newest".'
)


class StillOpen(msgspec.Struct, frozen=True, rename="camel"):
    """Lines that what was put does not reach, the numbers of some of their orders, and what to do."""

    line_items: int
    purchase_order_numbers: tuple[str, ...]
    advice: str = ADVICE


class Stored(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The answer to a document that was put. ``changed`` is false when it says the same as before."""

    version: str | None
    changed: bool
    handle: str | None = None
    readable_id: str | None = None
    woken: int = 0
    frozen: StillOpen | None = None
    dry_run: bool = False
    warnings: tuple[Problem, ...] = ()


def client_of(runtime: Runtime, principal: Principal) -> Client:
    """The caller's client as the store knows it."""
    with runtime.database.read() as connection:
        client = parties.find_client(connection, principal.client_handle)
    if client is None:
        raise NotFound("The client of this token is not there any more.")
    return client


async def answer(
    exchange: Exchange, put: Put, *, first: bool, product: bool, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    """201 when nothing of that name was there before, else 200; a dry run is a 200."""
    body = Stored(
        None if put.version is None else readable(VERSION, put.version),
        put.new,
        handle=put.name if product else None,
        readable_id=None if product else put.name,
        woken=put.woken,
        frozen=None if put.behind is None else StillOpen(put.behind.lines, put.behind.orders),
        dry_run=put.version is None,
        warnings=put.warnings,
    )
    await exchange.respond(201 if first and put.version is not None else 200, _encode(body), JSON, headers)


def etag(value: str) -> tuple[bytes, bytes]:
    """A strong entity tag."""
    return b"etag", f'"{value}"'.encode()


async def respond_unless_known(
    exchange: Exchange, body: bytes, tag: str, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    """200 with the body, or 304 when the caller says that it has it (``If-None-Match``)."""
    known = exchange.headers.get(b"if-none-match", b"").decode("latin-1")
    headers = (*headers, etag(tag))
    if known.strip() == "*" or f'"{tag}"' in known:
        await exchange.respond(304, b"", JSON, headers)
    else:
        await exchange.respond(200, body, JSON, headers)
