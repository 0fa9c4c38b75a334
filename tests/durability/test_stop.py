"""Promise: a stop ends what runs beside the requests, also when a cancellation is lost on the way."""

from __future__ import annotations

import asyncio

from spectrum_orders.web import app


def test_a_cancellation_that_is_lost_does_not_keep_a_server_alive() -> None:
    """Before Python 3.12 ``asyncio.wait_for`` drops one that comes in the moment of what it waits for."""

    async def run() -> None:
        awaited = asyncio.get_running_loop().create_future()
        rounds = 0

        async def beside() -> None:
            nonlocal rounds
            await asyncio.wait_for(awaited, 60)
            rounds += 1
            await asyncio.sleep(60)

        task = asyncio.create_task(beside())
        await asyncio.sleep(0.01)
        # No turn of the event loop lies between this and the first cancellation.
        awaited.set_result(None)
        await asyncio.wait_for(app._end(task), 20)
        assert task.cancelled()
        assert rounds <= 1

    asyncio.run(run())
