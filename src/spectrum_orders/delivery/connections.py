"""Connections to destinations: one to each, shared by the deliveries and by who looks for receipt files."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import msgspec

from spectrum_orders.delivery import vault
from spectrum_orders.delivery.transports import Transport, open_transport
from spectrum_orders.domain import destinations
from spectrum_orders.runtime import Runtime
from spectrum_orders.store.partners import DestinationRow, Making


class _Kept(msgspec.Struct, eq=False):
    making: Making
    transport: Transport
    users: int = 0
    failed: bool = False


class Connections:
    """Keeps one connection to each destination while it works and the destination stays as it is."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._kept: dict[int, _Kept] = {}

    @contextlib.asynccontextmanager
    async def use(self, destination: DestinationRow) -> AsyncIterator[Transport]:
        """The connection to a destination as it stands in this row. Raises DeliveryFailed and SealBroken.

        After a failure it is closed, as is one to what the destination was before: with an old secret nothing
        that was mended would ever be seen. Neither is closed under somebody else who uses it.
        """
        kept = self._of(destination)
        if kept is None:
            await self.forget(destination.id)
            # Somebody else may have opened it while the earlier one was closed.
            kept = self._of(destination)
        if kept is None:
            kept = self._kept[destination.id] = self._open(destination)
        kept.users += 1
        try:
            yield kept.transport
        except Exception:
            kept.failed = True
            raise
        finally:
            kept.users -= 1
            is_kept = self._kept.get(destination.id) is kept
            if not kept.users and (kept.failed or not is_kept):
                if is_kept:
                    del self._kept[destination.id]
                await _end(kept.transport)

    async def forget(self, destination_id: int) -> None:
        """Give the connection to a destination to nobody any more."""
        kept = self._kept.pop(destination_id, None)
        if kept is not None and not kept.users:
            await _end(kept.transport)

    async def close(self) -> None:
        """Close every connection, also under whoever uses it."""
        several, self._kept = self._kept, {}
        for kept in several.values():
            await _end(kept.transport)

    def _of(self, destination: DestinationRow) -> _Kept | None:
        kept = self._kept.get(destination.id)
        return kept if kept is not None and kept.making == destination.making else None

    def _open(self, destination: DestinationRow) -> _Kept:
        with self._runtime.database.read() as connection:
            secret = vault.open_secret(connection, self._runtime.keys, destination)
        transport = open_transport(
            destinations.parse(destination.url),
            secret,
            destination.options,
            allowed=self._runtime.settings.outbound_networks or (),
        )
        return _Kept(destination.making, transport)


async def _end(transport: Transport) -> None:
    with contextlib.suppress(Exception):
        await transport.close()
