"""Promise: large bodies share a fixed number of bytes, in the order of their coming, and lose none of it."""

from __future__ import annotations

import asyncio
import random

import pytest

from spectrum_orders.errors import Unavailable
from spectrum_orders.web.room import Room
from spectrum_orders.web.spool import Depot, Spool


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


def test_whoever_will_not_wait_gets_nothing_where_it_would_have_to() -> None:
    async def run() -> None:
        room = Room(10)
        assert room.take_at_once(7) == 7
        assert room.take_at_once(4) == 0
        waiting = asyncio.create_task(room.take(4))
        await settled()
        assert room.take_at_once(1) == 0, "it would overtake"
        room.give(7)
        assert await asyncio.wait_for(waiting, 10) == 4
        assert room.take_at_once(6) == 6

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


@pytest.mark.parametrize("seed", range(5))
def test_a_body_comes_back_from_the_disk_as_it_was(seed: int) -> None:
    chance = random.Random(seed)
    pieces = [chance.randbytes(chance.randint(0, 300_000)) for _ in range(20)]

    async def run() -> None:
        depot = Depot(sum(map(len, pieces)))
        with Spool(depot) as spool:
            for piece in pieces:
                spool.write(piece)
            assert await spool.read() == b"".join(pieces)

    asyncio.run(run())


def test_whoever_finds_the_disk_taken_is_told_to_come_back_and_takes_nothing_along() -> None:
    depot = Depot(100)
    with Spool(depot) as first:
        first.write(b"x" * 60)
        with Spool(depot) as second, pytest.raises(Unavailable):
            second.write(b"x" * 41)
        with Spool(depot) as third:
            third.write(b"x" * 40)
    with Spool(depot) as fourth:
        fourth.write(b"x" * 100)
