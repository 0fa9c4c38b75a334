"""Receipt files: a factory that has no program says that it has a package by a file beside it."""

from __future__ import annotations

import asyncio
import contextlib
import functools

import structlog

from spectrum_orders import ids
from spectrum_orders.delivery.gathering import Settling
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.delivery.sender import Sender
from spectrum_orders.delivery.transports import DeliveryFailed
from spectrum_orders.errors import SpectrumError
from spectrum_orders.lifecycle import receiving
from spectrum_orders.lifecycle.orders import Caller
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import parcels
from spectrum_orders.store.packages import Delivery, Package
from spectrum_orders.store.seats import Seat

_log = structlog.get_logger()

RECEIVED = ".received"
"""What is put behind a package's name: ``PO-1_pkg_….zip.received``, with whatever in it."""

TOGETHER = 50
"""Packages that one round asks about, each of which costs a question to its destination."""

ACTOR = "receipt-file"


class Collecting:
    """Looks for receipt files of packages whose factory is to say that it has them."""

    def __init__(self, runtime: Runtime, sender: Sender, settling: Settling) -> None:
        self._runtime = runtime
        self._sender = sender
        self._settling = settling
        self._after = (0, 0)

    async def look(self, snapshot: Snapshot) -> int:
        """Ask about some of them, each round about others; how many have been received."""
        found = await asyncio.to_thread(self._find)
        self._after = (found[-1][0].client_id, found[-1][0].id) if len(found) == TOGETHER else (0, 0)
        received = 0
        for package, ways in found:
            if await self._is_received(snapshot, ways):
                caller = Caller(Seat(package.client_id, package.partner_id), ACTOR)
                say = functools.partial(receiving.receive, caller=caller, package_id=package.id)
                # Said by its partner, or cancelled, in this very moment: either way it is settled.
                with contextlib.suppress(SpectrumError):
                    await self._settling.write(say)
                    received += 1
        return received

    def _find(self) -> list[tuple[Package, list[Delivery]]]:
        with self._runtime.database.read() as connection:
            return parcels.awaited(connection, after=self._after, most=TOGETHER)

    async def _is_received(self, snapshot: Snapshot, ways: list[Delivery]) -> bool:
        for way in ways:
            destination = snapshot.destinations.get(way.destination_id)
            if destination is None:
                continue
            try:
                if await self._sender.transport_of(destination).is_there(way.name + RECEIVED):
                    return True
            except (DeliveryFailed, SpectrumError) as error:
                _log.warning(
                    "receipt file not looked for",
                    package=ids.readable("pkg", way.package_id),
                    destination=way.destination_id,
                    code=error.code,
                )
        return False
