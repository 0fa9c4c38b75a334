"""``POST /api/person/export`` and ``/erase``: everything about somebody, given to them or destroyed."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from spectrum_orders import crypto, ids
from spectrum_orders.domain.members import refuse_unknown
from spectrum_orders.domain.reading import Reading
from spectrum_orders.errors import Invalid
from spectrum_orders.lifecycle import erasing, exporting, reports
from spectrum_orders.lifecycle.erasing import Erased, Plan
from spectrum_orders.lifecycle.exporting import Exported
from spectrum_orders.receipting import signed_receipt
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import orders, partners, people
from spectrum_orders.store.people import Held
from spectrum_orders.store.transaction import now_us
from spectrum_orders.web import answers, documents, paging
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lookup import look

MOST = 500
"""Orders of one request: each is a transaction of some milliseconds, and of an export some kilobytes."""

ORDER = "ord"

_encode = msgspec.json.Encoder().encode


class Asked(msgspec.Struct, frozen=True, rename="camel"):
    """Who is meant: one of the ways, which the command line has as well. ``after`` goes on where an export
    ended."""

    purchase_order_number: str | None = None
    email_address: str | None = None
    name: str | None = None
    postal_code: str | None = None
    after: str | None = None

    def __repr__(self) -> str:
        return "Asked(hidden)"


KNOWN = tuple(field.encode_name for field in msgspec.structs.fields(Asked))
"""Members of a request. One that is not known is refused: what it was to narrow is gone for good."""


class Person:
    """The endpoints of one process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def export(self, exchange: Exchange, principal: Principal) -> None:
        """Answer with everything, order by order; each opening is in the journal first."""
        paging.refuse_unknown(exchange)
        asked = await _read(exchange)
        held, more = await look(lambda: self._find(principal, asked))
        told = exporting.head(principal.client_handle, now_us()) | {
            "orders": [await self._export(principal, one) for one in held],
            "next": ids.readable(ORDER, held[-1].order_id) if more else None,
        }
        await exchange.respond(200, _encode(told))

    async def erase(self, exchange: Exchange, principal: Principal) -> None:
        """Erase, order by order, or say what that would come to. Asked again, it goes on."""
        paging.refuse_unknown(exchange, "dryRun")
        dry_run = exchange.flag(b"dryRun")
        asked = await _read(exchange)
        held, more = await look(lambda: self._find(principal, asked))
        names = await look(self._partners)
        told: list[dict[str, Any]] = []
        if dry_run:
            together = [one.order_id for one in held]
            for one in held:
                told.append(reports.planned(await self._plan(principal, one, together), names))
        else:
            for one in held:
                told.append(reports.done(await self._erase(principal, one), names))
            await look(lambda: erasing.clear_log(self._runtime))
        await exchange.respond(200, _encode({"dryRun": dry_run, "orders": told, "more": more}))

    def _find(self, principal: Principal, asked: Asked) -> tuple[list[Held], bool]:
        """The orders that are meant, and whether there are more. Raises NotFound of one that is named."""
        client_id, keys = principal.client_id, self._runtime.keys
        with self._runtime.database.read() as connection:
            if asked.purchase_order_number is not None:
                number = asked.purchase_order_number
                # PostgreSQL cannot even be asked for a zero character.
                found = orders.find_order(connection, client_id, number) if "\0" not in number else None
                if found is None:
                    raise answers.missing_order()
                return [Held(found.id, number)], False
            if asked.email_address is not None:
                digest = crypto.email_index(keys, client_id, asked.email_address)
            else:
                digest = crypto.name_index(keys, client_id, asked.name or "", "", asked.postal_code or "")
            after = ids.parse_readable(ORDER, asked.after) if asked.after is not None else 0
            if after is None:
                raise Invalid("after is what an export named as next.")
            some = people.find(connection, client_id, digest, after=after, most=MOST + 1)
        return some[:MOST], len(some) > MOST

    def _partners(self) -> dict[int, str]:
        with self._runtime.database.read() as connection:
            return {one.id: one.handle for one in partners.everybody(connection)}

    async def _export(self, principal: Principal, one: Held) -> dict[str, Any]:
        client_id, handle = principal.client_id, principal.client_handle

        def export() -> Exported:
            return exporting.export(
                self._runtime,
                client_id,
                one.order_id,
                actor=principal.actor,
                receipts=lambda connection, number: signed_receipt(
                    self._runtime, connection, client_id, handle, number
                ),
            )

        return (await look(export)).order

    async def _plan(self, principal: Principal, one: Held, together: list[int]) -> Plan:
        def plan() -> Plan:
            with self._runtime.database.read() as connection:
                return erasing.plan(
                    connection, self._runtime.keys, principal.client_id, one.order_id, together
                )

        return await look(plan)

    async def _erase(self, principal: Principal, one: Held) -> Erased:
        return await look(
            lambda: erasing.carry_out(self._runtime, principal.client_id, one.order_id, actor=principal.actor)
        )


async def _read(exchange: Exchange) -> Asked:
    """Who is meant. Raises NotJson, UnsupportedMediaType, Invalid and what reading a body raises."""
    said = await documents.read(exchange)
    _check_known(said)
    try:
        asked = msgspec.convert(said, Asked)
    except msgspec.ValidationError:
        # Its message names the place, but what stands there may be anybody's.
        raise _unclear() from None
    ways = sum(bool(way) for way in (asked.purchase_order_number, asked.email_address, asked.name))
    if ways != 1 or bool(asked.name) != bool(asked.postal_code):
        raise _unclear()
    return msgspec.structs.replace(
        asked,
        purchase_order_number=asked.purchase_order_number or None,
        email_address=asked.email_address or None,
    )


def _check_known(said: object) -> None:
    if not isinstance(said, dict):
        return
    reading = Reading(ZoneInfo("UTC"))
    refuse_unknown(said, KNOWN, "", reading)
    if reading.problems:
        raise Invalid(
            "Nothing was done: there are members that are not known here.", problems=reading.problems
        )


def _unclear() -> Invalid:
    return Invalid(
        "Say who is meant in one of three ways, as texts in one object: purchaseOrderNumber, emailAddress, "
        "or name together with postalCode."
    )
