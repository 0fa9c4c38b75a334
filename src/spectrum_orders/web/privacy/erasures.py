"""``/api/erasures``: what factories were asked to delete, and their word that they did."""

from __future__ import annotations

from typing import Any

import msgspec

from spectrum_orders import ids
from spectrum_orders.capture import Intake
from spectrum_orders.errors import BadRequest, Forbidden, NotFound
from spectrum_orders.lifecycle.exporting import erasure
from spectrum_orders.store import erasures
from spectrum_orders.store.erasures import PREFIX, Erasure, Listed
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

MOST = 100
"""Erasures of one answer; a few more when an order went to several factories."""

_encode = msgspec.json.Encoder().encode


class Erasures:
    """The endpoints of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._runtime = intake.runtime

    async def read_all(self, exchange: Exchange, principal: Principal) -> None:
        """Answer with the erasures of the caller's orders, or those that a partner is asked for."""
        confirmed = exchange.flag(b"confirmed") if exchange.text(b"confirmed") is not None else None
        after = exchange.text(b"after")
        number = 0 if after is None else ids.parse_readable(PREFIX, after)
        if number is None:
            raise BadRequest("The query parameter after is what a list named as next.")
        found = await look(lambda: self._find(principal, confirmed, number))
        body = {
            "erasures": [_shown(one) for one in found],
            "next": found[-1].erasure.readable_id if len(found) >= MOST else None,
        }
        await exchange.respond(200, _encode(body))

    async def confirm(self, exchange: Exchange, principal: Principal) -> None:
        """Note that the partner has deleted what it was asked to. Raises Forbidden for a shop, NotFound."""
        if principal.partner_id is None:
            raise Forbidden("Only the factory itself can say that it has deleted something, or the operator.")
        number = ids.parse_readable(PREFIX, exchange.parameter)
        if number is None:
            raise _missing()
        done = await self._intake.run(lambda tx: _confirm(tx, principal, number))
        if done is None:
            raise _missing()
        await exchange.respond(200, _encode(erasure(done, principal.partner_handle)))

    def _find(self, principal: Principal, confirmed: bool | None, after: int) -> list[Listed]:
        with self._runtime.database.read() as connection:
            return erasures.find_listed(
                connection, principal.seat, confirmed=confirmed, after=after, most=MOST
            )


def _confirm(tx: Transaction, principal: Principal, number: int) -> Erasure | None:
    found = erasures.find_seen(tx.connection, principal.seat, number)
    return None if found is None else erasures.confirm(tx, found, principal.actor)


def _shown(one: Listed) -> dict[str, Any]:
    return {"clientHandle": one.client, **erasure(one.erasure, one.partner)}


def _missing() -> NotFound:
    return NotFound("There is no erasure with this id.")
