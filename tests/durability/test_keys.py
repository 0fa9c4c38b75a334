"""Promise: master keys rotate online, and the ring that a database needs is never silently another."""

from __future__ import annotations

import shutil

from tests.conftest import FreshServer
from tests.durability.load import order
from tests.durability.rotation import rotate_rounds
from tests.harness.place import Place, spectrum
from tests.harness.shop import Shop


def test_a_rotation_under_load_that_is_killed_and_resumed_loses_no_order(fresh_server: FreshServer) -> None:
    rotate_rounds(fresh_server(), 1, seed="one", prepared=600)


def test_a_key_ring_that_is_missing_or_another_deployments_stops_everything_with_a_sentence(
    fresh_server: FreshServer, places, tmp_path
) -> None:
    server = fresh_server()
    with Shop(server) as shop:
        assert shop.acknowledge(order("sealed")).status_code == 200
        server.stop()
        ring = server.data_dir / "keyring.json"
        away = tmp_path / "ring"
        shutil.move(ring, away)
        for verb in (("serve", "--port", "0"), ("client", "list")):
            done = server.spectrum(*verb, check=False)
            assert done.returncode == 1
            assert "is missing" in done.stderr
            assert "Restore the ring from its backup" in done.stderr
            assert not ring.exists(), "a new ring was made in its place"
        other = places.new()
        spectrum(other.settings, "client", "create", "somebody", cwd=tmp_path)
        shutil.copy(other.data_dir / "keyring.json", ring)
        done = server.spectrum("serve", "--port", "0", check=False)
        assert done.returncode == 1
        assert "sealed under another key ring" in done.stderr
        shutil.move(away, ring)
        server.start()
        assert shop.get("/api/order/order-number/sealed").status_code == 200


def test_a_database_without_clients_takes_any_ring(database: Place, tmp_path) -> None:
    ring = database.data_dir / "keyring.json"
    spectrum(database.settings, "client", "list", cwd=tmp_path)
    first = ring.read_text()
    ring.unlink()
    spectrum(database.settings, "client", "create", "somebody", cwd=tmp_path)
    assert ring.read_text() != first
    ring.write_text(first)
    done = spectrum(database.settings, "client", "list", cwd=tmp_path, check=False)
    assert (done.returncode, "another key ring" in done.stderr) == (1, True)
