"""The answers of the two routes that factories' clients know word for word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from spectrum_orders.domain.moves import Findings
from spectrum_orders.errors import Invalid, Problem, SpectrumError
from spectrum_orders.lifecycle.orders import UnknownLines
from spectrum_orders.web import problems
from spectrum_orders.web.exchange import JSON, Exchange

_encode = msgspec.json.Encoder().encode


async def respond_ok(
    exchange: Exchange, number: str, said: str, named: Iterable[str], warnings: tuple[Problem, ...]
) -> None:
    """200: what was updated, in the vendor's words."""
    body: dict[str, Any] = {
        "purchaseOrderNumber": number,
        "status": "OK",
        "details": f"{said} for recipeSetReadableId(s): {', '.join(dict.fromkeys(named))}.",
    }
    if warnings:
        body["warnings"] = warnings
    await exchange.respond(200, _encode(body))


async def respond_error(
    exchange: Exchange, error: SpectrumError, number: str | None, unknown_line: int
) -> None:
    """An error as these routes have it: the vendor's ``status`` stands in the place of the number.

    A line that is not there is answered with the status ``unknown_line``.
    """
    status = unknown_line if isinstance(error, UnknownLines) else error.status
    body = problems.members(error, f"{exchange.path}#{exchange.request_id}", status)
    body |= {"purchaseOrderNumber": number, "status": "Error", "details": error.message}
    await exchange.respond(status, _encode(body), JSON, problems.headers(error))


def unreadable(findings: Findings) -> Invalid:
    """422, with every problem."""
    count = len(findings.problems)
    message = f"Nothing was changed: {'one problem was' if count == 1 else f'{count} problems were'} found."
    extra = {"warnings": findings.warnings} if findings.warnings else {}
    return Invalid(message, problems=findings.problems, extra=extra)
