"""Bringing a database to the schema of this version."""

from __future__ import annotations

import pathlib

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store.database import Database, lift_time_limit

# Alembic is imported only where something is migrated: a third of a verb's time would go by before it began,
# and every start asks only whether there is anything to do.

_LOCK = 7_366_140_001
"""An advisory lock's number, of no meaning beyond being ours."""

_FOLDER = pathlib.Path(__file__).parent

_APPLIED = sa.table("alembic_version", sa.column("version_num"))
"""Alembic's own note in the database."""


def _revisions() -> list[str]:
    """Every revision, oldest first: its file's name begins with it."""
    return sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))


def head() -> str:
    """The revision that this version needs."""
    return _revisions()[-1]


def current(connection: Connection) -> str | None:
    """The revision that the database has, or ``None`` when it is empty."""
    if not sa.inspect(connection).has_table(_APPLIED.name):
        return None
    revision: str | None = connection.execute(sa.select(_APPLIED.c.version_num)).scalar()
    return revision


def known(revision: str) -> bool:
    """Whether this version has heard of a revision; a newer version's it has not."""
    return revision in _revisions()


def upgrade(database: Database) -> str | None:
    """Apply what is missing, as one transaction; the revision before, when anything was applied.

    Safe to call from several processes at once: the second finds nothing left to do.
    """
    from alembic import command
    from alembic.config import Config

    with database.write() as connection:
        lift_time_limit(connection)
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        before = current(connection)
        if before == head():
            return None
        config = Config()
        config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before or "empty"
