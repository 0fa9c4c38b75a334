"""Promise: an acknowledged order survives whatever happens to the process that acknowledged it."""

from __future__ import annotations

from tests.conftest import FreshServer
from tests.durability.history import check_answers, check_stored
from tests.durability.killing import kill_rounds
from tests.durability.load import Load
from tests.durability.opened import check_whole, stored_numbers
from tests.harness.shop import Shop


def test_after_kill_9_under_load_everything_acknowledged_is_there_once(fresh_server: FreshServer) -> None:
    kill_rounds(fresh_server(), 6, seed="six")


def test_a_stop_under_load_answers_everything_that_it_accepted(fresh_server: FreshServer) -> None:
    server = fresh_server()
    with Shop(server) as shop:
        for name in ("s0", "s1"):
            with Load(server, shop.token, name) as load:
                load.wait_for(200, 200)
                server.stop()  # asserts exit status 0
            stored = stored_numbers(server.settings)
            unanswered = {a.number for a in load.attempts if a.status is None}
            told = {a.number for a in load.attempts if a.status is not None}
            assert unanswered & stored <= told, "stored, and nobody was told"
            check_answers(load.attempts, (None, 200, 409, 503))
            server.start()
            check_stored(server, shop.token, load.attempts)
        check_whole(server.settings)
