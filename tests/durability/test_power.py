"""Promise: a 2xx means synced. `kill -9` cannot show that; a disk that loses what was not synced can."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest

from tests.durability.disk import Disk, read_notes
from tests.durability.history import check_answers, check_stored
from tests.durability.load import Load
from tests.durability.opened import check_whole
from tests.durability.power import Recording, cut_power_often
from tests.harness.place import POSTGRESQL, SQLITE, Place, spectrum
from tests.harness.postgres import Cluster
from tests.harness.server import Server
from tests.harness.shop import Shop


@pytest.fixture(scope="module")
def recording(disk_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    folder = tmp_path_factory.mktemp("power") / "data"
    folder.mkdir()
    # Enough for a checkpoint: one comes after 4 000 pages of log.
    return Recording(disk_library, folder, 800)


def test_a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged(
    recording: Recording, tmp_path: Path
) -> None:
    assert len(recording.acknowledged) >= 200
    assert cut_power_often(recording, 40, tmp_path, seed="forty") == set()


def test_the_losing_disk_would_have_found_a_server_that_does_not_sync(
    recording: Recording, tmp_path: Path
) -> None:
    assert cut_power_often(recording, 3, tmp_path, seed="three", believing_syncs=False)


def test_a_new_key_ring_is_on_disk_under_its_name_before_anything_is_sealed_under_it(
    disk_library: Path, folder: Path
) -> None:
    disk = Disk(disk_library, folder)
    with Server(Place(SQLITE, folder), disk.settings):
        notes = [(note.what, Path(note.name).name) for note in read_notes(disk.log)]
    [ring] = {name for _, name in notes if name.startswith(".keyring")}
    told = [what for what, name in notes if name == ring]
    assert told == ["O", "W", "S", "U"]
    named = notes.index(("S", ring))
    assert ("S", folder.name) in notes[named : notes.index(("U", ring)) + 2]


def test_postgresql_waits_for_its_disk_even_where_the_database_says_not_to(folder: Path) -> None:
    # With a writer that sleeps for 10 s, a commit that does not wait is lost in a crash.
    with Cluster(settings={"wal_writer_delay": "10s"}) as cluster:
        place = Place(POSTGRESQL, folder, cluster.create_database("orders"))
        spectrum(place.settings, "migrate", cwd=folder)
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER DATABASE orders SET synchronous_commit = off")
            connection.execute("CREATE TABLE careless (round bigint)")
        with Server(place) as server, Shop(server) as shop:
            careless = 0
            for number in range(3):
                with Load(server, shop.token, f"c{number}") as load:
                    load.wait_for(100, 200)
                with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
                    connection.execute("SET synchronous_commit = off")
                    connection.execute("INSERT INTO careless VALUES (%s)", (number,))
                    cluster.crash()
                cluster.start()
                _wait_until_ready(shop)
                check_answers(load.attempts, (200, 409))
                check_stored(server, shop.token, load.attempts)
                with psycopg.connect(cluster.url("postgres")) as connection:
                    row = connection.execute("SELECT count(*) FROM careless").fetchone()
                    assert row is not None
                    careless = row[0]
                if careless <= number:
                    break
            assert careless <= number, "the crash lost nothing at all, so this test shows nothing"
        check_whole(place.settings)


def _wait_until_ready(shop: Shop) -> None:
    deadline = time.monotonic() + 30
    while shop.get("/readyz").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
