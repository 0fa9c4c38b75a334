"""Before a package leaves: its files are there, its people opened, the gate passed, and it is built."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.delivery import content, opening
from spectrum_orders.delivery.content import Contents, FilesLost, Materials
from spectrum_orders.delivery.gathering import Gathering, Looking, Settling, Where
from spectrum_orders.delivery.maker import FILES_AGAIN_US
from spectrum_orders.delivery.owed import Owed
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.delivery.settlement import Settlement
from spectrum_orders.delivery.taken import Taken
from spectrum_orders.delivery.zipping import Zipped
from spectrum_orders.domain.exceptions import FILES_AWAY
from spectrum_orders.files import ARTWORK, FilesAway
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import departures, packages, queue, sending, withholding
from spectrum_orders.store.departures import Gate
from spectrum_orders.store.packages import Package
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.transaction import Transaction

HELD_US = 15 * 60 * 1_000_000
"""As in ``planner``: who releases a line wakes its deliveries, and a wake that was lost is no lost order."""


class Departure(msgspec.Struct, frozen=True):
    """A delivery with the people that were opened for it."""

    owed: Owed
    people: dict[str, str]


class Passed(msgspec.Struct, frozen=True):
    """A delivery behind the gate, with what its package is made of."""

    owed: Owed
    people: dict[str, str]
    materials: Materials


class Loaded(msgspec.Struct, frozen=True):
    """A delivery that may leave, now."""

    owed: Owed
    content: Zipped


class Lost(msgspec.Struct, frozen=True):
    """A delivery behind the gate that cannot leave, because files of this version are not there."""

    owed: Owed
    version: int


class _OnItsWay(Protocol):
    @property
    def owed(self) -> Owed: ...


Item = TypeVar("Item", bound=_OnItsWay)
Result = TypeVar("Result")


class Departing:
    """Takes deliveries to the point at which nothing is left but to send them."""

    def __init__(
        self, runtime: Runtime, looking: Looking, settling: Settling, settlement: Settlement
    ) -> None:
        self._runtime = runtime
        self._looking = looking
        self._settling = settling
        self._settlement = settlement
        self._contents = Contents(runtime)

    async def leave(self, snapshot: Snapshot, taken: Taken, several: Sequence[Owed]) -> list[Passed]:
        """Those that pass the gate. The claims of all others are settled."""
        several = await self._with_files(taken, several)
        opened = await self._opened(snapshot, taken, several)
        open_for = await self._allowed(taken, self._settling, _begin, opened)
        # After the gate, so that nothing is made of what was erased before it.
        found = await self._answers(taken, self._looking, _gather, open_for)
        return [Passed(one.owed, one.people, materials) for one, materials in found]

    async def build(
        self, snapshot: Snapshot, taken: Taken, several: Sequence[Passed]
    ) -> tuple[list[Loaded], list[Lost]]:
        """Those that may be sent at once, and those whose files have to be made again. The claims of all
        others are settled."""
        loaded: list[Loaded] = []
        lost: list[Lost] = []
        found = await asyncio.to_thread(self._build, snapshot, taken, several)
        for one, made in zip(several, found, strict=True):
            if isinstance(made, Zipped):
                loaded.append(Loaded(one.owed, made))
            elif isinstance(made, FilesLost):
                lost.append(Lost(one.owed, made.version))
            elif isinstance(made, FilesAway):
                await taken.each(self._wait_for_files, [(one.owed.claim, one.owed)])
            elif made is not None:
                await self._settlement.failed(taken, one.owed, None, made)
        # A large package takes its time to build: it must not arrive after the notice that takes it back.
        return await self._allowed(taken, self._looking, _held, loaded), lost

    async def step_back(self, owed: Owed) -> bool:
        """Whether the claim of a delivery behind the gate is still ours. If so, it has not begun to leave."""
        return await self._settling.ask(_step_back, owed)

    async def _with_files(self, taken: Taken, several: Sequence[Owed]) -> Sequence[Owed]:
        printed = [one for one in several if one.package.kind in packages.PRINTED]
        if not printed or await asyncio.to_thread(self._runtime.files.has_folder, ARTWORK):
            return several
        # Before the gate: nobody is opened for it.
        await taken.each(self._wait_for_files, [(one.claim, one) for one in printed])
        return [one for one in several if one.package.kind not in packages.PRINTED]

    async def _wait_for_files(self, owed: Owed) -> None:
        # No attempt, as in ``Maker``: nothing was tried.
        if await self.step_back(owed):
            claim = owed.claim
            await self._settling.write(
                lambda tx: queue.postpone(tx, claim, tx.now + FILES_AGAIN_US, FILES_AWAY, attempted=False)
            )

    async def _opened(self, snapshot: Snapshot, taken: Taken, several: Sequence[Owed]) -> list[Departure]:
        found = []
        for one in several:
            try:
                settings = snapshot.partners[one.package.partner_id].settings
                people = content.people(self._runtime.keys, one.order, one.package, settings)
            except Exception as error:  # noqa: BLE001  whatever it is, it concerns this order alone
                await self._settlement.failed(taken, one, None, error)
            else:
                found.append(Departure(one, people))
        return found

    def _build(
        self, snapshot: Snapshot, taken: Taken, several: Sequence[Passed]
    ) -> list[Zipped | Exception | None]:
        """``None``: it is no longer in our hands."""
        found: list[Zipped | Exception | None] = []
        for one in several:
            owed = one.owed
            if not taken.holds(owed.claim.id):
                found.append(None)
                continue
            try:
                made = self._contents.build(snapshot, owed.package, owed.order, one.people, one.materials)
            except Exception as error:  # noqa: BLE001  whatever it is, it concerns this package alone
                found.append(error)
            else:
                found.append(made)
        return found

    async def _answers(
        self,
        taken: Taken,
        gathering: Gathering[Where],
        function: Callable[[Where, Sequence[Item]], Sequence[Result]],
        several: Sequence[Item],
    ) -> list[tuple[Item, Result]]:
        """Each with what the store says of it."""
        found = []
        for one, answer in zip(several, await gathering.ask_all(function, several), strict=True):
            if isinstance(answer, Exception):
                await self._settlement.failed(taken, one.owed, None, answer)
            else:
                found.append((one, answer))
        return found

    async def _allowed(
        self,
        taken: Taken,
        gathering: Gathering[Where],
        function: Callable[[Where, Sequence[Item]], Sequence[bool]],
        several: Sequence[Item],
    ) -> list[Item]:
        """Those of which the store says yes. The claims of the others are no longer ours."""
        found = []
        for one, is_so in await self._answers(taken, gathering, function, several):
            if is_so:
                found.append(one)
            else:
                taken.free(one.owed.claim)
        return found


def _begin(tx: Transaction, several: Sequence[Departure]) -> list[bool]:
    """Whether each delivery may leave. If not, its claim is settled here and now, under the lock of the gate:
    whoever releases a line just then finds what is to be woken."""
    gates = departures.begin(tx, [(one.owed.claim, one.owed.package) for one in several])
    for one, gate in zip(several, gates, strict=True):
        package = one.owed.package
        if gate is not Gate.OPEN:
            _turn_back(tx, one.owed.claim, package, gate)
        elif one.people:
            # Before anything is done with them, so that no crash leaves an opening untold.
            why = f"delivered in {ids.readable('pkg', package.id)}"
            opening.record(tx, one.owed.order, one.people, why)
    return [gate is Gate.OPEN for gate in gates]


def _turn_back(tx: Transaction, claim: Claim, package: Package, gate: Gate) -> None:
    if gate is Gate.ERASED:
        now = packages.find(tx.connection, package.client_id, package.id, hold=True)
        if queue.settle(tx, [claim]) and now is not None:
            withholding.withhold(tx, now, lane=claim.lane)
    elif gate is Gate.GONE:
        queue.settle(tx, [claim])
    elif gate is Gate.HELD:
        queue.postpone(tx, claim, tx.now + HELD_US, departures.ON_HOLD, attempted=False)
    else:
        queue.postpone(tx, claim, tx.now, "", attempted=False)


def _gather(connection: Connection, several: Sequence[Departure]) -> list[Materials]:
    return content.gather(connection, [one.owed.order for one in several])


def _held(connection: Connection, several: Sequence[Loaded]) -> list[bool]:
    ours = queue.held(connection, [one.owed.claim for one in several])
    return [one.owed.claim.id in ours for one in several]


def _step_back(tx: Transaction, several: Sequence[Owed]) -> list[bool]:
    """Whether each claim is still ours. If so, its delivery has not begun to leave, unless it had before."""
    packages.hold_many(tx, [(one.package.client_id, one.package.id) for one in several])
    ours = queue.held(tx.connection, [one.claim for one in several])
    for one in several:
        # One that was found as sent half by a worker that died stays so: some of it may be there.
        if one.claim.id in ours and one.delivery.state == packages.PENDING:
            sending.note_not_begun(tx, one.package, one.claim.lane)
            queue.explain(tx, one.claim, withholding.FILES_LOST)
    return [one.claim.id in ours for one in several]
