"""Reading from the store beside the event loop, with an end to the waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from spectrum_orders.errors import Unavailable

LONGEST = 5.0
"""Seconds. A look takes milliseconds; of a database that is stalled nobody hears anything."""

_T = TypeVar("_T")


async def look(read: Callable[[], _T]) -> _T:
    """What ``read`` finds, in a thread of its own. Raises Unavailable when it takes too long.

    The thread cannot be stopped: it goes on until the database or the machine under it says something.
    """
    return await wait_for(asyncio.to_thread(read))


async def wait_for(answer: Awaitable[_T]) -> _T:
    """The answer. Raises Unavailable when it takes too long."""
    try:
        async with asyncio.timeout(LONGEST):  # not wait_for, which may lose a cancellation before 3.12
            return await answer
    except TimeoutError:
        raise Unavailable(
            "The order store does not answer. Send the same again: nothing doubles.", retry_after=5
        ) from None
