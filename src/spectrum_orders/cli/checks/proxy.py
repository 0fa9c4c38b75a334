"""What stands between clients and the server: does the token's header come through?"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from spectrum_orders.cli.checks.check import Check, fail, ok, warn

PROBE = "doctor"
"""Sent where a token would stand: what is asked is only which header arrives."""

ANSWER = "X-Spectrum-Token-Header"
"""Named by /healthz: which of the headers that carry a token it saw."""

TIMEOUT = 10.0


def check_proxy(base_url: str) -> Iterator[Check]:
    """Ask the server at ``base_url``, through whatever proxies there are, which headers reach it."""
    try:
        underscore = _ask(base_url, "SPECTRUM_API_TOKEN", PROBE)
        dash = _ask(base_url, "Spectrum-Api-Token", PROBE)
        bearer = _ask(base_url, "Authorization", f"Bearer {PROBE}")
    except ssl.SSLError as error:
        yield fail("proxy", f"{base_url}: {error.reason}", "Mend the certificate.")
        return
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        yield fail(
            "proxy", f"{base_url} does not answer: {reason}", "Check the address and that the server runs."
        )
        return
    if "" in (underscore, dash, bearer):
        yield fail(
            "proxy",
            f"{base_url} is not this server",
            f"/healthz answers without {ANSWER}: check the address.",
        )
        return
    if underscore == "underscore":
        yield ok("proxy", "the header SPECTRUM_API_TOKEN arrives")
    elif "dash" in dash or "bearer" in bearer:
        through = "Spectrum-Api-Token" if dash == "dash" else "Authorization: Bearer"
        yield warn(
            "proxy",
            "a proxy drops the header SPECTRUM_API_TOKEN, because of its underscores",
            "Let it through (nginx: underscores_in_headers on; Apache: a RequestHeader rule), or have "
            f"clients send {through} instead, which arrives.",
        )
    else:
        yield fail(
            "proxy",
            "a proxy drops every header that could carry a token",
            "Let Authorization, Spectrum-Api-Token or SPECTRUM_API_TOKEN through.",
        )


def _ask(base_url: str, header: str, value: str) -> str:
    """Which header /healthz saw; empty when the answer does not say."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not a base URL")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT)
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/healthz", headers={header: value})
        response = connection.getresponse()
        response.read(65536)
        return response.getheader(ANSWER, "") or ""
    finally:
        connection.close()
