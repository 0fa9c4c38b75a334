"""From a package that is owed to one that may leave: every line with artwork that may be printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.delivery.gathering import Looking, Settling
from spectrum_orders.delivery.names import names_there
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.delivery.studio import Studio
from spectrum_orders.delivery.taken import Taken, all_of
from spectrum_orders.domain.events import ARTWORK_REJECTED
from spectrum_orders.domain.exceptions import FILES_AWAY, NO_DESTINATION
from spectrum_orders.errors import NotFound
from spectrum_orders.files import FilesAway
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
from spectrum_orders.store.modification import Mark
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

FILES_AGAIN_US = 60 * 1_000_000
"""Nobody says when a disk is back."""

AGAIN_US = 15 * 60 * 1_000_000
"""As in ``planner``: a wake that was lost is no lost order."""


class Seen(msgspec.Struct, frozen=True):
    """A package with its order; what became of versions, by client and version; and the current version of
    every recipe set that one of its lines may have to be bound to."""

    package: Package
    order: StoredOrder
    artworks: dict[Mark, Artwork]
    current: dict[tuple[int, str], int]

    def artwork(self, version: int) -> Artwork | None:
        """What became of a version; nothing yet when nobody has made it."""
        return self.artworks.get((self.package.client_id, version))

    @property
    def is_printed(self) -> bool:
        """Whether nothing is to be made for it any more."""
        if self.package.kind not in packages.PRINTED:
            return True
        return all(self.is_ready(version) for version in self.lines().versions.values())

    def is_ready(self, version: int) -> bool:
        """Whether a version's files are made, and may be printed."""
        artwork = self.artwork(version)
        return artwork is not None and artwork.state == READY

    def lines(self) -> Lines:
        """The package's lines, bound as they are now."""
        versions: dict[int, int] = {}
        pins: dict[int, int] = {}
        missing: list[str] = []
        for position in self.package.positions:
            line = self.order.lines[position]
            version = self._version(line)
            if version is None:
                missing.append(line.recipe_set_id)
                continue
            versions[position] = version
            if version != line.recipe_version:
                pins[position] = version
        return Lines(versions, pins, tuple(missing))

    def _version(self, line: StoredLine) -> int | None:
        if not _is_open(self.order.client_id, line, self.artworks):
            return line.recipe_version
        return self.current.get((self.order.client_id, line.recipe_set_id), line.recipe_version)


class Lines(msgspec.Struct, frozen=True):
    """A package's lines with the version that each is bound to, or will be by ``pins``."""

    versions: dict[int, int]
    pins: dict[int, int]
    missing: tuple[str, ...]


class Refused(msgspec.Struct, frozen=True):
    """Lines whose artwork may not be printed, with why; of those that were erased there is nothing."""

    recipe_sets: tuple[str, ...] = ()
    reason: str = ""
    positions: tuple[int, ...] = ()


class Made(msgspec.Struct, frozen=True):
    """A package whose every line may be printed, on its way to be owed to its destinations."""

    claim: Claim
    package: Package
    ways: list[tuple[int, str]]
    pins: dict[int, int]


class Maker:
    """Makes packages ready."""

    def __init__(self, runtime: Runtime, studio: Studio, looking: Looking, settling: Settling) -> None:
        self._runtime = runtime
        self._looking = looking
        self._settling = settling
        self._studio = studio

    async def make(self, snapshot: Snapshot, taken: Taken, claims: Sequence[Claim]) -> None:
        """Have every file of packages made, and owe each to its destinations; or say what it waits for."""
        quick: list[tuple[Claim, Seen | None]] = []
        slow: list[tuple[Claim, Seen | None]] = []
        for claim, seen in zip(claims, await self._looking.ask_all(_find, claims), strict=True):
            if isinstance(seen, Exception):
                await taken.give_back(claim, seen)
            else:
                (quick if seen is None or seen.is_printed else slow).append((claim, seen))
        # What is to be printed takes its time, and each is owed when its own files are made.
        parts = [quick, *([one] for one in slow)]
        await all_of(self._make(snapshot, taken, part) for part in parts)

    async def _make(
        self, snapshot: Snapshot, taken: Taken, several: Sequence[tuple[Claim, Seen | None]]
    ) -> None:
        whole: list[Made] = []

        async def one(claim: Claim, seen: Seen | None) -> None:
            try:
                made = await self._made(snapshot, claim, seen)
            except Exception as error:  # noqa: BLE001  whatever it is, it concerns this package alone
                await taken.give_back(claim, error)
            else:
                if made is None:
                    taken.free(claim)
                else:
                    whole.append(made)

        await all_of(one(claim, seen) for claim, seen in several)
        for made, error in zip(whole, await self._settling.ask_all(_owe, whole), strict=True):
            if error is None:
                taken.free(made.claim)
            else:
                await taken.give_back(made.claim, error)

    async def _made(self, snapshot: Snapshot, claim: Claim, seen: Seen | None) -> Made | None:
        """``None``: it may not leave now, and its claim is settled."""
        if seen is None or seen.package.state == packages.CANCELLED:
            await self._settling.write(lambda tx: queue.settle(tx, [claim]))
            return None
        package, order = seen.package, seen.order
        if order.erased_at is not None and package.kind in packages.PERSONAL:
            await self._settling.write(lambda tx: _withhold(tx, claim, package))
            return None
        lines = seen.lines()
        try:
            refused = await self._print(seen, lines) if package.kind in packages.PRINTED else Refused()
        except FilesAway:
            # Parked and not left to the lease, so that it is seen. No attempt: nothing was tried.
            await self._settling.write(
                lambda tx: queue.park(tx, [claim], tx.now + FILES_AGAIN_US, FILES_AWAY)
            )
            return None
        ways = names_there(snapshot, self._runtime.settings.environment, package, order)
        if ways and not lines.missing and not refused.recipe_sets:
            return Made(claim, package, ways, lines.pins)
        await self._settling.write(
            lambda tx: _set_aside(tx, snapshot.generation, claim, seen, lines, refused)
        )
        return None

    async def _print(self, seen: Seen, lines: Lines) -> Refused:
        """Have the files of all lines made; what may not be printed of them."""
        recipe_sets: list[str] = []
        positions: list[int] = []
        erased = False
        for position, version in sorted(lines.versions.items()):
            if seen.is_ready(version):
                continue
            artwork: Artwork | None
            try:
                artwork = await self._studio.ensure(seen.package.client_id, version)
            except NotFound:
                artwork = None
            if artwork is not None and artwork.state == READY:
                continue
            recipe_sets.append(seen.order.lines[position].recipe_set_id)
            erased |= artwork is None or artwork.state == recipes.ERASED
            if artwork is not None:
                positions.append(position)
        reason = ARTWORK_ERASED if erased else PREFLIGHT_REJECTED
        return Refused(tuple(recipe_sets), reason, tuple(positions))


def _set_aside(
    tx: Transaction, generation: str, claim: Claim, seen: Seen, lines: Lines, refused: Refused
) -> None:
    package = seen.package
    mark = (package.client_id, package.id)
    if lines.missing or refused.recipe_sets:
        # Whoever puts a recipe set holds the client, and wakes what waits for it then. What would begin
        # to wait afterwards looks once more, now that nobody puts any.
        parties.hold(tx, package.client_id)
        if _is_overtaken(tx.connection, claim, lines, refused):
            queue.postpone(tx, claim, tx.now, "", attempted=False)
            return
    now = packages.hold_many(tx, [mark]).get(mark)
    [origin] = orders.origins(tx.connection, [(package.client_id, package.order_id)]).values()
    if _is_changed(tx, claim, package, now, origin):
        return
    if lines.missing:
        state, reason = packages.WAITING, AWAITING_ARTWORK
    elif refused.recipe_sets:
        state, reason = packages.REJECTED, refused.reason
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
    packages.await_recipes(tx, package, [*lines.missing, *refused.recipe_sets])
    packages.move(tx, package, state, reason)
    if state == packages.REJECTED and now is not None and now.state != packages.REJECTED:
        events.emit(tx, packages.about(package, ARTWORK_REJECTED))
    _pin(tx, package, lines.pins)


def _is_overtaken(connection: Connection, claim: Claim, lines: Lines, refused: Refused) -> bool:
    """Whether a recipe set has been put since the lines were looked at: another version, or the same one
    again, so that what could not be made is forgotten."""
    [seen] = _find(connection, [claim])
    if seen is None:
        return False
    return seen.lines() != lines or any(
        seen.artwork(lines.versions[position]) is None for position in refused.positions
    )


def _find(connection: Connection, claims: Sequence[Claim]) -> list[Seen | None]:
    whole = packages.find_many(connection, [(one.client_id, one.subject) for one in claims])
    marks = sorted({(one.client_id, one.order_id) for one in claims})
    theirs = {(one.client_id, one.id): one for one in orders.find_many(connection, marks)}
    every = [(order.client_id, line) for order in theirs.values() for line in order.lines]
    bound = [(client, line.recipe_version) for client, line in every if line.recipe_version is not None]
    artworks = recipes.find_artworks(connection, bound)
    loose = {(client, line.recipe_set_id) for client, line in every if _is_open(client, line, artworks)}
    current = recipes.current_versions(connection, loose) if loose else {}
    return [
        None if package is None or order is None else Seen(package, order, artworks, current)
        for package, order in (
            (whole.get((one.client_id, one.subject)), theirs.get((one.client_id, one.order_id)))
            for one in claims
        )
    ]


def _is_open(client_id: int, line: StoredLine, artworks: Mapping[Mark, Artwork]) -> bool:
    """Whether a line takes the current version of its recipe set: one that is bound to none, or to one that
    may not be printed. Without a current version that one stays."""
    if line.recipe_version is None:
        return True
    artwork = artworks.get((client_id, line.recipe_version))
    return artwork is not None and artwork.state != READY


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
