"""What a migration adds to tables to which servers are writing meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from spectrum_orders.store.migrations import PATIENCE


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column, unless it was added before the revision was interrupted."""
    op.add_column(table, column, if_not_exists=not is_sqlite())


def add_index(name: str, table: str, columns: Sequence[str], where: str) -> None:
    """Create a partial index, on PostgreSQL without keeping anybody from writing.

    There everything that was done before in the same revision is committed by it, and has to be such that it
    can be done again: whoever is interrupted begins the revision anew.
    """
    said = sa.text(where)
    if is_sqlite():
        op.create_index(name, table, columns, unique=False, sqlite_where=said)
        return
    with op.get_context().autocommit_block():
        # For as long as anybody has an older snapshot: nobody waits behind this one.
        op.execute("SET lock_timeout = 0")
        # One that was interrupted is there, is kept up to date, and is used by nobody.
        op.drop_index(name, table, if_exists=True, postgresql_concurrently=True)
        op.create_index(
            name, table, columns, unique=False, postgresql_where=said, postgresql_concurrently=True
        )
        op.execute(f"SET lock_timeout = '{PATIENCE}'")


def is_sqlite() -> bool:
    """Whether nobody else writes while this is done: there it is one transaction."""
    return op.get_bind().dialect.name == "sqlite"
