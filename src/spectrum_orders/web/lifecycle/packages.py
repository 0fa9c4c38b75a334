"""``/api/packages``: what a factory was sent, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from spectrum_orders import ids
from spectrum_orders.capture import Intake
from spectrum_orders.domain.instants import iso
from spectrum_orders.domain.moves import read_refusal
from spectrum_orders.errors import NotFound, Problem
from spectrum_orders.lifecycle import receiving
from spectrum_orders.lifecycle.orders import Caller
from spectrum_orders.store import parcels
from spectrum_orders.store.packages import Package
from spectrum_orders.store.parcels import Listed
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.web import documents, paging
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lifecycle import running, vendor
from spectrum_orders.web.lookup import look

PREFIX = "pkg"
STATES = ("ready", "delivered", "collected", "cancelled", "uncollected")

_encode = msgspec.json.Encoder().encode


class Packages:
    """The endpoints of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def read_all(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``GET /api/packages``: the newest first."""
        running.need_partner(principal)
        state = paging.choice(exchange, b"state", STATES)
        most = paging.limit(exchange, 100, 1_000)
        before = paging.number(exchange, b"cursor")
        seat = principal.seat

        def read() -> list[Listed]:
            with self._intake.runtime.database.read() as connection:
                return parcels.page(connection, seat, state=state, before=before, most=most)

        found = await look(read)
        body: dict[str, Any] = {"packages": [_listed(one) for one in found]}
        body["next"] = str(found[-1].package.id) if len(found) == most else None
        await exchange.respond(200, _encode(body))

    async def receive(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/packages/{packageId}/received``."""
        await self._say(exchange, principal, receiving.receive)

    async def accept(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/packages/{packageId}/accepted``."""
        await self._say(exchange, principal, receiving.accept)

    async def reject(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/packages/{packageId}/rejected``."""
        running.need_partner(principal)
        paging.refuse_unknown(exchange)
        request, findings = read_refusal(await documents.read(exchange))
        if request is None:
            raise vendor.unreadable(findings)

        def verb(tx: Transaction, caller: Caller, number: int) -> Package:
            return receiving.reject(tx, caller, number, request.reason, request.numbers, request.recipe_sets)

        await self._say(exchange, principal, verb, findings.warnings)

    async def _say(
        self,
        exchange: Exchange,
        principal: Principal,
        verb: Callable[[Transaction, Caller, int], Package],
        warnings: Sequence[Problem] = (),
    ) -> None:
        running.need_partner(principal)
        number = ids.parse_readable(PREFIX, exchange.parameter)
        if number is None:
            raise NotFound("There is no package with this id.")
        who = running.caller(principal)
        package = await running.run(self._intake, lambda tx: verb(tx, who, number))
        shown = _package(package)
        if warnings:
            shown["warnings"] = warnings
        await exchange.respond(200, _encode(shown))


def _package(package: Package) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "packageId": ids.readable(PREFIX, package.id),
        "kind": package.kind,
        "state": package.state,
        "createdAt": iso(package.created_at),
        "acceptedAt": None if package.accepted_at is None else iso(package.accepted_at),
        "collectedAt": None if package.collected_at is None else iso(package.collected_at),
    }
    if package.completes:
        shown["follows"] = ids.readable(PREFIX, package.completes)
    return shown


def _listed(one: Listed) -> dict[str, Any]:
    return {
        **_package(one.package),
        "clientHandle": one.client_handle,
        "purchaseOrderNumber": one.purchase_order_number,
        "lineItems": [{"id": line.number, "recipeSetReadableId": line.recipe_set_id} for line in one.lines],
    }
