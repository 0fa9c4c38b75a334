"""What print files were before they were lost and made again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column; of files that were made again before, nobody knows any more."""
    op.add_column("print_files", sa.Column("earlier", sa.Text(), server_default="[]", nullable=False))
