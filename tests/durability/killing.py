"""Rounds of `kill -9` under load."""

from __future__ import annotations

import random
import time

from tests.durability.history import check_answers, check_stored
from tests.durability.load import Attempt, Load
from tests.durability.opened import check_whole
from tests.harness.server import Server
from tests.harness.shop import Shop


def kill_rounds(server: Server, rounds: int, *, seed: str) -> None:
    """Kills the running server under load, starts it again and checks everything; so many times."""
    chance = random.Random(seed)
    shop = Shop(server)
    everything: list[Attempt] = []
    for number in range(rounds):
        with Load(server, shop.token, f"r{number}") as load:
            load.wait_for(chance.randrange(1, 250), 200)
            time.sleep(chance.random() / 50)
            server.kill()
        everything += load.attempts
        server.start()
        check_answers(load.attempts, (None, 200, 409))
        check_stored(server, shop.token, load.attempts)
        check_whole(server.settings)
    check_answers(everything, (None, 200, 409))
    shop.close()
