"""Packages to one destination: found, sent, and settled by what came of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence

import msgspec

from spectrum_orders.artwork.zipping import SMALL
from spectrum_orders.delivery.connections import Connections
from spectrum_orders.delivery.departing import Departing, Loaded, Lost, Passed
from spectrum_orders.delivery.gathering import Looking, Settling
from spectrum_orders.delivery.lease import Leases
from spectrum_orders.delivery.owed import Owed, find
from spectrum_orders.delivery.registry import Snapshot, is_folder
from spectrum_orders.delivery.settlement import Sent, Settlement
from spectrum_orders.delivery.studio import Studio
from spectrum_orders.delivery.taken import Taken, all_of
from spectrum_orders.delivery.transports import Content, DeliveryFailed, Proof, Transport
from spectrum_orders.delivery.transports.folder import FolderTransport
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import packages, queue, withholding
from spectrum_orders.store.partners import DestinationRow
from spectrum_orders.store.queue import Claim

PART_SECONDS = 0.5
"""How long packages to a folder that are built and put as one may take, as the last ones took: meanwhile none
of them can be called back or is settled, and one thread of a folder works where it has four. On a quick disk
all that was claimed together takes a fifth of this; in smaller parts, a quarter more of the processor."""

UNTRIED = 8
"""As many at first, while nobody knows how quick a folder is."""

AT_ONCE = 4
"""Such parts of what was claimed together: as many as a folder has threads, of which each part takes one."""

_Place = tuple[int, int, int]
"""A destination, and one client's order."""


class Sender:
    """Delivers packages."""

    def __init__(
        self,
        runtime: Runtime,
        connections: Connections,
        looking: Looking,
        settling: Settling,
        studio: Studio,
    ) -> None:
        self._runtime = runtime
        self._studio = studio
        self._looking = looking
        self._settling = settling
        self._settlement = Settlement(settling)
        self._departing = Departing(runtime, looking, settling, self._settlement)
        self._connections = connections
        self._leaving: dict[int, tuple[_Place, Taken]] = {}
        """By claim: packages with files that are on their way out."""
        self._seconds: dict[int, float] = {}
        """By destination, how long each package of its last part took."""
        self.proven: set[int] = set()
        """Destinations that have taken the last package that they were given."""

    async def send(self, snapshot: Snapshot, taken: Taken) -> None:
        """Deliver what claims of one lane owe, and settle each: sent, postponed or buried."""
        lane = taken.claims[0].lane
        destination = snapshot.destinations.get(lane)
        async with Leases(self._runtime, taken) as leases:
            owed = await self._owed(taken)
            if destination is None:
                await self._connections.forget(lane)
                removed = DeliveryFailed(
                    "removed",
                    "The destination was removed.",
                    permanent=True,
                    next_step="Re-route the order.",
                )
                for one in owed:
                    await self._settlement.failed(taken, one, None, removed)
                return
            ours = {
                one.claim.id: (_place(one), taken) for one in owed if one.package.kind in packages.PRINTED
            }
            self._leaving |= ours
            try:
                passed = await self._departing.leave(snapshot, taken, owed)
                # Somebody else's machine is given as many at once as are claimed for it.
                most = AT_ONCE if is_folder(destination) else len(taken.claims)
                way = _Way(snapshot, taken, leases, destination, asyncio.Semaphore(most))
                await all_of(self._send(way, part) for part in self._parts(destination, passed))
            finally:
                for number in ours:
                    self._leaving.pop(number, None)

    async def _owed(self, taken: Taken) -> list[Owed]:
        """What is still to be sent; the claims of all else are settled."""
        owed: list[Owed] = []
        done: list[Claim] = []
        found = await self._looking.ask_all(find, taken.claims)
        for claim, one in zip(taken.claims, found, strict=True):
            if isinstance(one, Exception):
                await taken.give_back(claim, one)
            elif one is None:
                done.append(claim)
            else:
                owed.append(one)
        await taken.each(self._settle, [(claim, claim) for claim in done])
        return owed

    async def _settle(self, claim: Claim) -> None:
        await self._settling.write(lambda tx: queue.settle(tx, [claim]))

    def _parts(self, destination: DestinationRow, passed: Sequence[Passed]) -> list[Sequence[Passed]]:
        """What is built and sent as one: some packages to a folder. All else goes by itself, so that what has
        arrived is settled while the others are on their way."""
        several: list[Passed] = []
        parts: list[Sequence[Passed]] = []
        for one in passed:
            if one.owed.package.kind in packages.PRINTED and is_folder(destination):
                several.append(one)
            else:
                parts.append([one])
        seconds = self._seconds.get(destination.id)
        most = UNTRIED if seconds is None else max(1, int(PART_SECONDS / max(seconds, 1e-6)))
        return [*(several[at : at + most] for at in range(0, len(several), most)), *parts]

    async def _send(self, way: _Way, part: Sequence[Passed]) -> None:
        if any(one.owed.package.kind not in packages.PRINTED for one in part):
            await self._after_packages({_place(one.owed) for one in part})
        async with way.turns:
            began = time.monotonic()
            loaded, lost = await self._departing.build(way.snapshot, way.taken, part)
            small = [one for one in loaded if one.content.size <= SMALL]
            large = [[one] for one in loaded if one.content.size > SMALL]
            await all_of(self._put(way, some) for some in (small, *large) if some)
            self._seconds[way.destination.id] = (time.monotonic() - began) / len(part)
        await all_of(self._make_again(way, one) for one in lost)

    async def _after_packages(self, places: Collection[_Place]) -> None:
        """Wait until no package of these orders is on its way there from here: what takes it back, or comes
        after it, must not be overtaken by it."""
        for number, (place, taken) in [*self._leaving.items()]:
            if place in places:
                await taken.until_free(number)

    async def _put(self, way: _Way, part: Sequence[Loaded]) -> None:
        several = [(one.owed.delivery.name, one.content) for one in part]
        results: Sequence[Proof | Exception]
        try:
            async with (
                self._connections.use(way.destination) as transport,
                way.leases.held([one.owed.claim for one in part]),
            ):
                results = await _put_all(transport, several)
        except Exception as error:  # noqa: BLE001  whatever it is, it concerns these alone
            results = [error] * len(part)
        arrived: list[Sent] = []
        failed: list[tuple[Owed, Exception]] = []
        for one, result in zip(part, results, strict=True):
            if isinstance(result, Exception):
                failed.append((one.owed, result))
            else:
                arrived.append(
                    Sent(one.owed, way.destination, result, _collect_hours(way.snapshot, one.owed))
                )
        if arrived and not failed:
            self.proven.add(way.destination.id)
        elif any(isinstance(failure, DeliveryFailed) for _, failure in failed):
            self.proven.discard(way.destination.id)
        await self._settlement.arrived(way.taken, arrived)
        for owed, failure in failed:
            await self._settlement.failed(way.taken, owed, way.destination, failure)

    async def _make_again(self, way: _Way, lost: Lost) -> None:
        """Make files that were lost, which may take minutes, and come back to the gate: it was passed for a
        package that left at once."""
        claim = lost.owed.claim
        # Nothing of it leaves now, and a notice need not wait for it.
        self._leaving.pop(claim.id, None)
        try:
            if await self._departing.step_back(lost.owed):
                async with way.leases.held([claim]):
                    await self._studio.ensure(claim.client_id, lost.version)
                # With the reason for which it came back: it counts until the gate is passed once more.
                await self._settling.write(
                    lambda tx: queue.postpone(tx, claim, tx.now, withholding.FILES_LOST, attempted=False)
                )
        except DeliveryFailed:
            pass  # whoever has taken the claim settles it, and the destination has no part in this
        except Exception as error:  # noqa: BLE001  whatever it is, it concerns this package alone
            await self._settlement.failed(way.taken, lost.owed, None, error)
        way.taken.free(claim)


class _Way(msgspec.Struct, frozen=True):
    """What deliveries of one lane that were claimed together have in common."""

    snapshot: Snapshot
    taken: Taken
    leases: Leases
    destination: DestinationRow
    turns: asyncio.Semaphore


def _place(owed: Owed) -> _Place:
    return owed.claim.lane, owed.claim.client_id, owed.claim.order_id


def _collect_hours(snapshot: Snapshot, owed: Owed) -> float | None:
    if owed.package.kind == packages.ERASURE:
        return None  # a factory that has deleted everything says so, and not that it has the ticket
    return snapshot.partners[owed.package.partner_id].settings.collect_hours


async def _put_all(
    transport: Transport, several: Sequence[tuple[str, Content]]
) -> Sequence[Proof | Exception]:
    if isinstance(transport, FolderTransport):
        return await transport.put_all(several)
    [(name, content)] = several  # as they were parted
    return [await transport.put(name, content)]
