"""Erasing people whose time is over, a few at a time, for as long as a server runs."""

from __future__ import annotations

import threading
import time

import structlog

from spectrum_orders.errors import Unavailable
from spectrum_orders.lifecycle import erasing
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import parties, retention
from spectrum_orders.store.parties import Client
from spectrum_orders.store.transaction import now_us

_log = structlog.get_logger()

TOGETHER = 500
"""Orders erased in one round. At two rounds a minute a million take a day, and the server has most of its
time for orders."""

REST_SECONDS = 3_600.0
"""How long a client is left alone once all of its orders were looked at."""

ACTOR = "server"


class Retention:
    """What one process has looked at. Several processes may do the same: an order is erased once."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._after: dict[int, int] = {}
        self._resting: dict[int, float] = {}
        self._stop = threading.Event()

    def stop(self) -> None:
        """Have the round that is under way end after the order that it is erasing."""
        self._stop.set()

    def round(self) -> int:
        """Erase up to ``TOGETHER`` people whose time is over; how many orders there were."""
        with self._runtime.database.read() as connection:
            clients = parties.list_clients(connection)
        done = 0
        for client in clients:
            days = client.settings.retention_days
            if days is None or self._resting.get(client.id, 0.0) > time.monotonic():
                continue
            done += self._sweep(client, days, TOGETHER - done)
            if self._stop.is_set() or done >= TOGETHER:
                break
        if done:
            erasing.clear_log(self._runtime)
        return done

    def _sweep(self, client: Client, days: int, most: int) -> int:
        after = self._after.get(client.id, 0)
        with self._runtime.database.read() as connection:
            window = retention.find(connection, client.id, days, now_us(), after=after)
        due = [one for one in window.found if not one.open]
        done = 0
        for one in due[:most]:
            if self._stop.is_set():
                return done
            began = time.monotonic()
            try:
                erasing.carry_out(self._runtime, client.id, one.order_id, actor=ACTOR, why=erasing.RETENTION)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001  an order that cannot be erased must not keep the others
                _log.error("not erased", order=one.order_id, cause=type(error).__name__)
            done += 1
            self._after[client.id] = one.order_id
            # As long as it took: whoever waits with an order has its turn.
            self._stop.wait(time.monotonic() - began)
        if len(due) <= most:
            self._after[client.id] = window.after or 0
            if window.after is None:
                self._resting[client.id] = time.monotonic() + REST_SECONDS
        if done:
            _log.info("people erased", why=erasing.RETENTION, client=client.handle, orders=done)
        return done
