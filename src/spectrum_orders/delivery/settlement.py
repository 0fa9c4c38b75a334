"""What is written down of deliveries that were tried: arrived, to be tried again, or given up."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence

import msgspec
import structlog

from spectrum_orders import ids
from spectrum_orders.crypto import UnknownVersion
from spectrum_orders.delivery.gathering import Settling
from spectrum_orders.delivery.owed import Owed
from spectrum_orders.delivery.taken import Taken
from spectrum_orders.delivery.transports import DeliveryFailed, Proof
from spectrum_orders.domain import schedule
from spectrum_orders.errors import SpectrumError, Unavailable
from spectrum_orders.store import erasures, packages, partners, queue, sending
from spectrum_orders.store.partners import DestinationRow
from spectrum_orders.store.sending import Arrival
from spectrum_orders.store.transaction import Transaction

_log = structlog.get_logger()

HOUR_US = 3_600 * 1_000_000

PAUSE_US, LONGEST_PAUSE_US = 5_000_000, 300_000_000
"""After a failure nobody tries a destination for 5 s, then twice as long each time, up to 5 minutes:
its other packages keep their attempts, and one of them finds out that it is back."""


class Sent(msgspec.Struct, frozen=True):
    """A delivery that has arrived."""

    owed: Owed
    destination: DestinationRow
    proof: Proof
    collect_hours: float | None


class Settlement:
    """Settles deliveries, and lets go of their claims."""

    def __init__(self, settling: Settling) -> None:
        self._settling = settling

    async def arrived(self, taken: Taken, several: Sequence[Sent]) -> None:
        """They are there."""
        for one, error in zip(several, await self._settling.ask_all(_sent, several), strict=True):
            if error is None:
                taken.free(one.owed.claim)
            else:
                await taken.give_back(one.owed.claim, error)

    async def failed(
        self, taken: Taken, owed: Owed, destination: DestinationRow | None, error: Exception
    ) -> None:
        """It is not there, or nobody knows. ``destination`` is the one to be left in peace for a while, when
        it has a part in that."""
        if isinstance(error, SpectrumError) and not isinstance(error, Unavailable):
            # A key that is newer than our ring comes with the next round.
            passes = error.retryable or isinstance(error, UnknownVersion)
            destination = None
            error = DeliveryFailed(
                error.code, error.message, permanent=not passes, next_step="See the order's artwork."
            )
        try:
            if not isinstance(error, DeliveryFailed):
                raise error
            told = functools.partial(_failed, owed=owed, destination=destination, failure=error)
            await self._settling.write(told)
        except Exception as unforeseen:  # noqa: BLE001  whatever it is, it concerns this claim alone
            await taken.give_back(owed.claim, unforeseen)
        else:
            taken.free(owed.claim)


def _sent(tx: Transaction, several: Sequence[Sent]) -> list[None]:
    # Sent is sent, whoever holds the claim by now: the next one finds it there and says the same.
    queue.settle(tx, [one.owed.claim for one in several])
    arrivals = []
    for one in several:
        by = None if one.collect_hours is None else tx.now + round(one.collect_hours * HOUR_US)
        arrivals.append(Arrival(one.owed.package, one.destination.id, one.proof.as_json(), by))
    sending.note_sent(tx, arrivals)
    for one in several:
        if one.owed.package.kind == packages.ERASURE:
            erasures.note_told(tx, one.owed.package)
    for destination in {one.destination.id: one.destination for one in several}.values():
        if destination.failures:
            partners.note_health(tx, destination.id, failures=0, paused_until=0, last_error="")
            partners.changed(tx)
    return [None] * len(several)


def _failed(tx: Transaction, owed: Owed, destination: DestinationRow | None, failure: DeliveryFailed) -> None:
    claim, package = owed.claim, owed.package
    if destination is not None and partners.was_changed(tx.connection, destination):
        # It failed at what the destination was before. Whoever has just given it the right password shall not
        # see it paused, and the package given up, by an attempt that was under way with the wrong one.
        queue.postpone(tx, claim, tx.now, claim.reason, attempted=False)
        return
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
