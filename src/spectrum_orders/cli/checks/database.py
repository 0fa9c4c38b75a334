"""The database: reachable, current, durable, and of this environment."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from spectrum_orders.cli.checks.check import Check, fail, ok, warn
from spectrum_orders.config import Settings
from spectrum_orders.errors import SpectrumError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

POSTGRESQL_OLDEST = 140_000
"""Version 14, as ``server_version_num`` writes it: the oldest that PostgreSQL itself still mended
when this program was written."""

CLOCKS_APART = 2.0
"""Seconds between this machine's clock and the database server's; both stamp rows."""

CONNECTIONS_EACH = 12
"""The most connections one process opens: the pool's own and its overflow."""


def check_database(settings: Settings) -> Iterator[Check]:
    """The database behind these settings. Makes and migrates nothing."""
    import sqlalchemy

    from spectrum_orders.runtime import SQLITE_FILE, open_database

    if not settings.on_postgresql:
        yield _sqlite_version()
        file = settings.data_dir / SQLITE_FILE
        if not file.exists():
            yield warn("database", f"{file} is not there yet", "Nothing to do: the first start makes it.")
            return
        mode = stat.S_IMODE(file.stat().st_mode)
        # The folder's own mode shuts others out as well; the doctor names it by itself.
        if mode & 0o077 and settings.data_dir.stat().st_mode & 0o077:
            yield warn("database file", f"others may read {file} (mode {mode:04o})", f"Run: chmod 600 {file}")
    database = open_database(settings)
    try:
        with database.read() as connection:
            yield ok("database", "PostgreSQL answers" if settings.on_postgresql else str(database.path))
            yield from _schema(connection, settings)
            if settings.on_postgresql:
                yield from _postgresql(connection, settings)
    except (SpectrumError, sqlalchemy.exc.SQLAlchemyError) as error:
        yield fail("database", _reason(error), _mend(settings))
    finally:
        database.close()


def _reason(error: Exception) -> str:
    """Why the database does not answer, in its own words where they hold no secret."""
    cause: BaseException | None = error
    while cause is not None:
        original = getattr(cause, "orig", None)
        if original is not None:
            first = str(original).strip().splitlines()
            return f"it cannot be read: {first[0][:200]}" if first else "it cannot be read"
        cause = cause.__cause__
    return "it cannot be read"


def _mend(settings: Settings) -> str:
    if settings.on_postgresql:
        return "Check that it runs, and host, port, user, password and database in SPECTRUM_DATABASE_URL."
    return (
        "Check who owns the data directory and its files, and the disk. If it is damaged, restore a backup."
    )


def _sqlite_version() -> Check:
    import pysqlite3.dbapi2 as sqlite

    from spectrum_orders.store.database import SQLITE_SAFE

    shown = f"SQLite {sqlite.sqlite_version}, of the pysqlite3 package"
    if sqlite.sqlite_version_info < SQLITE_SAFE:
        safe = ".".join(map(str, SQLITE_SAFE))
        return fail(
            "SQLite",
            f"{shown}: before {safe} it can corrupt a database that two processes write",
            "Install the locked dependencies.",
        )
    return ok("SQLite", shown)


def _schema(connection: Connection, settings: Settings) -> Iterator[Check]:
    from spectrum_orders.store import deployment, migrations

    revision, head = migrations.current(connection), migrations.head()
    if revision == head:
        yield ok("schema", head)
    elif revision is not None and not migrations.known(revision):
        yield fail(
            "schema",
            f"the database has schema {revision}, of a newer version",
            "Run that version, or restore the backup made before the upgrade.",
        )
        return
    elif settings.on_postgresql:
        yield fail(
            "schema", f"the schema is {revision or 'empty'}, needed is {head}", "Run: spectrum migrate"
        )
        if revision is None:
            return
    else:
        yield warn(
            "schema", f"the schema is {revision or 'empty'}", "Nothing to do: the next start updates it."
        )
        if revision is None:
            return
    environment = deployment.read_environment(connection)
    if environment not in (None, settings.environment):
        yield fail(
            "environment",
            f"the database belongs to {environment}, but SPECTRUM_ENVIRONMENT is {settings.environment}",
            "Correct the setting, or point SPECTRUM_DATA_DIR or SPECTRUM_DATABASE_URL at the right database.",
        )
    else:
        yield ok("environment", settings.environment)


def _postgresql(connection: Connection, settings: Settings) -> Iterator[Check]:
    def show(name: str) -> str:
        return str(connection.exec_driver_sql(f"SHOW {name}").scalar_one())

    if int(show("server_version_num")) < POSTGRESQL_OLDEST:
        yield warn("PostgreSQL", f"version {show('server_version')}", "Upgrade to 14 or newer.")
    else:
        yield ok("PostgreSQL", f"version {show('server_version')}")
    for name, lost in (
        ("fsync", "a crash of the machine can lose or damage acknowledged orders"),
        ("full_page_writes", "a crash in the middle of a write can damage the database"),
    ):
        if show(name) != "on":
            yield fail(name, f"{name} is {show(name)}: {lost}", f"Set {name} = on in postgresql.conf.")
        else:
            yield ok(name, "on")
    if show("synchronous_commit") == "off":
        yield fail(
            "synchronous_commit",
            "synchronous_commit is off on our own connections",
            "Something on the way resets it (a connection pooler?): let sessions keep settings.",
        )
    else:
        yield ok("synchronous_commit", show("synchronous_commit"))
    if show("server_encoding") != "UTF8":
        yield fail(
            "encoding",
            f"the database's encoding is {show('server_encoding')}",
            "Make one with ENCODING 'UTF8'.",
        )
    theirs = float(connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one())
    apart = abs(theirs - time.time())
    if apart > CLOCKS_APART:
        yield warn(
            "database clock", f"{apart:.0f} s away from ours", "Set both clocks, for example with NTP."
        )
    else:
        yield ok("database clock", "agrees with ours")
    room, wanted = int(show("max_connections")), settings.workers * CONNECTIONS_EACH
    if wanted > room:
        yield warn(
            "connections",
            f"{settings.workers} workers may open {wanted} connections, PostgreSQL allows {room}",
            "Raise max_connections or lower SPECTRUM_WORKERS.",
        )
    else:
        yield ok("connections", f"at most {wanted} of {room}")
