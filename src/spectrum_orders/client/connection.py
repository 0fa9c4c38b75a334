"""One kept HTTP connection: a request in, an answer out, and every failure one kind of error."""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.parse
from collections.abc import Mapping
from typing import Any

import msgspec

from spectrum_orders.errors import BadRequest, SpectrumError


class Unreachable(SpectrumError):
    """No answer, or only the beginning of one. Whether the request arrived is not known."""

    code, title, status, retryable = "unreachable", "The server cannot be reached", 503, True


class Untrusted(SpectrumError):
    """The server's certificate is not to be trusted; nothing was sent."""

    code, title, status = "untrusted", "The server's certificate is not trusted", 502


class BaseUrl(msgspec.Struct, frozen=True):
    """Where a server is. ``prefix`` is the path before every route, without a slash at its end."""

    text: str
    secure: bool
    host: str
    port: int
    prefix: str


def read_base_url(text: str) -> BaseUrl:
    """Raises BadRequest for what is not the base of an HTTP server."""
    wrong = BadRequest(
        "The base URL is http:// or https:// with a host, such as https://orders.example; no user, no query."
    )
    try:
        parts = urllib.parse.urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise wrong
    if parts.username is not None or any(not "!" <= char <= "~" for char in text.strip()):
        raise wrong
    secure = parts.scheme == "https"
    return BaseUrl(
        text.strip().rstrip("/"),
        secure,
        parts.hostname,
        port or (443 if secure else 80),
        parts.path.rstrip("/"),
    )


class Answer(msgspec.Struct, frozen=True):
    """A whole answer. Header names are lower-case; ``repr`` shows no body, which may hold people."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"

    def json(self) -> Any:
        """The body's value; ``None`` when it is not JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    @property
    def retry_after(self) -> int | None:
        """The seconds of ``Retry-After``; ``None`` without one, or when it names a date."""
        text = self.headers.get("retry-after", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


class Connection:
    """Opened when first used, opened anew after a failure."""

    def __init__(self, url: BaseUrl, timeout: float) -> None:
        self._url = url
        self._timeout = timeout
        self._kept: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One request, once. Raises Unreachable or Untrusted. Redirects are answers like any other."""
        try:
            connection = self._open()
            connection.request(method, self._url.prefix + path, body, dict(headers))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise failure(self._url, error) from error

    def close(self) -> None:
        """Close it; the next request opens another."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def _open(self) -> http.client.HTTPConnection:
        if self._kept is None:
            url = self._url
            if url.secure:
                context = ssl.create_default_context()
                self._kept = http.client.HTTPSConnection(
                    url.host, url.port, timeout=self._timeout, context=context
                )
            else:
                self._kept = http.client.HTTPConnection(url.host, url.port, timeout=self._timeout)
        return self._kept


def failure(url: BaseUrl, error: Exception) -> SpectrumError:
    """What kept a request from being answered, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Untrusted(f"The certificate of {url.text} is not trusted: {error.verify_message}.")
    if isinstance(error, socket.gaierror):
        why = "the host's name is not known"
    elif isinstance(error, TimeoutError):
        why = "it was silent for too long"
    elif isinstance(error, OSError) and error.strerror:
        why = error.strerror[0].lower() + error.strerror[1:]
    else:  # the connection ended within an answer, or what came is not HTTP
        why = "the connection ended before the answer did"
    return Unreachable(f"No answer from {url.text}: {why}.")
