"""Bringing a database to the schema of this version."""

from __future__ import annotations

import pathlib
import time

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store.database import Database

# Alembic is imported only where something is migrated: a third of a verb's time would go by before it began,
# and every start asks only whether there is anything to do.

_LOCK = 7_366_140_001
"""An advisory lock's number, of no meaning beyond being ours."""

PATIENCE = "2s"
"""For a table that somebody else reads or writes on PostgreSQL: meanwhile all others wait behind us. It is
longer than the second after which an autovacuum gives way."""

_PAUSE_SECONDS = 0.2
"""Between two questions whether another process has done it: nobody waits for it by the millisecond."""

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
    """Apply what is missing; the revision before, when anything was applied.

    Safe to call from several processes at once: the second finds nothing left to do. On SQLite it is one
    transaction. On PostgreSQL, where servers may go on meanwhile, each revision is one, and long ones are
    several: no table is locked for longer than a moment. What was interrupted is gone on with by calling it
    again.
    """
    if database.is_sqlite:
        with database.write() as connection:
            return _upgrade(connection)
    with database.session() as connection:
        try:
            with connection.begin():
                connection.exec_driver_sql(f"SET statement_timeout = 0; SET lock_timeout = '{PATIENCE}'")
            while not _is_locked(connection):
                time.sleep(_PAUSE_SECONDS)
            return _upgrade(connection)
        finally:
            # Not for the pool again: its settings and its lock end with it.
            connection.invalidate()


def _is_locked(connection: Connection) -> bool:
    """Whether nobody else migrates, from now on. Whoever waited for it within a statement would have a
    snapshot, for whose end PostgreSQL waits before it has an index built beside writers: for ever."""
    with connection.begin():
        taken = connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_LOCK})").scalar_one()
    return bool(taken)


def _upgrade(connection: Connection) -> str | None:
    from alembic import command
    from alembic.config import Config

    before = current(connection)
    if before == head():
        return None
    if connection.dialect.name != "sqlite":
        connection.commit()  # of what was read, so that Alembic begins its own transactions
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return before or "empty"
