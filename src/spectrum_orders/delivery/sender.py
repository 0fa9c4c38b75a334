"""Packages to one destination: found, sent, and settled by what came of each."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from spectrum_orders.artwork.zipping import SMALL
from spectrum_orders.delivery.connections import Connections
from spectrum_orders.delivery.departing import Departing, Loaded, Lost
from spectrum_orders.delivery.gathering import Looking, Settling
from spectrum_orders.delivery.lease import keep_lease
from spectrum_orders.delivery.registry import Snapshot, is_folder
from spectrum_orders.delivery.settlement import Owed, Sent, Settlement
from spectrum_orders.delivery.studio import Studio
from spectrum_orders.delivery.taken import Taken, together
from spectrum_orders.delivery.transports import Content, DeliveryFailed, Proof, Transport
from spectrum_orders.delivery.transports.folder import FolderTransport
from spectrum_orders.errors import Unavailable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import orders, packages, queue, sending, withholding
from spectrum_orders.store.partners import DestinationRow
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.transaction import Transaction


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
        self.proven: set[int] = set()
        """Destinations that have taken the last package that they were given."""

    async def send(self, snapshot: Snapshot, taken: Taken) -> None:
        """Deliver what claims of one lane owe, and settle each: sent, postponed or buried.

        Raises Unavailable when the store could not be told of some, which are still in ``taken``.
        """
        lane = taken.claims[0].lane
        owed = await self._owed(taken)
        destination = snapshot.destinations.get(lane)
        if destination is None:
            await self._connections.forget(lane)
            removed = DeliveryFailed(
                "removed", "The destination was removed.", permanent=True, next_step="Re-route the order."
            )
            for one in owed:
                await self._settlement.failed(taken, one, None, removed)
            return
        loaded, lost = await self._departing.leave(snapshot, taken, owed)
        await together(
            [
                *(self._put(snapshot, taken, destination, part) for part in _parts(destination, loaded)),
                *(self._make_again(taken, one) for one in lost),
            ]
        )

    async def _owed(self, taken: Taken) -> list[Owed]:
        """What is still to be sent; the claims of all else are settled."""
        owed: list[Owed] = []
        done: list[Claim] = []
        found = await self._looking.ask_all(_find, taken.claims)
        for claim, one in zip(taken.claims, found, strict=True):
            if isinstance(one, Exception):
                await taken.give_back(claim, one)
            elif one is None:
                done.append(claim)
            else:
                owed.append(one)
        if done:
            await self._settling.write(lambda tx: queue.settle(tx, done))
            taken.free(*done)
        return owed

    async def _put(
        self, snapshot: Snapshot, taken: Taken, destination: DestinationRow, part: Sequence[Loaded]
    ) -> None:
        claims = [one.owed.claim for one in part]
        several = [(one.owed.delivery.name, one.content) for one in part]
        try:
            async with self._connections.use(destination) as transport, keep_lease(self._runtime, claims):
                proofs = await _sent(transport, several)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it concerns these alone
            proofs = [error] * len(part)
        arrived: list[Sent] = []
        for one, proof in zip(part, proofs, strict=True):
            if isinstance(proof, Exception):
                if isinstance(proof, DeliveryFailed):
                    self.proven.discard(destination.id)
                await self._settlement.failed(taken, one.owed, destination, proof)
                continue
            package = one.owed.package
            hours = snapshot.partners[package.partner_id].settings.collect_hours
            if package.kind == packages.ERASURE:
                hours = None  # a factory that has deleted everything says so, and not that it has the ticket
            arrived.append(Sent(one.owed, destination, proof, hours))
        if arrived:
            if len(arrived) == len(part):
                self.proven.add(destination.id)
            await self._settlement.arrived(taken, arrived)

    async def _make_again(self, taken: Taken, lost: Lost) -> None:
        """Make files that were lost, which may take minutes, and come back to the gate: it was passed for a
        package that left at once."""
        claim = lost.owed.claim
        try:
            if await self._settling.ask(_step_back, lost.owed):
                async with keep_lease(self._runtime, [claim]):
                    await self._studio.ensure(claim.client_id, lost.version)
                # With the reason for which it came back: it counts until the gate is passed once more.
                await self._settling.write(
                    lambda tx: queue.postpone(tx, claim, tx.now, withholding.FILES_LOST, attempted=False)
                )
        except DeliveryFailed:
            pass  # whoever has taken the claim settles it, and the destination has no part in this
        except Exception as error:  # noqa: BLE001  whatever it is, it concerns this package alone
            await self._settlement.failed(taken, lost.owed, None, error)
        taken.free(claim)


def _parts(destination: DestinationRow, loaded: Sequence[Loaded]) -> list[list[Loaded]]:
    """What is sent together: small packages to a folder. All else goes by itself, so that what has arrived is
    settled while the others are on their way."""
    small: list[Loaded] = []
    alone: list[list[Loaded]] = []
    for one in loaded:
        if is_folder(destination) and one.content.size <= SMALL:
            small.append(one)
        else:
            alone.append([one])
    return [small, *alone] if small else alone


async def _sent(transport: Transport, several: Sequence[tuple[str, Content]]) -> list[Proof | Exception]:
    if isinstance(transport, FolderTransport):
        return await transport.put_all(several)
    [(name, content)] = several
    return [await transport.put(name, content)]


def _find(connection: Connection, claims: Sequence[Claim]) -> list[Owed | None]:
    """``None``: nothing is owed any more."""
    subjects = [(one.client_id, one.subject) for one in claims]
    whole = packages.find_many(connection, subjects)
    marks = sorted({(one.client_id, one.order_id) for one in claims})
    theirs = {(one.client_id, one.id): one for one in orders.find_many(connection, marks)}
    ways = packages.deliveries_of_many(connection, subjects)
    found: list[Owed | None] = []
    for claim, subject in zip(claims, subjects, strict=True):
        package, order = whole.get(subject), theirs.get((claim.client_id, claim.order_id))
        way = next((one for one in ways.get(subject, ()) if one.destination_id == claim.lane), None)
        if package is None or order is None or way is None or way.state == packages.SENT:
            found.append(None)
        else:
            found.append(Owed(claim, package, order, way))
    return found


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
