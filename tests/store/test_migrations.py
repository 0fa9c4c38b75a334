"""Promise: a database is at the schema this version needs, or nothing runs over it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from spectrum_orders.store import migrations
from spectrum_orders.store.database import Database
from spectrum_orders.store.schema import metadata
from tests.conftest import FreshServer
from tests.durability.load import order
from tests.durability.opened import opened
from tests.harness.factory import Factory, sell
from tests.harness.factory import order as sold
from tests.harness.place import POSTGRESQL, SQLITE, Place, environment, spectrum
from tests.harness.postgres import Cluster
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.lifecycle.test_changes import all_delivered, until
from tests.store.opening import opened as running


def set_revision(place: Place, revision: str) -> None:
    with opened(place.settings) as database, database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :new"), {"new": revision})


def test_the_migrations_lead_to_the_schema_in_the_code(database: Place) -> None:
    with running(database) as runtime, runtime.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert migrations.current(connection) == migrations.head()


def test_a_migration_that_has_nothing_to_do_says_so(database: Place) -> None:
    spectrum(database.settings, "migrate", cwd=database.data_dir)
    done = spectrum(database.settings, "migrate", cwd=database.data_dir)
    assert f"up to date ({migrations.head()})" in done.stderr


def test_a_database_of_a_newer_version_is_left_alone(database: Place) -> None:
    spectrum(database.settings, "client", "create", "somebody", cwd=database.data_dir)
    set_revision(database, "9999")
    done = spectrum(database.settings, "serve", "--port", "0", cwd=database.data_dir, check=False)
    assert done.returncode == 1
    assert "used by a newer version" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_postgresql_that_was_not_migrated_is_refused_with_what_to_do(
    cluster: Cluster, tmp_path: Path
) -> None:
    place = Place(POSTGRESQL, tmp_path, cluster.create_database("not_migrated"))
    done = spectrum(place.settings, "serve", "--port", "0", cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert "Run: spectrum migrate" in done.stderr


@pytest.mark.parametrize("kind", [SQLITE, POSTGRESQL])
def test_several_processes_that_migrate_an_empty_database_at_once_all_succeed(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    place = Place(SQLITE, tmp_path)
    if kind == POSTGRESQL:
        cluster = request.getfixturevalue("cluster")
        place = Place(POSTGRESQL, tmp_path, cluster.create_database("at_once"))
    command = [sys.executable, "-m", "spectrum_orders.cli", "migrate"]
    together = [
        subprocess.Popen(
            command, env=environment(place.settings), cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=120)[1] for process in together]
    assert [process.returncode for process in together] == [0, 0, 0], said
    assert sum("was empty and is now" in one for one in said) == 1, said
    with running(place) as runtime, runtime.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


OLDER = (
    "ALTER TABLE lines DROP COLUMN delivered_at",
    "DROP INDEX ix_lines_set_aside",
    "UPDATE alembic_version SET version_num = '0007'",
)
"""What leads from a database of today to one before a column was filled and indexes were built."""

BUILDING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
    " AND query LIKE 'CREATE INDEX CONCURRENTLY%'"
)


def test_orders_are_taken_while_postgresql_is_migrated_and_an_interrupted_migration_goes_on(
    cluster: Cluster, tmp_path: Path
) -> None:
    place = Place(POSTGRESQL, tmp_path, cluster.create_database("meanwhile"))
    spectrum(place.settings, "migrate", cwd=tmp_path)
    command = [sys.executable, "-m", "spectrum_orders.cli", "migrate"]

    def begin() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command, env=environment(place.settings), cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )

    with (
        Server(place, {"SPECTRUM_DELIVER": "on"}) as server,
        Shop(server) as shop,
        opened(place.settings) as database,
    ):
        Factory(server, tmp_path / "factory").receives(shop)
        sell(shop, "ABCD1234")
        for number in ("PO-1", "PO-2"):
            shop.acknowledge(sold(number, "ABCD1234"))
            until(shop, number, all_delivered)
        shop.acknowledge(sold("PO-3", "MISSING9"))
        filled = "SELECT order_id, delivered_at FROM lines ORDER BY order_id"
        with database.write() as connection:
            before = connection.execute(sa.text(filled)).all()
            for statement in OLDER:
                connection.execute(sa.text(statement))
        assert [row.delivered_at is None for row in before] == [False, False, True]
        with database.read() as old:
            old.execute(sa.text("SELECT count(*) FROM meta")).all()
            killed = begin()
            wait_for_building(database)
            killed.kill()
            killed.communicate()
            several = [begin(), begin()]
            wait_for_building(database)
            assert shop.acknowledge(sold("PO-4", "MISSING9")).status_code == 200
            assert [process.poll() for process in several] == [None, None]
        said = [process.communicate(timeout=60)[1] for process in several]
        assert [process.returncode for process in several] == [0, 0], said
        assert sum("was 0007 and is now" in one for one in said) == 1, said
        with database.read() as connection:
            assert connection.execute(sa.text(filled)).all()[:3] == before
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
            broken = sa.text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
            assert connection.execute(broken).scalar() == 0


def wait_for_building(database: Database) -> None:
    """Wait until an index is being built, which waits for whoever has an older snapshot."""
    deadline = time.monotonic() + 60
    while True:
        with database.read() as connection:
            if connection.execute(BUILDING).scalar_one():
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_database_of_another_environment_is_refused_and_not_touched(fresh_server: FreshServer) -> None:
    server = fresh_server()
    with Shop(server) as shop:
        assert shop.acknowledge(order("one")).status_code == 200
        server.stop()
        elsewhere = {**server.settings, "SPECTRUM_ENVIRONMENT": "production"}
        for verb in (("serve", "--port", "0"), ("migrate",)):
            done = spectrum(elsewhere, *verb, cwd=server.data_dir, check=False)
            assert done.returncode == 1
            assert "belongs to the environment 'test'" in done.stderr
        server.start()
        assert shop.get("/api/order/order-number/one").status_code == 200
