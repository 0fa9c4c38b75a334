"""``GET /metrics``: for the holder of its token, or for this machine alone."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress

import spectrum_orders
from spectrum_orders.capture import Intake
from spectrum_orders.errors import Forbidden, Unauthenticated
from spectrum_orders.store.writer import Writer
from spectrum_orders.web.auth import BEARER, token_of
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.metrics.exceptions import ExceptionCounts
from spectrum_orders.web.metrics.tally import Tally

PULSE_SECONDS = 1.0
"""How old another process's gauges may be; its counters are never old."""

FORWARDED = frozenset((b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"))
"""Headers that say a proxy stands between: then the peer's address is the proxy's."""

HOW = "Set SPECTRUM_METRICS_TOKEN and send it as Authorization: Bearer."


class NotFromHere(Forbidden):
    """Metrics without a token, asked for from another machine."""

    title = "Not shown to another machine"


class MetricsReading:
    """The endpoint of one process."""

    def __init__(self, intake: Intake, tally: Tally) -> None:
        self._tally = tally
        self._exceptions = ExceptionCounts(intake.runtime)
        self._writer = intake.writer
        settings = intake.runtime.settings
        self._token = settings.metrics_token
        self._environment = settings.environment
        self._database = "postgresql" if settings.on_postgresql else "sqlite"

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one scrape. Raises Unauthenticated or NotFromHere."""
        self._admit(exchange)
        accept = (exchange.header(b"accept") or b"").decode("latin-1")
        # In a thread, because the first scrape imports the library and a large one takes milliseconds.
        body, media_type = await asyncio.to_thread(self._render, accept)
        await exchange.respond(200, body, media_type.encode())

    def _render(self, accept: str) -> tuple[bytes, str]:
        from spectrum_orders.web.metrics.exposition import Build, render

        self._tally.note_waiting(self._writer.waiting)
        build = Build(spectrum_orders.__version__, self._environment, self._database)
        return render(self._tally, build, accept, self._exceptions.read())

    def _admit(self, exchange: Exchange) -> None:
        if self._token is None:
            if not is_local(exchange):
                raise NotFromHere(f"Metrics are shown to this machine only. {HOW}")
            return
        sent, header = token_of(exchange.headers)
        if sent is None or header != BEARER or not hmac.compare_digest(sent, self._token.encode()):
            raise Unauthenticated(
                "Metrics need the token of SPECTRUM_METRICS_TOKEN as Authorization: Bearer."
            )


async def pulse(tally: Tally, writer: Writer) -> None:
    """Let the other processes know how many orders wait here. Endless."""
    while True:
        await asyncio.sleep(PULSE_SECONDS)
        tally.note_waiting(writer.waiting)


def is_local(exchange: Exchange) -> bool:
    """Whether the request comes from this machine, and through no proxy on it."""
    peer = exchange.scope.get("client")
    if peer is None or not FORWARDED.isdisjoint(exchange.headers):
        return False
    try:
        address = ipaddress.ip_address(peer[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
