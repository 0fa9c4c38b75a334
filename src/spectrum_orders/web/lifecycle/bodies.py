"""Reading the bodies of requests that move an order, and running what they ask for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from spectrum_orders.capture import Intake
from spectrum_orders.domain.depth import deeper_than
from spectrum_orders.domain.syntax import NO_JSON, not_json
from spectrum_orders.errors import Forbidden, NotJson, SpectrumError, UnsupportedMediaType
from spectrum_orders.lifecycle.orders import Caller, attempt
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import JSON, Exchange

DEEPEST = 16
"""How deep such a body may nest; three levels are needed."""

_T = TypeVar("_T")

_decode = msgspec.json.Decoder().decode


async def read(exchange: Exchange) -> object:
    """The body's JSON. Raises UnsupportedMediaType, NotJson and what reading raises."""
    if exchange.media_type() != JSON:
        raise UnsupportedMediaType(
            "Send the body as JSON, with the header Content-Type: application/json (curl: -H 'Content-Type: "
            "application/json')."
        )
    body = (await exchange.body()).removeprefix(b"\xef\xbb\xbf")
    if deeper_than(body, DEEPEST):
        raise NotJson("The body is nested too deeply to be read.")
    try:
        found: object = _decode(body)
    except NO_JSON as error:
        raise not_json(body, error) from None
    return found


async def run(intake: Intake, job: Callable[[Transaction], _T], *, dry_run: bool = False) -> _T:
    """What ``job`` returns, once it is durable; of a dry run what it would. Raises what it raises."""
    result = await intake.run(attempt(job, dry_run=dry_run))
    if isinstance(result, SpectrumError):
        raise result
    return result


def caller(principal: Principal) -> Caller:
    """The principal as the house knows it."""
    return Caller(principal.seat, principal.actor)


def need_partner(principal: Principal) -> None:
    """Raises Forbidden when it is not a partner's own token."""
    if principal.partner_id is None:
        raise Forbidden(
            "This route is for partners: it needs a token made with spectrum token create --partner."
        )
