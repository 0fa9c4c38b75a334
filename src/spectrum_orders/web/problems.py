"""Errors as the wire has them: RFC 9457 members and the vendor's, together."""

from __future__ import annotations

from typing import Any

import msgspec

from spectrum_orders.errors import SpectrumError

API_VERSION = "1.0"

_encode = msgspec.json.Encoder().encode


def members(error: SpectrumError, instance: str, status: int | None = None) -> dict[str, Any]:
    """The members of an error's body. ``error`` and ``apiVersion`` are the vendor's."""
    status = status or error.status
    body: dict[str, Any] = {
        "type": f"/docs#problem-{error.code}",
        "title": error.title,
        "status": status,
        "detail": error.message,
        "instance": instance,
        "error": error.message,
        "apiVersion": API_VERSION,
        "code": error.code,
        "retryable": error.retryable,
    }
    if error.problems:
        body["errors"] = error.problems
    body.update(error.extra)
    return body


def encode(error: SpectrumError, instance: str, status: int | None = None) -> bytes:
    """The body of an error's answer."""
    return _encode(members(error, instance, status))


def headers(error: SpectrumError) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that go with an error."""
    found = []
    if error.retry_after is not None:
        found.append((b"retry-after", b"%d" % error.retry_after))
    if error.status == 401:
        found.append((b"www-authenticate", b'Bearer realm="spectrum-orders"'))
    return tuple(found)
