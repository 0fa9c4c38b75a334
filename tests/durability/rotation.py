"""Master keys rotated under load, by a command that is killed now and then."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time

import sqlalchemy as sa

from tests.durability.history import check_answers, check_stored
from tests.durability.load import SINGLE, Connection, Load, order
from tests.durability.opened import check_whole, opened
from tests.harness.place import environment
from tests.harness.server import Server
from tests.harness.shop import Shop


def rotate_rounds(server: Server, rounds: int, *, seed: str, prepared: int) -> None:
    """Rotates, kills the rotation, rotates again; the server runs on and opens everything all the while."""
    chance = random.Random(seed)
    pid = server.pid
    with Shop(server) as shop:
        connection = Connection(server, shop.token)
        for start in range(0, prepared, 500):
            many = [order(f"k-{number}") for number in range(start, min(start + 500, prepared))]
            assert connection.request("POST", SINGLE, json.dumps(many).encode())[0] == 200
        with Load(server, shop.token, "l", threads=2, pause=0.02) as load:
            for number in range(rounds):
                _rotate_killed(server, chance)
                version = min(_versions(server))
                if len(_versions(server)) > 1:
                    refused = server.spectrum("keys", "retire", str(version), "--yes", check=False)
                    assert refused.returncode == 1, refused.stdout + refused.stderr
                    assert "still need version" in refused.stderr
                server.spectrum("keys", "rotate")
                chosen = f"k-{chance.randrange(prepared)}"
                assert connection.request("GET", f"/api/order/order-number/{chosen}")[0] == 200, number
            load.wait_for(50, 200)
        check_answers(load.attempts, (200, 409))
        _retire_all(server, shop)
        check_stored(server, shop.token, load.attempts)
        connection.close()
    assert server.pid == pid
    assert server.running
    check_whole(server.settings)


def _rotate_killed(server: Server, chance: random.Random) -> None:
    command = [sys.executable, "-m", "spectrum_orders.cli", "keys", "rotate"]
    running = subprocess.Popen(
        command, env=environment(server.settings), cwd=server.data_dir, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    running.stderr.readline()  # the new version is on the ring, or an earlier rotation goes on
    # Two seconds pass before the first keys are wrapped anew; then it is soon done.
    time.sleep(chance.uniform(0, 2.6))
    running.kill()
    running.communicate()


def _versions(server: Server) -> set[int]:
    with opened(server.settings) as database, database.read() as connection:
        return set(connection.execute(sa.text("SELECT DISTINCT version FROM order_keys")).scalars())


def _retire_all(server: Server, shop: Shop) -> None:
    """Old versions go, one by one; what is put back under one of them does not open."""
    [active] = _versions(server)
    with opened(server.settings) as database, database.read() as connection:
        row = connection.execute(
            sa.text(
                "SELECT k.order_id, o.purchase_order_number AS number FROM order_keys k"
                " JOIN orders o ON o.id = k.order_id ORDER BY k.order_id LIMIT 1"
            )
        ).one()
    refused = server.spectrum("keys", "retire", str(active), "--yes", check=False)
    assert (refused.returncode, "active" in refused.stderr) == (1, True)
    for version in range(1, active):
        server.spectrum("keys", "retire", str(version), "--yes")
    path = f"/api/order/order-number/{row.number}"
    assert shop.get(path).status_code == 200
    set_version = sa.text("UPDATE order_keys SET version = :version WHERE order_id = :id")
    for version, status in ((1, 500), (active, 200)):
        with opened(server.settings) as database, database.write() as connection:
            connection.execute(set_version, {"version": version, "id": row.order_id})
        answer = shop.get(path)
        assert answer.status_code == status, answer.text
        assert (answer.json().get("code") == "seal-broken") == (status == 500)
