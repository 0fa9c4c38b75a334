"""Beside answering, a web process erases people whose time is over."""

from __future__ import annotations

import asyncio

import structlog

from spectrum_orders.errors import SpectrumError
from spectrum_orders.lifecycle.retaining import Retention
from spectrum_orders.runtime import Runtime

_log = structlog.get_logger()

ROUND_SECONDS = 30.0

LAST_SECONDS = 2.0
"""How long a stop waits for the order that is just being erased; nothing of it is lost, nor half done."""


async def keep_retention(runtime: Runtime) -> None:
    """At once, and then every half minute. Endless."""
    retention = Retention(runtime)
    while True:
        round_ = asyncio.ensure_future(asyncio.to_thread(retention.round))
        try:
            await asyncio.shield(round_)
        except asyncio.CancelledError:
            retention.stop()
            await asyncio.wait([round_], timeout=LAST_SECONDS)
            raise
        except SpectrumError as error:
            _log.error("retention failed", code=error.code)
        except Exception as error:  # noqa: BLE001  it must not end for one order that cannot be erased
            _log.error("retention failed", cause=type(error).__name__)
        await asyncio.sleep(ROUND_SECONDS)
