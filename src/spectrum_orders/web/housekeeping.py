"""What a web process does beside answering: note the use of tokens, forget old keys."""

from __future__ import annotations

import asyncio

import structlog

from spectrum_orders.capture import Intake
from spectrum_orders.errors import SpectrumError
from spectrum_orders.store import idempotency, parties
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.web.auth import Authenticator

_log = structlog.get_logger()

ROUND_SECONDS = 30.0
DAY_US = 86_400 * 1_000_000


async def keep_house(intake: Intake, authenticator: Authenticator) -> None:
    """Every half minute, and once more at the end. Endless."""
    days = intake.runtime.settings.idempotency_days
    try:
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            await _round(intake, authenticator, days)
    finally:
        await _round(intake, authenticator, days)


async def _round(intake: Intake, authenticator: Authenticator, days: int) -> None:
    used = authenticator.take_used()

    def tidy(tx: Transaction) -> None:
        parties.touch_tokens(tx, used)
        idempotency.forget_before(tx, tx.now - days * DAY_US)

    try:
        await intake.run(tidy)
    except SpectrumError as error:
        _log.error("housekeeping failed", code=error.code)
