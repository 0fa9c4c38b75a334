"""Hold, release, cancel, settle, redeliver, reprint, re-route: what a shop may ask for of a stored order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from spectrum_orders.capture import Intake
from spectrum_orders.domain.moves import NEWEST, read_request
from spectrum_orders.ids import readable
from spectrum_orders.lifecycle import cancelling, holds, redelivering, rerouting, settling
from spectrum_orders.lifecycle.cancelling import Changed
from spectrum_orders.lifecycle.orders import Caller, Which
from spectrum_orders.store import lines
from spectrum_orders.store.lines import LineState
from spectrum_orders.store.packages import Package
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.web import documents, paging
from spectrum_orders.web.auth import Principal
from spectrum_orders.web.exchange import Exchange
from spectrum_orders.web.lifecycle import running, vendor

Verb = Callable[[Transaction, Caller, Which, str], Changed]

_encode = msgspec.json.Encoder().encode


class Outcome(msgspec.Struct, frozen=True):
    """What was changed, and where the lines that were meant stand now."""

    changed: Changed
    now: tuple[LineState, ...]


class Changes:
    """The endpoints of one process."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def hold(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/order/hold``."""
        await self._change(exchange, principal, holds.hold)

    async def release(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/order/release``."""
        await self._change(exchange, principal, holds.release)

    async def cancel(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/order/cancel``."""
        await self._change(exchange, principal, cancelling.cancel)

    async def settle(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/order/settle``."""
        await self._change(exchange, principal, settling.settle)

    async def redeliver(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/order/redeliver``."""
        await self._change(exchange, principal, redelivering.redeliver)

    async def reprint(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/order/reprint``."""
        await self._change(exchange, principal, redelivering.reprint)

    async def reroute(self, exchange: Exchange, principal: Principal) -> None:
        """Answer ``POST /api/order/reroute``."""
        await self._change(exchange, principal, None)

    async def _change(self, exchange: Exchange, principal: Principal, verb: Verb | None) -> None:
        paging.refuse_unknown(exchange, "client", "dryRun")
        dry_run = exchange.flag(b"dryRun")
        request, findings = read_request(await documents.read(exchange), partner=verb is None)
        if request is None:
            raise vendor.unreadable(findings)
        who, client = running.caller(principal), exchange.text(b"client")
        which = Which(request.purchase_order_number, client, request.numbers, request.recipe_sets)

        def job(tx: Transaction) -> Outcome:
            changed = (
                rerouting.reroute(
                    tx, who, which, request.partner, request.reason, newest=request.artwork == NEWEST
                )
                if verb is None
                else verb(tx, who, which, request.reason)
            )
            meant = {line.position for line in changed.lines}
            states = lines.states(tx.connection, *changed.order.mark)
            return Outcome(changed, tuple(line for line in states if line.position in meant))

        outcome = await running.run(self._intake, job, dry_run=dry_run)
        body = _represent(outcome)
        if dry_run:
            body["dryRun"] = True
        if findings.warnings:
            body["warnings"] = findings.warnings
        await exchange.respond(200, _encode(body))


def _represent(outcome: Outcome) -> dict[str, Any]:
    order = outcome.changed.order
    return {
        "clientHandle": order.client_handle,
        "purchaseOrderNumber": order.purchase_order_number,
        "lineItems": [_line(line) for line in outcome.now],
        "packages": [_package(package) for package in outcome.changed.packages],
    }


def _line(line: LineState) -> dict[str, Any]:
    return {
        "id": line.number,
        "recipeSetReadableId": line.recipe_set_id,
        "workflowStatus": line.workflow_status,
        "onHold": line.held_at is not None,
        "artworkVersion": None if line.recipe_version is None else readable("ver", line.recipe_version),
    }


def _package(package: Package) -> dict[str, Any]:
    shown: dict[str, Any] = {"packageId": readable("pkg", package.id), "kind": package.kind}
    if package.completes:
        shown["follows"] = readable("pkg", package.completes)
    return shown
