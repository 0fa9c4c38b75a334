"""From a package that is owed to one that may leave: every line with artwork that may be printed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.delivery.names import names_there
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.delivery.settling import Settling
from spectrum_orders.delivery.studio import Studio
from spectrum_orders.domain.events import ARTWORK_REJECTED
from spectrum_orders.errors import NotFound
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import events, orders, packages, parties, queue, recipes, withholding
from spectrum_orders.store.orders import StoredLine, StoredOrder
from spectrum_orders.store.packages import Package
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.recipes import READY
from spectrum_orders.store.transaction import Transaction

AWAITING_ARTWORK = "awaiting-artwork"
PREFLIGHT_REJECTED = "preflight-rejected"
ARTWORK_ERASED = "artwork-erased"
"""Somebody whose artwork it was had it erased; a recipe set that is put again is made."""
NO_DESTINATION = "no-destination"

AGAIN_US = 15 * 60 * 1_000_000
"""As in ``planner``: a wake that was lost is no lost order."""


class Lines(msgspec.Struct, frozen=True):
    """A package's lines with the version that each is bound to, or will be by ``pins``."""

    versions: dict[int, int]
    pins: dict[int, int]
    missing: tuple[str, ...]


class Maker:
    """Makes packages ready, one claim at a time."""

    def __init__(self, runtime: Runtime, studio: Studio, settling: Settling) -> None:
        self._runtime = runtime
        self._settling = settling
        self._studio = studio

    async def make(self, snapshot: Snapshot, claim: Claim) -> None:
        """Have every file of a package made, and owe it to its destinations; or say what it waits for."""
        package, order = await asyncio.to_thread(self._find, claim)
        if package is None or order is None or package.state == packages.CANCELLED:
            await self._settling.write(lambda tx: queue.settle(tx, [claim]))
            return
        if order.erased_at is not None and package.kind in packages.PERSONAL:
            await self._settling.write(lambda tx: _withhold(tx, claim, package))
            return
        lines = await asyncio.to_thread(self._lines, package, order)
        rejected: list[str] = []
        refused: list[int] = []
        erased = False
        if package.kind in packages.PRINTED:
            for position, version in sorted(lines.versions.items()):
                try:
                    artwork = await self._studio.ensure(package.client_id, version)
                except NotFound:
                    erased = True
                    rejected.append(order.lines[position].recipe_set_id)
                    continue
                if artwork.state != READY:
                    erased |= artwork.state == recipes.ERASED
                    rejected.append(order.lines[position].recipe_set_id)
                    refused.append(position)
        refusal = ARTWORK_ERASED if erased else PREFLIGHT_REJECTED
        await self._settling.write(
            lambda tx: self._settle(tx, snapshot, claim, package, order, lines, rejected, refusal, refused)
        )

    def _find(self, claim: Claim) -> tuple[Package | None, StoredOrder | None]:
        with self._runtime.database.read() as connection:
            return (
                packages.find(connection, claim.client_id, claim.subject),
                orders.find_order_by_id(connection, claim.client_id, claim.order_id),
            )

    def _lines(self, package: Package, order: StoredOrder) -> Lines:
        versions: dict[int, int] = {}
        pins: dict[int, int] = {}
        missing: list[str] = []
        with self._runtime.database.read() as connection:
            for position in package.positions:
                line = order.lines[position]
                version = self._version(connection, package.client_id, line)
                if version is None:
                    missing.append(line.recipe_set_id)
                    continue
                versions[position] = version
                if version != line.recipe_version:
                    pins[position] = version
        return Lines(versions, pins, tuple(missing))

    def _version(self, connection: Connection, client_id: int, line: StoredLine) -> int | None:
        """The version that a line is bound to; without one, or with an unprintable one, the current."""
        pinned = line.recipe_version
        if pinned is not None:
            artwork = recipes.find_artwork(connection, client_id, pinned)
            if artwork is None or artwork.state == READY:
                return pinned
        return recipes.current_id(connection, client_id, line.recipe_set_id) or pinned

    def _is_overtaken(
        self,
        connection: Connection,
        package: Package,
        order: StoredOrder,
        lines: Lines,
        refused: Sequence[int],
    ) -> bool:
        """Whether a recipe set has been put since the lines were looked at: another version, or the same one
        again, so that what could not be made is forgotten."""
        return any(
            self._version(connection, package.client_id, order.lines[position])
            != lines.versions.get(position)
            for position in package.positions
        ) or any(
            recipes.find_artwork(connection, package.client_id, lines.versions[position]) is None
            for position in refused
        )

    def _settle(
        self,
        tx: Transaction,
        snapshot: Snapshot,
        claim: Claim,
        package: Package,
        order: StoredOrder,
        lines: Lines,
        rejected: list[str],
        refusal: str,
        refused: list[int],
    ) -> None:
        if lines.missing or rejected:
            # Whoever puts a recipe set holds the client, and wakes what waits for it then. What would begin
            # to wait afterwards looks once more, now that nobody puts any.
            parties.hold(tx, package.client_id)
            if self._is_overtaken(tx.connection, package, order, lines, refused):
                queue.postpone(tx, claim, tx.now, "", attempted=False)
                return
        now = packages.find(tx.connection, package.client_id, package.id, hold=True)
        if now is None or now.state == packages.CANCELLED:
            queue.settle(tx, [claim])
            return
        if package.kind in packages.PERSONAL and withholding.is_erased(tx.connection, package):
            _withhold(tx, claim, now)
            return
        if now.positions != package.positions:
            # Lines were taken out of it meanwhile: once more, with those that are left.
            queue.postpone(tx, claim, tx.now, "", attempted=False)
            return
        ways = names_there(snapshot, self._runtime.settings.environment, package, order)
        if lines.missing or rejected or not ways:
            if lines.missing:
                state, reason = packages.WAITING, AWAITING_ARTWORK
            elif rejected:
                state, reason = packages.REJECTED, refusal
            else:
                state, reason = packages.MAKING, NO_DESTINATION
            due = tx.now + AGAIN_US
            if not queue.postpone(tx, claim, due, reason, lane=queue.PARKED, attempted=False):
                return
            packages.await_recipes(tx, package, [*lines.missing, *rejected])
            packages.move(tx, package, state, reason)
            if state == packages.REJECTED and now.state != packages.REJECTED:
                events.emit(tx, packages.about(package, ARTWORK_REJECTED))
        elif queue.settle(tx, [claim]):
            packages.dispatch(tx, package, ways, claim)
        else:
            return
        for position, version in lines.pins.items():
            packages.pin(tx, package.client_id, package.order_id, position, version)


def _withhold(tx: Transaction, claim: Claim, package: Package) -> None:
    """The order's people were erased: the package stays here, for somebody to decide about."""
    if queue.settle(tx, [claim]):
        now = packages.find(tx.connection, package.client_id, package.id, hold=True)
        if now is not None:
            withholding.withhold(tx, now)
