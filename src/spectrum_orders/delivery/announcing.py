"""Events that were written become entries of feeds and webhooks: the worker's share of ``store.listing``."""

from __future__ import annotations

import time

import structlog

from spectrum_orders.errors import Unavailable
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import listing, webhooks
from spectrum_orders.store.transaction import now_us

_log = structlog.get_logger()

TROUBLE_SECONDS = 1.0

SWEEP_SECONDS = 600.0
SWEPT_TOGETHER = 500
"""Attempts, or webhooks of one endpoint, taken off the log by one transaction, which orders wait for: some
milliseconds. While there are more that are too old, the next ones go as soon as the worker looks at what is
parked."""

DAY_US = 86_400 * 1_000_000


class Announcer:
    """Lists what is unlisted, and forgets what is too old."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._after = 0
        self._not_before = 0.0
        self._sweep_at = 0.0

    def announce(self) -> int:
        """Do some of it; how many events were listed. Raises Unavailable. Blocks."""
        now = time.monotonic()
        if now < self._not_before:
            return 0
        with self._runtime.database.read() as connection:
            if not listing.waits(connection):
                return 0
        try:
            with self._runtime.ledger.write() as tx:
                count, self._after = listing.list_some(tx, self._after)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001  undone as a whole, and tried again: such as a deadlock
            _log.error("events could not be listed", cause=type(error).__name__)
            self._not_before = now + TROUBLE_SECONDS
            return 0
        return count

    def sweep(self) -> None:
        """Take what is older than its time off the log of webhooks. Blocks."""
        if time.monotonic() < self._sweep_at:
            return
        instant = now_us() - self._runtime.settings.webhook_log_days * DAY_US
        with self._runtime.database.read() as connection:
            oldest = webhooks.log_begins(connection)
            sent = webhooks.sent_before(connection, instant, SWEPT_TOGETHER)
        full = False
        if oldest is not None and oldest < instant:
            with self._runtime.ledger.write() as tx:
                full = webhooks.forget_before(tx, instant, SWEPT_TOGETHER) == SWEPT_TOGETHER
        for endpoint_id, up_to in sent.items():
            with self._runtime.ledger.write() as tx:
                full |= webhooks.forget_sent(tx, endpoint_id, up_to, instant) == SWEPT_TOGETHER
        self._sweep_at = 0.0 if full else time.monotonic() + SWEEP_SECONDS
