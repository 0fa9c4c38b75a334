"""Everything that can go wrong, as one tree.

Each error says what happened (``code`` and the message), whose fault it is (``status``:
4xx the caller's, 5xx ours) and whether trying the same again can help (``retryable``).

    SpectrumError
    ├── NotJson 400               the body is not JSON
    ├── BadRequest 400            a parameter or header cannot be read
    ├── Unauthenticated 401       no, unknown, revoked or expired token
    ├── WrongEnvironment 401      a token of another environment
    ├── Forbidden 403             the token lacks the scope
    ├── NotFound 404              not there, or not yours
    ├── MethodNotAllowed 405
    ├── RequestTimeout 408        the body did not arrive in time
    ├── AlreadySubmitted 409      the purchase order number is taken
    ├── Conflict 409              the state does not allow it
    ├── Ambiguous 409             several clients have what was asked for
    ├── TooLarge 413              more bytes or orders than one request may hold
    ├── UnsupportedMediaType 415
    ├── Invalid 422               well-formed, but not an order
    ├── IdempotencyMismatch 422   the same key with another request
    ├── RateLimited 429           (403 by a setting)
    ├── SealBroken 500            a sealed value does not open
    ├── Internal 500
    └── Unavailable 503           the database, the disk or the queue cannot take it now
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request.

    ``pointer`` is a JSON Pointer (RFC 6901) into the request; of a missing member, where it
    should stand. ``message`` never repeats a personal value.
    """

    pointer: str
    code: str
    message: str


class SpectrumError(Exception):
    """The root. The message is one or more sentences that may be shown to the caller."""

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        problems: tuple[Problem, ...] = (),
        retry_after: int | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems
        self.retry_after = retry_after
        self.extra = extra or {}


class NotJson(SpectrumError):
    code, title, status = "not-json", "The body is not JSON", 400


class BadRequest(SpectrumError):
    code, title, status = "bad-request", "The request cannot be read", 400


class Unauthenticated(SpectrumError):
    code, title, status = "unauthenticated", "A valid API token is needed", 401


class WrongEnvironment(SpectrumError):
    code, title, status = "wrong-environment", "The token is of another environment", 401


class Forbidden(SpectrumError):
    code, title, status = "forbidden", "The token lacks the scope", 403


class NotFound(SpectrumError):
    code, title, status = "not-found", "Not found", 404


class MethodNotAllowed(SpectrumError):
    code, title, status = "method-not-allowed", "Method not allowed", 405


class RequestTimeout(SpectrumError):
    code, title, status, retryable = "request-timeout", "The request did not arrive in time", 408, True


class Conflict(SpectrumError):
    code, title, status = "conflict", "Conflict", 409


class AlreadySubmitted(Conflict):
    code, title = "already-submitted", "Purchase order has already been submitted"


class Ambiguous(Conflict):
    code, title = "ambiguous", "Several clients have it"


class TooLarge(SpectrumError):
    code, title, status = "too-large", "The request is too large", 413


class UnsupportedMediaType(SpectrumError):
    code, title, status = "unsupported-media-type", "Unsupported media type", 415


class Invalid(SpectrumError):
    code, title, status = "invalid", "The request is well-formed but invalid", 422


class IdempotencyMismatch(SpectrumError):
    code, title, status = "idempotency-mismatch", "Idempotency key used for another request", 422


class RateLimited(SpectrumError):
    code, title, status, retryable = "rate-limited", "Too many requests", 429, True


class SealBroken(SpectrumError):
    """A sealed value was altered, moved, or its key is not on the ring."""

    code, title = "seal-broken", "A sealed value does not open"


class Internal(SpectrumError):
    retryable = True


class Unavailable(SpectrumError):
    code, title, status, retryable = "unavailable", "Temporarily unavailable", 503, True
