"""From the server's answer to an error of the one tree that both sides know."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from spectrum_orders import errors
from spectrum_orders.client.connection import Answer, Unreachable
from spectrum_orders.errors import Problem, SpectrumError

__all__ = ["Unintelligible", "Unreachable", "body_of", "refusal", "refusal_of"]


class Unintelligible(SpectrumError):
    """Something answered, but not in the words of an order server: a proxy, or another program."""

    code, title, status = "unintelligible", "The answer is not that of an order server", 502


_KINDS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SpectrumError)
]
_BY_CODE = {kind.code: kind for kind in _KINDS}
# The first of a status is its general one: Conflict stands before AlreadySubmitted.
_BY_STATUS = {kind.status: kind for kind in reversed(_KINDS)}


def body_of(answer: Answer) -> dict[str, Any]:
    """The JSON object of a good answer. Raises the error of any other."""
    if not 200 <= answer.status < 300:
        raise refusal(answer)
    body = answer.json()
    if not isinstance(body, dict):
        raise _strange(answer)
    return body


def refusal(answer: Answer) -> SpectrumError:
    """The error that ``answer`` speaks of, with the whole body in ``extra``."""
    body = answer.json()
    if not isinstance(body, dict):
        return _strange(answer)
    return refusal_of(body, answer.status, answer.retry_after)


def refusal_of(body: dict[str, Any], status: int, retry_after: int | None = None) -> SpectrumError:
    """The error that a problem document with ``status`` speaks of; also one within a bulk answer."""
    kind = _BY_CODE.get(str(body.get("code"))) or _BY_STATUS.get(status) or SpectrumError
    message = body.get("detail") or body.get("error") or HTTPStatus(status).phrase
    try:
        problems = msgspec.convert(body.get("errors", ()), tuple[Problem, ...])
    except msgspec.ValidationError:
        problems = ()
    return kind(str(message), problems=problems, retry_after=retry_after, extra=body)


def _strange(answer: Answer) -> Unintelligible:
    return Unintelligible(
        f"The answer ({answer.status}, {answer.headers.get('content-type', 'of no type')}) is not that of an "
        "order server. Check the URL, and what stands between.",
        retry_after=answer.retry_after,
    )
