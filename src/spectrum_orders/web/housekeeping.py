"""What a web process does beside answering: note the use of tokens, forget old keys."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from spectrum_orders.capture import Intake
from spectrum_orders.errors import SpectrumError
from spectrum_orders.store import idempotency, parties, partner_tokens
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.web.auth import Authenticator

_log = structlog.get_logger()

ROUND_SECONDS = 30.0
DAY_US = 86_400 * 1_000_000

LAST_SECONDS = 2.0
"""What the round at the end may take: a stop must not wait for a database that does not answer."""

TOGETHER = 1_000
"""Keys forgotten by one transaction, which is one that orders are waiting for."""


async def keep_house(intake: Intake, authenticator: Authenticator) -> None:
    """Every half minute, and once more at the end. Endless."""
    days = intake.runtime.settings.idempotency_days
    try:
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            await _round(intake, authenticator, days)
    finally:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_round(intake, authenticator, days), LAST_SECONDS)


async def _round(intake: Intake, authenticator: Authenticator, days: int) -> None:
    # Several small jobs, because each of them shares its transaction with orders.
    used = authenticator.take_used()

    def touch(tx: Transaction) -> None:
        parties.touch_tokens(tx, used)
        partner_tokens.touch(tx, used)

    def forget(tx: Transaction) -> int:
        return idempotency.forget_before(tx, tx.now - days * DAY_US, most=TOGETHER)

    try:
        await intake.run(touch)
        while await intake.run(forget) == TOGETHER:
            pass
    except SpectrumError as error:
        _log.error("housekeeping failed", code=error.code)
