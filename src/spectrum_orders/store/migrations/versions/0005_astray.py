"""Lines that were shipped although they were cancelled."""

from __future__ import annotations

import sqlalchemy as sa

from spectrum_orders.store.migrations.building import add_column, add_index

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column, and the index by which the list of exceptions reads it."""
    add_column("lines", sa.Column("astray_at", sa.BigInteger(), autoincrement=False, nullable=True))
    columns = ("astray_at", "client_id", "order_id", "position")
    add_index("ix_lines_astray", "lines", columns, "astray_at IS NOT NULL")
