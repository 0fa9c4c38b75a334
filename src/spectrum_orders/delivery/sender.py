"""One package to one destination: opened, sent, and settled by what came of it."""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Sequence

import msgspec
import structlog
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.crypto import UnknownVersion
from spectrum_orders.delivery import content, opening
from spectrum_orders.delivery.connections import Connections
from spectrum_orders.delivery.content import Contents, FilesLost
from spectrum_orders.delivery.gathering import Looking, Settling
from spectrum_orders.delivery.lease import keep_lease
from spectrum_orders.delivery.maker import FILES_AGAIN_US
from spectrum_orders.delivery.registry import Snapshot
from spectrum_orders.delivery.studio import Studio
from spectrum_orders.delivery.transports import Content, DeliveryFailed, Proof
from spectrum_orders.domain import schedule
from spectrum_orders.domain.exceptions import FILES_AWAY
from spectrum_orders.errors import NotFound, SpectrumError
from spectrum_orders.files import ARTWORK
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import (
    departures,
    erasures,
    orders,
    packages,
    partners,
    queue,
    sending,
    withholding,
)
from spectrum_orders.store.departures import Gate
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.packages import Delivery, Package
from spectrum_orders.store.partners import DestinationRow
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.sending import Arrival
from spectrum_orders.store.transaction import Transaction

_log = structlog.get_logger()

HOUR_US = 3_600 * 1_000_000

HELD_US = 15 * 60 * 1_000_000
"""As in ``planner``: who releases a line wakes its deliveries, and a wake that was lost is no lost order."""

PAUSE_US, LONGEST_PAUSE_US = 5_000_000, 300_000_000
"""After a failure nobody tries a destination for 5 s, then twice as long each time, up to 5 minutes:
its other packages keep their attempts, and one of them finds out that it is back."""


class Departure(msgspec.Struct, frozen=True):
    """A delivery before the gate, with the people that were opened for it."""

    claim: Claim
    package: Package
    order: StoredOrder
    people: dict[str, str]


class Retreat(msgspec.Struct, frozen=True):
    """A delivery behind the gate that cannot leave yet; ``state`` is the one that it came with."""

    claim: Claim
    package: Package
    state: str


class Sent(msgspec.Struct, frozen=True):
    """A delivery that has arrived."""

    claim: Claim
    package: Package
    destination: DestinationRow | None
    proof: Proof
    collect_hours: float | None


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
        self._contents = Contents(runtime)
        self._connections = connections
        self.proven: set[int] = set()
        """Destinations that have taken the last package that they were given."""

    async def send(self, snapshot: Snapshot, claim: Claim) -> None:
        """Deliver what the claim owes, and settle it: sent, postponed or buried."""
        package, order, delivery = await self._looking.ask(_find, claim)
        destination = snapshot.destinations.get(claim.lane)
        if package is None or order is None or delivery is None or delivery.state == packages.SENT:
            await self._settling.write(lambda tx: queue.settle(tx, [claim]))
            return
        try:
            if destination is None:
                await self._connections.forget(claim.lane)
                raise DeliveryFailed(
                    "removed", "The destination was removed.", permanent=True, next_step="Re-route the order."
                )
            proof = await self._deliver(snapshot, claim, package, order, delivery, destination)
        except DeliveryFailed as failure:
            await self._settling.write(
                functools.partial(
                    self._failed, claim=claim, package=package, destination=destination, failure=failure
                )
            )
        except (NotFound, SpectrumError) as error:
            # A key that is newer than our ring comes with the next round.
            passes = error.retryable or isinstance(error, UnknownVersion)
            unready = DeliveryFailed(
                error.code, error.message, permanent=not passes, next_step="See the order's artwork."
            )
            await self._settling.write(
                functools.partial(
                    self._failed, claim=claim, package=package, destination=None, failure=unready
                )
            )
        else:
            if proof is None:
                return
            hours = snapshot.partners[package.partner_id].settings.collect_hours
            if package.kind == packages.ERASURE:
                hours = None  # a factory that has deleted everything says so, and not that it has the ticket
            await self._settling.ask(_sent, Sent(claim, package, destination, proof, hours))

    async def _deliver(
        self,
        snapshot: Snapshot,
        claim: Claim,
        package: Package,
        order: StoredOrder,
        delivery: Delivery,
        destination: DestinationRow,
    ) -> Proof | None:
        """``None``: it may not leave now, and its claim is settled."""
        if package.kind in packages.PRINTED and not await asyncio.to_thread(
            self._runtime.files.has_folder, ARTWORK
        ):
            # No attempt, as in ``Maker``, and before the gate: nobody is opened for it.
            await self._settling.write(
                lambda tx: queue.postpone(tx, claim, tx.now + FILES_AGAIN_US, FILES_AWAY, attempted=False)
            )
            return None
        settings = snapshot.partners[package.partner_id].settings
        people = content.people(self._runtime.keys, order, package, settings)
        if not await self._settling.ask(_begin, Departure(claim, package, order, people)):
            return None
        # After the gate, so that nothing is made of what was erased before it.
        materials = await self._looking.ask(content.gather, order)
        build = functools.partial(self._contents.build, snapshot, package, order, people, materials)
        try:
            what: Content = await asyncio.to_thread(build)
        except FilesLost as lost:
            await self._make_again(claim, package, delivery, lost.version)
            return None
        # A large package takes its time to build: it must not arrive after the notice that takes it back.
        if not await self._looking.ask(_held, claim):
            return None
        try:
            async with self._connections.use(destination) as transport, keep_lease(self._runtime, claim):
                proof = await transport.put(delivery.name, what)
        except DeliveryFailed:
            self.proven.discard(destination.id)
            raise
        self.proven.add(destination.id)
        return proof

    async def _make_again(self, claim: Claim, package: Package, delivery: Delivery, version: int) -> None:
        """Make files that were lost, which may take minutes, and come back to the gate: it was passed for a
        package that left at once. Raises as ``Studio.ensure`` does."""
        if not await self._settling.ask(_step_back, Retreat(claim, package, delivery.state)):
            return
        try:
            async with keep_lease(self._runtime, claim):
                await self._studio.ensure(claim.client_id, version)
        except DeliveryFailed:
            return  # whoever has taken the claim settles it, and the destination has no part in this
        # With the reason for which it came back: it counts until the gate is passed once more.
        await self._settling.write(
            lambda tx: queue.postpone(tx, claim, tx.now, withholding.FILES_LOST, attempted=False)
        )

    def _failed(
        self,
        tx: Transaction,
        claim: Claim,
        package: Package,
        destination: DestinationRow | None,
        failure: DeliveryFailed,
    ) -> None:
        # Packages before rows of the queue, as whoever cancels one or sends it again: those write the
        # delivery and then remove the row.
        packages.hold_many(tx, [(package.client_id, package.id)])
        due = schedule.next_attempt(
            claim.attempts + 1,
            permanent=failure.permanent,
            retry_after=failure.retry_after,
            now_us=tx.now,
            jitter=random.random(),  # noqa: S311  jitter protects nothing
        )
        _log.warning(
            "delivery failed",
            package=ids.readable("pkg", package.id),
            destination=claim.lane,
            code=failure.code,
            attempt=claim.attempts + 1,
            buried=due is None,
        )
        told = {"code": failure.code, "message": failure.message, "nextStep": failure.next_step}
        if due is None:
            if queue.postpone(tx, claim, tx.now, failure.code, lane=queue.BURIED):
                sending.note_buried(tx, package, claim.lane, told)
        elif queue.postpone(tx, claim, due, failure.code):
            sending.note_failure(tx, package, claim.lane, told)
        if destination is not None:
            failures = destination.failures + 1
            pause = min(PAUSE_US << min(failures - 1, 10), LONGEST_PAUSE_US)
            partners.note_health(
                tx,
                destination.id,
                failures=failures,
                paused_until=tx.now + pause,
                last_error=failure.code,
            )
            partners.changed(tx)


def _find(
    connection: Connection, claims: Sequence[Claim]
) -> list[tuple[Package | None, StoredOrder | None, Delivery | None]]:
    subjects = [(one.client_id, one.subject) for one in claims]
    whole = packages.find_many(connection, subjects)
    marks = sorted({(one.client_id, one.order_id) for one in claims})
    theirs = {(one.client_id, one.id): one for one in orders.find_many(connection, marks)}
    ways = packages.deliveries_of_many(connection, subjects)
    return [
        (
            whole.get(subject),
            theirs.get((claim.client_id, claim.order_id)),
            next((one for one in ways.get(subject, ()) if one.destination_id == claim.lane), None),
        )
        for claim, subject in zip(claims, subjects, strict=True)
    ]


def _begin(tx: Transaction, several: Sequence[Departure]) -> list[bool]:
    """Whether each delivery may leave. If not, its claim is settled here and now, under the lock of the gate:
    whoever releases a line just then finds what is to be woken."""
    gates = departures.begin(tx, [(one.claim, one.package) for one in several])
    for one, gate in zip(several, gates, strict=True):
        if gate is not Gate.OPEN:
            _turn_back(tx, one.claim, one.package, gate)
        elif one.people:
            # Before anything is done with them, so that no crash leaves an opening untold.
            why = f"delivered in {ids.readable('pkg', one.package.id)}"
            opening.record(tx, one.order, one.people, why)
    return [gate is Gate.OPEN for gate in gates]


def _step_back(tx: Transaction, several: Sequence[Retreat]) -> list[bool]:
    """Whether each claim is still ours. If so, its delivery has not begun to leave, unless it had before."""
    packages.hold_many(tx, [(one.package.client_id, one.package.id) for one in several])
    ours = queue.held(tx.connection, [one.claim for one in several])
    for one in several:
        # One that was found as sent half by a worker that died stays so: some of it may be there.
        if one.claim.id in ours and one.state == packages.PENDING:
            sending.note_not_begun(tx, one.package, one.claim.lane)
            queue.explain(tx, one.claim, withholding.FILES_LOST)
    return [one.claim.id in ours for one in several]


def _held(connection: Connection, claims: Sequence[Claim]) -> list[bool]:
    ours = queue.held(connection, claims)
    return [one.id in ours for one in claims]


def _sent(tx: Transaction, several: Sequence[Sent]) -> list[None]:
    # Sent is sent, whoever holds the claim by now: the next one finds it there and says the same.
    queue.settle(tx, [one.claim for one in several])
    arrivals = []
    for one in several:
        by = None if one.collect_hours is None else tx.now + round(one.collect_hours * HOUR_US)
        arrivals.append(Arrival(one.package, one.claim.lane, one.proof.as_json(), by))
    sending.note_sent(tx, arrivals)
    for one in several:
        if one.package.kind == packages.ERASURE:
            erasures.note_told(tx, one.package)
    for destination in {one.destination.id: one.destination for one in several if one.destination}.values():
        if destination.failures:
            partners.note_health(tx, destination.id, failures=0, paused_until=0, last_error="")
            partners.changed(tx)
    return [None] * len(several)


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
