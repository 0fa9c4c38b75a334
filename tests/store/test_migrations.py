"""Promise: a database is at the schema this version needs, or nothing runs over it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from spectrum_orders.store import migrations
from spectrum_orders.store.schema import metadata
from tests.conftest import FreshServer
from tests.durability.load import order
from tests.durability.opened import opened
from tests.harness.place import POSTGRESQL, SQLITE, Place, environment, spectrum
from tests.harness.postgres import Cluster
from tests.harness.shop import Shop
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
