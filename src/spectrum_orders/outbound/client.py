"""The HTTP client through which everything leaves."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

import httpcore

from spectrum_orders import __version__
from spectrum_orders.outbound.addresses import parse_networks
from spectrum_orders.outbound.answer import Answer
from spectrum_orders.outbound.backend import GuardedBackend
from spectrum_orders.outbound.failures import OutboundError, TimedOut, Unreachable, Untrusted
from spectrum_orders.outbound.guard import CONNECT_SECONDS, Resolver, ask_system
from spectrum_orders.outbound.urls import Target, parse_url

TOTAL_SECONDS = 20.0
"""For everything: name, connection, request and answer. Longer uploads say so themselves."""

READ_SECONDS = 20.0
"""The longest silence while reading or writing."""

MOST_BYTES = 1024 * 1024
"""The most of an answer's body that is kept."""

CONNECTIONS = 8
IDLE_SECONDS = 30.0

# It writes every header, tokens among them, at its lowest level.
logging.getLogger("httpcore").setLevel(logging.INFO)


class Outbound:
    """Sends requests. Follows no redirect, reads no proxy from the environment, keeps no cookie.

    ``allowed`` are networks that may be reached although they are not public, and without TLS.
    A connection stays with the addresses that were judged when it was made.
    """

    def __init__(
        self,
        allowed: Iterable[str] = (),
        *,
        resolve: Resolver = ask_system,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = parse_networks(allowed)
        self._resolve = resolve
        self._tls = tls
        self._pools: dict[str, httpcore.AsyncConnectionPool] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.aclose()

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes | AsyncIterable[bytes] = b"",
        seconds: float = TOTAL_SECONDS,
        most: int = MOST_BYTES,
        into: Callable[[bytes], object] | None = None,
    ) -> Answer:
        """Send a request and read its answer, whatever its status.

        A body that comes in pieces needs a Content-Length among the ``headers``. With ``into`` the
        answer's body is handed over in pieces instead of being kept; ``most`` counts all the same.
        Raises Refused before anything is connected to; Unresolved, Unreachable, TimedOut, Untrusted.
        """
        target = parse_url(url)
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(method, target, headers, body, most, into)
        except (TimeoutError, httpcore.TimeoutException):
            raise TimedOut(f"{target.host} did not answer within {seconds:g} s.") from None
        except httpcore.LocalProtocolError as error:
            # A header that is none: ours to mend.
            raise OutboundError(f"The request to {target.host} is malformed: {error}.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise _failure(target, error) from None

    async def _exchange(
        self,
        method: str,
        target: Target,
        headers: Sequence[tuple[str, str]],
        body: bytes | AsyncIterable[bytes],
        most: int,
        into: Callable[[bytes], object] | None,
    ) -> Answer:
        given = {name.lower() for name, _ in headers}
        own = [("host", target.authority), ("user-agent", f"spectrum-orders/{__version__}")]
        # Nothing is unpacked here, so that a small answer cannot become a large one.
        own += [("accept", "*/*"), ("accept-encoding", "identity")]
        if isinstance(body, bytes) and (body or method in {"POST", "PUT"}):
            own.append(("content-length", str(len(body))))
        request = httpcore.Request(
            method,
            httpcore.URL(
                scheme=target.scheme.encode(),
                host=target.host.encode(),
                port=target.port,
                target=target.target.encode(),
            ),
            headers=[*((name, value) for name, value in own if name not in given), *headers],
            content=body if isinstance(body, bytes) else _measured(body, headers),
            extensions={"timeout": {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS}},
        )
        response = await self._pool(target.scheme).handle_async_request(request)
        kept: list[bytes] = []
        size, cut = 0, False
        try:
            async for part in response.aiter_stream():
                if size + len(part) > most:
                    part, cut = part[: most - size], True
                size += len(part)
                if into is None:
                    kept.append(part)
                else:
                    into(part)
                if cut:
                    break
        finally:
            # Of a body that was not read to its end, the connection ends with it.
            await response.aclose()
        return Answer(
            response.status,
            {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers},
            b"".join(kept),
            cut,
        )

    def _pool(self, scheme: str) -> httpcore.AsyncConnectionPool:
        pool = self._pools.get(scheme)
        if pool is None:
            plain = scheme == "http"
            pool = self._pools[scheme] = httpcore.AsyncConnectionPool(
                ssl_context=None if plain else self._tls or tls_context(),
                max_connections=CONNECTIONS,
                keepalive_expiry=IDLE_SECONDS,
                network_backend=GuardedBackend(self._allowed, self._resolve, only_allowed=plain),
            )
        return pool


def tls_context(authority: str | None = None) -> ssl.SSLContext:
    """TLS that trusts what the operating system trusts, or only ``authority``, certificates in PEM.

    Without a store of the system's own it is the one that comes with the HTTP library. Raises
    ValueError when the text holds no certificate.
    """
    if authority is not None:
        if not authority.strip():
            # The standard library takes an empty text for none, and would trust the system's after all.
            raise ValueError("no certificate in PEM form")
        try:
            return ssl.create_default_context(cadata=authority)
        except ssl.SSLError:
            raise ValueError("no certificate in PEM form") from None
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None and paths.capath is None:
        import certifi

        return ssl.create_default_context(cafile=certifi.where())
    return ssl.create_default_context()


async def _measured(body: AsyncIterable[bytes], headers: Sequence[tuple[str, str]]) -> AsyncIterator[bytes]:
    """The body, if it is as long as its Content-Length says; otherwise it never gets so far as its end.

    The library would find it too, by an error of the one below it, which is not among its own.
    """
    left = int(next(value for name, value in headers if name.lower() == "content-length"))
    async for part in body:
        left -= len(part)
        if left < 0:
            break
        yield part
    if left:
        raise OutboundError("A body is not as long as was said, and was not sent.")


def _failure(target: Target, error: Exception) -> OutboundError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Untrusted(f"{target.host}: TLS failed ({cause.reason or 'no reason given'}).")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.RemoteProtocolError):
        return Unreachable(f"{target.host} broke off, or does not speak HTTP.")
    return Unreachable(f"The connection to {target.host} broke.")
