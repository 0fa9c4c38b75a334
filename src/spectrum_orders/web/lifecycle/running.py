"""Running what a request asks for, in the name of its caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from spectrum_orders.capture import Intake
from spectrum_orders.errors import Forbidden, SpectrumError
from spectrum_orders.lifecycle.orders import Caller, attempt
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.web.auth import Principal

_T = TypeVar("_T")

_decode = msgspec.json.Decoder().decode


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
