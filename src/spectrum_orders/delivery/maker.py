"""From a package that is owed to one that may leave: every line with artwork that may be printed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.delivery.gathering import Looking, Settling
from spectrum_orders.delivery.names import names_there
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.delivery.studio import Studio
from spectrum_orders.domain.events import ARTWORK_REJECTED
from spectrum_orders.errors import NotFound
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import (
    events,
    orders,
    packages,
    parties,
    partners,
    queue,
    recipes,
    sending,
    withholding,
)
from spectrum_orders.store.orders import Origin, StoredLine, StoredOrder
from spectrum_orders.store.packages import Package
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.recipes import READY, Artwork
from spectrum_orders.store.sending import Ready
from spectrum_orders.store.transaction import Transaction

AWAITING_ARTWORK = "awaiting-artwork"
PREFLIGHT_REJECTED = "preflight-rejected"
ARTWORK_ERASED = "artwork-erased"
"""Somebody whose artwork it was had it erased; a recipe set that is put again is made."""
NO_DESTINATION = "no-destination"

AGAIN_US = 15 * 60 * 1_000_000
"""As in ``planner``: a wake that was lost is no lost order."""


class Seen(msgspec.Struct, frozen=True):
    """A package with its order, and what became of the versions that its lines are bound to."""

    package: Package
    order: StoredOrder
    artworks: dict[int, Artwork]


class Lines(msgspec.Struct, frozen=True):
    """A package's lines with the version that each is bound to, or will be by ``pins``."""

    versions: dict[int, int]
    pins: dict[int, int]
    missing: tuple[str, ...]


class Made(msgspec.Struct, frozen=True):
    """A package whose every line may be printed, on its way to be owed to its destinations."""

    claim: Claim
    package: Package
    ways: list[tuple[int, str]]
    pins: dict[int, int]


class Maker:
    """Makes packages ready, one claim at a time."""

    def __init__(self, runtime: Runtime, studio: Studio, looking: Looking, settling: Settling) -> None:
        self._runtime = runtime
        self._looking = looking
        self._settling = settling
        self._studio = studio

    async def make(self, snapshot: Snapshot, claim: Claim) -> None:
        """Have every file of a package made, and owe it to its destinations; or say what it waits for."""
        seen = await self._looking.ask(_find, claim)
        if seen is None or seen.package.state == packages.CANCELLED:
            await self._settling.write(lambda tx: queue.settle(tx, [claim]))
            return
        package, order = seen.package, seen.order
        if order.erased_at is not None and package.kind in packages.PERSONAL:
            await self._settling.write(lambda tx: _withhold(tx, claim, package))
            return
        lines = _bound(seen)
        if lines is None:
            lines = await asyncio.to_thread(self._lines, package, order)
        rejected: list[str] = []
        refused: list[int] = []
        erased = False
        if package.kind in packages.PRINTED:
            for position, version in sorted(lines.versions.items()):
                known = seen.artworks.get(version)
                if known is not None and known.state == READY:
                    continue
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
        ways = names_there(snapshot, self._runtime.settings.environment, package, order)
        if ways and not lines.missing and not rejected:
            await self._settling.ask(_owe, Made(claim, package, ways, lines.pins))
            return
        refusal = ARTWORK_ERASED if erased else PREFLIGHT_REJECTED
        await self._settling.write(
            lambda tx: self._set_aside(
                tx, snapshot.generation, claim, package, order, lines, rejected, refusal, refused
            )
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

    def _set_aside(
        self,
        tx: Transaction,
        generation: str,
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
        now = packages.hold_many(tx, [(package.client_id, package.id)]).get((package.client_id, package.id))
        origin = orders.origins(tx.connection, [(package.client_id, package.order_id)])
        if _is_changed(tx, claim, package, now, origin[package.client_id, package.order_id]):
            return
        if lines.missing:
            state, reason = packages.WAITING, AWAITING_ARTWORK
        elif rejected:
            state, reason = packages.REJECTED, refusal
        else:
            # As in ``planner``: whoever adds a destination wakes what is parked for want of one then, so that
            # nobody adds any while this holds what was known against what there is.
            if partners.generation(tx.connection, hold=True) != generation:
                queue.postpone(tx, claim, tx.now, "", attempted=False)
                return
            state, reason = packages.MAKING, NO_DESTINATION
        due = tx.now + AGAIN_US
        if not queue.postpone(tx, claim, due, reason, lane=queue.PARKED, attempted=False):
            return
        packages.await_recipes(tx, package, [*lines.missing, *rejected])
        packages.move(tx, package, state, reason)
        if state == packages.REJECTED and now is not None and now.state != packages.REJECTED:
            events.emit(tx, packages.about(package, ARTWORK_REJECTED))
        _pin(tx, package, lines.pins)


def _find(connection: Connection, claims: Sequence[Claim]) -> list[Seen | None]:
    whole = packages.find_many(connection, [(one.client_id, one.subject) for one in claims])
    marks = sorted({(one.client_id, one.order_id) for one in claims})
    theirs = {(one.client_id, one.id): one for one in orders.find_many(connection, marks)}
    versions = [
        (order.client_id, line.recipe_version)
        for order in theirs.values()
        for line in order.lines
        if line.recipe_version is not None
    ]
    artworks = recipes.find_artworks(connection, versions)
    found: list[Seen | None] = []
    for claim in claims:
        package = whole.get((claim.client_id, claim.subject))
        order = theirs.get((claim.client_id, claim.order_id))
        if package is None or order is None:
            found.append(None)
            continue
        own = {
            line.recipe_version: artworks[mark]
            for line in order.lines
            if line.recipe_version is not None
            and (mark := (order.client_id, line.recipe_version)) in artworks
        }
        found.append(Seen(package, order, own))
    return found


def _bound(seen: Seen) -> Lines | None:
    """The lines of a package as they are when each is bound to a version that may be printed, or that nobody
    has made yet; ``None`` when one has to be looked for."""
    versions: dict[int, int] = {}
    for position in seen.package.positions:
        version = seen.order.lines[position].recipe_version
        if version is None:
            return None
        artwork = seen.artworks.get(version)
        if artwork is not None and artwork.state != READY:
            return None
        versions[position] = version
    return Lines(versions, {}, ())


def _owe(tx: Transaction, several: Sequence[Made]) -> list[None]:
    """Owe packages to their destinations, unless something happened to them since they were looked at."""
    now = packages.hold_many(tx, [(one.package.client_id, one.package.id) for one in several])
    # Read once the packages are held: a completion that comes at this moment either finds them ready, and
    # its ticket follows, or is found here, and goes with them.
    origins = orders.origins(
        tx.connection, [(one.package.client_id, one.package.order_id) for one in several]
    )
    whole = []
    for one in several:
        package = one.package
        origin = origins[package.client_id, package.order_id]
        if not _is_changed(tx, one.claim, package, now.get((package.client_id, package.id)), origin):
            whole.append((one, origin))
    ours = queue.settle(tx, [one.claim for one, _ in whole])
    settled = [(one, origin) for one, origin in whole if one.claim.id in ours]
    sending.dispatch(
        tx, [Ready(one.package, one.ways, one.claim, origin.completed) for one, origin in settled]
    )
    for one, _ in settled:
        _pin(tx, one.package, one.pins)
    return [None] * len(several)


def _is_changed(tx: Transaction, claim: Claim, package: Package, now: Package | None, origin: Origin) -> bool:
    """Whether a package is no longer what was looked at; its claim is then settled by what became of it."""
    if now is None or now.state == packages.CANCELLED:
        queue.settle(tx, [claim])
    elif package.kind in packages.PERSONAL and origin.erased:
        _withhold(tx, claim, now)
    elif now.positions != package.positions:
        # Lines were taken out of it meanwhile: once more, with those that are left.
        queue.postpone(tx, claim, tx.now, "", attempted=False)
    else:
        return False
    return True


def _pin(tx: Transaction, package: Package, pins: dict[int, int]) -> None:
    for position, version in pins.items():
        packages.pin(tx, package.client_id, package.order_id, position, version)


def _withhold(tx: Transaction, claim: Claim, package: Package) -> None:
    """The order's people were erased: the package stays here, for somebody to decide about."""
    if queue.settle(tx, [claim]):
        now = packages.find(tx.connection, package.client_id, package.id, hold=True)
        if now is not None:
            withholding.withhold(tx, now)
