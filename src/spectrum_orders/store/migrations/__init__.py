"""Bringing a database to the schema of this version."""

from __future__ import annotations

import pathlib

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from spectrum_orders.store.database import Database, lift_time_limit

_LOCK = 7_366_140_001
"""An advisory lock's number, of no meaning beyond being ours."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(pathlib.Path(__file__).parent).replace("%", "%%"))
    return config


def head() -> str:
    """The revision that this version needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current(connection: Connection) -> str | None:
    """The revision that the database has, or ``None`` when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def known(revision: str) -> bool:
    """Whether this version has heard of a revision; a newer version's it has not."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return any(script.revision == revision for script in scripts)


def upgrade(database: Database) -> str | None:
    """Apply what is missing, as one transaction; the revision before, when anything was applied.

    Safe to call from several processes at once: the second finds nothing left to do.
    """
    with database.write() as connection:
        lift_time_limit(connection)
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        before = current(connection)
        if before == head():
            return None
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before or "empty"
