"""Promise: large bodies share a fixed number of bytes, in the order of their coming, and lose none of it."""

from __future__ import annotations

import asyncio
import random

import pytest

from spectrum_orders.web.room import Room


async def settled() -> None:
    """Let every task go as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_whoever_came_first_is_served_first_even_when_a_smaller_one_would_fit() -> None:
    async def run() -> None:
        room = Room(10)
        assert await room.take(6) == 6
        large, small = asyncio.create_task(room.take(8)), asyncio.create_task(room.take(1))
        await settled()
        assert not large.done()
        assert not small.done()
        room.give(6)
        await settled()
        assert large.done()
        assert small.done()

    asyncio.run(run())


def test_more_than_there_is_at_all_is_the_whole_room() -> None:
    async def run() -> None:
        room = Room(10)
        assert await room.take(11) == 10
        waiting = asyncio.create_task(room.take(1))
        await settled()
        assert not waiting.done()
        room.give(10)
        assert await waiting == 1

    asyncio.run(run())


def test_whoever_stops_waiting_lets_the_next_one_in() -> None:
    async def run() -> None:
        room = Room(10)
        await room.take(6)
        large, small = asyncio.create_task(room.take(8)), asyncio.create_task(room.take(4))
        await settled()
        large.cancel()
        assert await asyncio.wait_for(small, 10) == 4
        with pytest.raises(asyncio.CancelledError):
            await large

    asyncio.run(run())


def test_whoever_holds_room_overtakes_those_who_hold_none_when_these_do_not_fit() -> None:
    async def run() -> None:
        room = Room(10)
        await room.take(3)
        await room.take(5)
        new, longer, more = (
            asyncio.create_task(room.take(9)),
            asyncio.create_task(room.take(8, more=True)),
            asyncio.create_task(room.take(4, more=True)),
        )
        await settled()
        room.give(3)
        assert await asyncio.wait_for(more, 10) == 4
        assert not new.done()
        room.give(9)
        assert await asyncio.wait_for(new, 10) == 9
        assert not longer.done()
        room.give(9)
        assert await asyncio.wait_for(longer, 10) == 8

    asyncio.run(run())


@pytest.mark.parametrize("seed", range(20))
def test_however_they_come_and_go_the_room_is_whole_again_in_the_end(seed: int) -> None:
    chance = random.Random(seed)
    held = most = 0

    async def come(room: Room) -> None:
        nonlocal held, most
        async with asyncio.timeout(chance.random() / 100):
            size = await room.take(chance.randint(1, 12))
        held += size
        most = max(most, held)
        await asyncio.sleep(chance.random() / 200)
        held -= size
        room.give(size)

    async def run() -> None:
        room = Room(10)
        outcomes = await asyncio.gather(*(come(room) for _ in range(60)), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} <= {type(None), TimeoutError}
        assert await asyncio.wait_for(room.take(10), 10) == 10

    asyncio.run(run())
    assert 0 < most <= 10
