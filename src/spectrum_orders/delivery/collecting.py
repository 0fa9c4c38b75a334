"""Receipt files: a factory that has no program says that it has a package by a file beside it.

Each destination is looked at by a task of its own, so that one which hangs keeps none of the others waiting.
Where a transport can list a folder, one look costs the same for one package as for thousands, and the store
is asked only about files that are there.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections import defaultdict
from collections.abc import Iterable

import msgspec
import structlog

from spectrum_orders import ids
from spectrum_orders.delivery.connections import Connections
from spectrum_orders.delivery.gathering import Settling
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.delivery.settlement import LONGEST_PAUSE_US, PAUSE_US
from spectrum_orders.delivery.transports import DeliveryFailed, Transport
from spectrum_orders.domain.exceptions import DAY_US
from spectrum_orders.domain.package import naming
from spectrum_orders.errors import SpectrumError
from spectrum_orders.lifecycle import receiving
from spectrum_orders.lifecycle.orders import Caller
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import parcels
from spectrum_orders.store.parcels import Folder
from spectrum_orders.store.partners import DestinationRow
from spectrum_orders.store.seats import Seat
from spectrum_orders.store.transaction import now_us

_log = structlog.get_logger()

RECEIVED = ".received"
"""What is put behind a package's name: ``PO-1_pkg_….zip.received``, with whatever in it."""

DAYS = 90
"""A folder is looked at for so long after the last package that came there and was not said to have come.
Nothing that is made to order takes a quarter of a year, and a factory that is no more is left alone then."""

TOGETHER = 500
"""Packages that the store is asked about at once."""

SHARE = 9
"""How many times as long as a look took nobody looks again: a destination with a million files costs a tenth
of the time of one task, however short the interval is."""

PERMANENT_SECONDS = 3_600.0
"""After a failure that cannot pass by itself, unless the destination is changed or resumed: a wrong password
that is repeated every minute locks accounts."""

ACTOR = "receipt-file"


class Rest(msgspec.Struct, frozen=True):
    """Until when a destination, as it stood then, is not looked at (``time.monotonic``), and after how many
    failures of which kind."""

    until: float
    destination: DestinationRow
    failures: int = 0
    code: str = ""
    permanent: bool = False

    def holds(self, destination: DestinationRow) -> bool:
        """Whether it is too early to look."""
        return time.monotonic() < self.until and not (self.permanent and self.destination != destination)


class Collecting:
    """Looks for receipt files of packages that nobody has said to have."""

    def __init__(self, runtime: Runtime, connections: Connections, settling: Settling) -> None:
        self._runtime = runtime
        self._connections = connections
        self._settling = settling
        self._turns: dict[int, asyncio.Task[None]] = {}
        self._rests: dict[int, Rest] = {}

    async def look(self, snapshot: Snapshot) -> None:
        """Begin to look at every destination that may have a receipt file, and wait for none of them."""
        since = ids.earliest_at(now_us() - DAYS * DAY_US)
        clients: defaultdict[int, list[int]] = defaultdict(list)
        for partner, client in await asyncio.to_thread(self._awaiting, since):
            clients[partner].append(client)
        for one in snapshot.destinations.values():
            rest = self._rests.get(one.id)
            if (
                one.partner_id not in clients
                or one.environment != self._runtime.settings.environment
                or one.id in self._turns
                or one.paused_until > now_us()
                or (rest is not None and rest.holds(one))
            ):
                continue
            folders = {
                naming.package_folder(snapshot.clients[client].handle): Folder(one.partner_id, client, one.id)
                for client in clients[one.partner_id]
                if client in snapshot.clients
            }
            self._turns[one.id] = turn = asyncio.create_task(self._turn(one, folders, since))
            turn.add_done_callback(functools.partial(self._over, one.id))

    async def close(self) -> None:
        """Look no further."""
        turns = list(self._turns.values())
        for turn in turns:
            turn.cancel()
        await asyncio.gather(*turns, return_exceptions=True)

    def _over(self, destination_id: int, _: asyncio.Task[None]) -> None:
        self._turns.pop(destination_id, None)

    async def _turn(self, destination: DestinationRow, folders: dict[str, Folder], since: int) -> None:
        began = time.monotonic()
        try:
            async with self._connections.use(destination) as transport:
                for name, folder in folders.items():
                    await self._look_into(transport, name, folder, since)
        except Exception as error:  # noqa: BLE001  whatever it is, the first failure ends this destination's turn
            self._rests[destination.id] = self._after(destination, error)
        else:
            before = self._rests.get(destination.id)
            if before is not None and before.failures:
                _log.info("receipt files are looked for again", destination=destination.id)
            now = time.monotonic()
            self._rests[destination.id] = Rest(now + (now - began) * SHARE, destination)

    def _after(self, destination: DestinationRow, error: Exception) -> Rest:
        code = error.code if isinstance(error, DeliveryFailed | SpectrumError) else type(error).__name__
        before = self._rests.get(destination.id)
        failures = 1 if before is None else before.failures + 1
        if before is None or before.code != code:
            # Once, and not for every look: it may last for days.
            _log.warning("receipt files not looked for", destination=destination.id, code=code)
        permanent = isinstance(error, DeliveryFailed) and error.permanent
        pause = min(PAUSE_US << min(failures - 1, 10), LONGEST_PAUSE_US) / 1_000_000
        until = time.monotonic() + (PERMANENT_SECONDS if permanent else pause)
        return Rest(until, destination, failures, code, permanent)

    async def _look_into(self, transport: Transport, name: str, folder: Folder, since: int) -> None:
        there = await transport.names(name, RECEIVED)
        if there is None:
            await self._ask_for_each(transport, folder, since)
            return
        files: dict[int, set[str]] = defaultdict(set)
        for leaf in there:
            package = leaf.removesuffix(RECEIVED)
            text = naming.package_id(package)
            number = None if text is None else ids.parse_readable("pkg", text)
            if number is not None:
                files[number].add(f"{name}/{package}")
        numbers = sorted(files)
        for start in range(0, len(numbers), TOGETHER):
            some = numbers[start : start + TOGETHER]
            awaited = await asyncio.to_thread(self._awaited_of, folder, some)
            await self._receive(folder, [one for one, known in awaited.items() if known in files[one]])

    async def _ask_for_each(self, transport: Transport, folder: Folder, since: int) -> None:
        below = ids.LARGEST
        while some := await asyncio.to_thread(self._awaited, folder, since, below):
            there = [one for one, name in some.items() if await transport.is_there(name + RECEIVED)]
            await self._receive(folder, there)
            below = min(some)

    async def _receive(self, folder: Folder, numbers: Iterable[int]) -> None:
        caller = Caller(Seat(folder.client_id, folder.partner_id), ACTOR)

        async def receive(number: int) -> None:
            # Said by its partner, or cancelled, in this very moment: either way it is settled.
            with contextlib.suppress(SpectrumError):
                await self._settling.write(
                    functools.partial(receiving.receive, caller=caller, package_id=number)
                )

        await asyncio.gather(*(receive(number) for number in numbers))

    def _awaiting(self, since: int) -> list[tuple[int, int]]:
        with self._runtime.database.read() as connection:
            return parcels.awaiting(connection, since)

    def _awaited_of(self, folder: Folder, numbers: list[int]) -> dict[int, str]:
        with self._runtime.database.read() as connection:
            return parcels.awaited_of(connection, folder, numbers)

    def _awaited(self, folder: Folder, since: int, below: int) -> dict[int, str]:
        with self._runtime.database.read() as connection:
            return parcels.awaited(connection, folder, since=since, below=below, most=TOGETHER)
