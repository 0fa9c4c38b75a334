"""Packages that were delivered and that nobody has said to have, by partner and client."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the index by which receipt files are looked for."""
    op.create_index(
        "ix_packages_awaited",
        "packages",
        ["partner_id", "client_id", "id"],
        unique=False,
        sqlite_where=sa.text("collected_at IS NULL AND state = 'delivered'"),
        postgresql_where=sa.text("collected_at IS NULL AND state = 'delivered'"),
    )
