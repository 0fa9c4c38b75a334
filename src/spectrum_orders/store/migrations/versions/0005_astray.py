"""Lines that were shipped although they were cancelled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column, and the index by which the list of exceptions reads it."""
    op.add_column("lines", sa.Column("astray_at", sa.BigInteger(), autoincrement=False, nullable=True))
    op.create_index(
        "ix_lines_astray",
        "lines",
        ["astray_at", "client_id", "order_id", "position"],
        unique=False,
        sqlite_where=sa.text("astray_at IS NOT NULL"),
        postgresql_where=sa.text("astray_at IS NOT NULL"),
    )
