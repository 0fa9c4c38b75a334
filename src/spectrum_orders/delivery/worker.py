"""The worker: takes what is owed from every lane, and never lets one lane wait for another."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import structlog

from spectrum_orders.artwork.pool import Pool
from spectrum_orders.crypto import BadKeyRing
from spectrum_orders.delivery import lanes, planner, registry, telling, tidying
from spectrum_orders.delivery.announcing import Announcer
from spectrum_orders.delivery.collecting import Collecting
from spectrum_orders.delivery.connections import Connections
from spectrum_orders.delivery.gathering import Looking, Settling
from spectrum_orders.delivery.lanes import Load
from spectrum_orders.delivery.lease import LEASE_US
from spectrum_orders.delivery.maker import Maker
from spectrum_orders.delivery.registry import EMPTY, Snapshot
from spectrum_orders.delivery.sender import Sender
from spectrum_orders.delivery.studio import Studio
from spectrum_orders.delivery.taken import Taken, all_of
from spectrum_orders.delivery.webhooks import WebhookSender
from spectrum_orders.domain import schedule
from spectrum_orders.domain.endpoint import ACTIVE
from spectrum_orders.errors import SpectrumError, Unavailable
from spectrum_orders.lifecycle import erasing
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import endpoints, partners, queue
from spectrum_orders.store.endpoints import Endpoint
from spectrum_orders.store.queue import Claim
from spectrum_orders.store.transaction import now_us

_log = structlog.get_logger()

IDLE_SECONDS = 0.1
"""Between two looks at an empty queue: a tenth of a second of lag, and ten cheap reads a second."""

PARKED_SECONDS = 30.0
"""Between two looks at what is parked: it is woken by what it waits for, and this is only the net."""

TROUBLE_SECONDS = 1.0

HELPED_SECONDS = 10.0
"""A second worker that has found nothing for so long is no longer needed."""


class Worker:
    """Runs until cancelled. Several may run over one database.

    One that is ``helping`` only delivers to folders what another has made, and ends when nothing is left.
    """

    def __init__(self, runtime: Runtime, *, helping: bool = False) -> None:
        settings = runtime.settings
        self._helping = helping
        self._runtime = runtime
        self._pool = Pool(
            processes=settings.render_processes,
            seconds=settings.render_timeout,
            memory=settings.render_memory,
        )
        self._studio = Studio(runtime, self._pool)
        self._settling = Settling(runtime)
        looking = Looking(runtime)
        self._maker = Maker(runtime, self._studio, looking, self._settling)
        self._connections = Connections(runtime)
        self._sender = Sender(runtime, self._connections, looking, self._settling, self._studio)
        self._collecting = Collecting(runtime, self._connections, self._settling)
        self._webhooks = WebhookSender(runtime, self._settling)
        self._announcer = Announcer(runtime)
        self._snapshot: Snapshot = EMPTY
        self._busy: Counter[int] = Counter()
        self._load = Load(self._busy, self._sender.proven)
        self._tasks: dict[asyncio.Task[None], Taken] = {}
        self._turns: dict[int, tuple[Endpoint, int]] = {}
        """Endpoints that we alone may send to, and until when."""
        self._unstarted: list[Claim] = []
        self._freed = asyncio.Event()
        self._parked_at = 0.0
        self._warm = False

    async def run(self) -> None:
        """Work until cancelled; what was under way then is settled first, or let go of."""
        aside = [] if self._helping else [self._watch_receipts(), tidying.tidy(self._runtime.files)]
        beside = [asyncio.create_task(one) for one in aside]
        busy_at = time.monotonic()
        try:
            while not self._helping or time.monotonic() - busy_at < HELPED_SECONDS:
                try:
                    took = await self._round()
                except Exception as error:  # noqa: BLE001  whatever it is, a worker that ended would come back never
                    _log.error("the worker cannot reach its queue", cause=type(error).__name__)
                    await asyncio.sleep(TROUBLE_SECONDS)
                    continue
                if took or self._tasks:
                    busy_at = time.monotonic()
                if not took:
                    self._freed.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(IDLE_SECONDS):
                            await self._freed.wait()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self._collecting.close()
            await self._end()

    async def _watch_receipts(self) -> None:
        """Beside everything else, because it asks destinations that may take their time."""
        while True:
            try:
                await self._collecting.look(self._snapshot)
            except Exception as error:  # noqa: BLE001  whatever it is, the next round looks again
                _log.error("receipt files not looked for", cause=type(error).__name__)
            await asyncio.sleep(self._runtime.settings.receipt_file_interval)

    async def _end(self) -> None:
        claims = [*self._unstarted, *(claim for taken in self._tasks.values() for claim in taken.left)]
        turns = list(self._turns.values())
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._settling.close()
        with contextlib.suppress(Unavailable):
            await asyncio.to_thread(self._let_go, claims, turns)
        await self._connections.close()
        await self._webhooks.close()
        await asyncio.to_thread(self._pool.close)

    def _let_go(self, claims: list[Claim], turns: list[tuple[Endpoint, int]]) -> None:
        """What was under way is due at once, for the next start or another worker, not after a lease."""
        with self._runtime.ledger.write() as tx:
            # Endpoints before rows of the queue, as those who settle webhooks.
            for endpoint, until in turns:
                endpoints.give_turn(tx, endpoint, until)
            queue.extend(tx, claims, tx.now)
            if turns:
                partners.changed(tx)  # others may have read that it is our turn

    async def _round(self) -> int:
        """Take from every lane that has something due and room; how much was taken."""
        self._read_keys()
        if not self._helping and time.monotonic() - self._parked_at >= PARKED_SECONDS:
            self._parked_at = time.monotonic()
            await asyncio.to_thread(self._unpark)
        self._snapshot, due = await asyncio.to_thread(self._look)
        if self._snapshot.rules and not self._warm and not self._helping:
            # The first file does not wait for the libraries; who sells nothing is not made to load them.
            self._warm = True
            self._pool.warm()
        took = 0
        for lane in due:
            took += await self._take(lane)
        if self._snapshot.listening and not self._helping:
            took += await asyncio.to_thread(self._announcer.announce)
        return took

    def _unpark(self) -> None:
        self._announcer.sweep()
        with self._runtime.database.read() as connection:
            if not queue.due_lanes(connection, [queue.PARKED], now_us()):
                return
        with self._runtime.ledger.write() as tx:
            queue.unpark(tx)

    def _look(self) -> tuple[Snapshot, list[int]]:
        now = now_us()
        with self._runtime.database.read() as connection:
            snapshot = registry.refreshed(connection, self._snapshot)
            wanted = lanes.to_folders if self._helping else lanes.all_open
            return snapshot, queue.due_lanes(connection, wanted(snapshot, self._load, now), now)

    async def _take(self, lane: int) -> int:
        claiming = asyncio.create_task(
            asyncio.to_thread(self._claim, lane, lanes.room(self._snapshot, self._load, lane))
        )
        try:
            claims = await asyncio.shield(claiming)
        except asyncio.CancelledError:
            # A thread is not cancelled: what it takes now is let go of with the rest.
            await asyncio.wait([claiming])
            if claiming.exception() is None:
                self._unstarted = claiming.result()
            raise
        if not claims:
            return 0
        self._read_keys()
        if lane == queue.PLAN:
            await asyncio.to_thread(self._plan, claims)
            return len(claims)
        if lane in self._snapshot.endpoints or lane == queue.ASIDE:
            self._start(lane, self._post, claims)
        else:
            self._start(lane, self._make if lane == queue.WORK else self._send, claims)
        return len(claims)

    def _read_keys(self) -> None:
        """What was just claimed is sealed under a ring that lies on the disk by now; ours may be older."""
        try:
            if self._runtime.refresh_keys():
                _log.info("key ring read again", active=self._runtime.keys.active)
        except BadKeyRing as error:
            # Those at hand open all but the newest, and a row that they do not open says so.
            _log.error("key ring not read again", cause=error.message)

    def _plan(self, claims: list[Claim]) -> None:
        try:
            planner.plan(self._runtime, self._snapshot, claims)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001  undone as a whole; its members are planned one by one
            for claim in claims:
                self._plan_alone(claim)

    def _plan_alone(self, claim: Claim) -> None:
        try:
            planner.plan(self._runtime, self._snapshot, [claim])
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  a poison order fails alone
            self._give_back(claim, error)

    def _give_back(self, claim: Claim, error: Exception) -> None:
        """What failed without an answer of its own is tried by the timetable, and buried at its end."""
        code = error.code if isinstance(error, SpectrumError) else "fault"
        _log.error("work failed", kind=claim.kind, code=code, cause=type(error).__name__)
        with self._runtime.ledger.write() as tx:
            due = schedule.next_attempt(
                claim.attempts + 1,
                permanent=False,
                retry_after=None,
                now_us=tx.now,
                jitter=random.random(),  # noqa: S311  jitter protects nothing
            )
            if due is None:
                queue.postpone(tx, claim, tx.now, code, lane=queue.BURIED)
            else:
                queue.postpone(tx, claim, due, code)

    def _claim(self, lane: int, most: int) -> list[Claim]:
        endpoint = self._snapshot.endpoints.get(lane)
        with self._runtime.ledger.write() as tx:
            if endpoint is not None and endpoint.health.state != ACTIVE:
                until = tx.now + LEASE_US
                if not endpoints.take_turn(tx, endpoint, until):
                    return []
                found = queue.claim(tx, lane, 1, LEASE_US)
                if found:
                    self._turns[lane] = (endpoint, until)
                else:
                    endpoints.give_turn(tx, endpoint, until)
                return found
            return queue.claim(tx, lane, most, LEASE_US)

    def _start(self, lane: int, work: Callable[[Taken], Awaitable[None]], claims: list[Claim]) -> None:
        def freed() -> None:
            self._busy[lane] -= 1
            if lanes.room(self._snapshot, self._load, lane) > 0:
                self._freed.set()

        taken = Taken(claims, freed, self._give_back)
        self._busy[lane] += len(claims)

        async def guarded() -> None:
            try:
                await work(taken)
            except Exception as error:  # noqa: BLE001  whatever it is, it must not end the worker
                for claim in taken.left:
                    await taken.give_back(claim, error)

        task = asyncio.create_task(guarded())
        self._tasks[task] = taken

        def over(done: asyncio.Task[None]) -> None:
            self._tasks.pop(done, None)
            self._turns.pop(lane, None)
            taken.free(*taken.left)

        task.add_done_callback(over)

    async def _make(self, taken: Taken) -> None:
        packages = [one for one in taken.claims if one.kind == queue.MAKE]
        others = [(one, one) for one in taken.claims if one.kind != queue.MAKE]
        await all_of(
            [self._maker.make(self._snapshot, taken, packages), taken.each(self._make_other, others)]
        )

    async def _make_other(self, claim: Claim) -> None:
        if claim.kind == queue.RENDER:
            await self._studio.ensure(claim.client_id, claim.subject)
        elif claim.kind == queue.DISCARD:
            files = self._runtime.files
            await asyncio.to_thread(erasing.discard, files, claim.client_id, claim.subject)
        elif claim.kind == queue.TELL:
            await telling.tell(self._runtime, claim)
        await self._settling.write(lambda tx: queue.settle(tx, [claim]))

    async def _post(self, taken: Taken) -> None:
        await taken.each(self._webhooks.send, [(one, one) for one in taken.claims])

    async def _send(self, taken: Taken) -> None:
        await self._sender.send(self._snapshot, taken)
