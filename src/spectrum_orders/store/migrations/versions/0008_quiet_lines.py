"""Lines know when their factory got them, so that one is found that has been quiet about them since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

QUIET = (
    "delivered_at IS NOT NULL AND ship_by IS NULL AND shipped_at IS NULL"
    " AND workflow_status NOT IN ('delivered', 'cancelled')"
)
ASIDE = "workflow_status IN ('revision', 'on-hold') AND shipped_at IS NULL"


def upgrade() -> None:
    """Add the instant, for lines that were delivered already as well, and what finds the open ones by it."""
    op.add_column("lines", sa.Column("delivered_at", sa.BigInteger(), autoincrement=False, nullable=True))
    # Lines that are shipped are never asked about, so theirs stays unknown.
    op.execute(
        "UPDATE lines SET delivered_at = (SELECT max(packages.modified_at) FROM packages"
        " WHERE packages.client_id = lines.client_id AND packages.order_id = lines.order_id"
        " AND packages.partner_id = lines.partner_id AND packages.kind IN ('package', 'reprint')"
        " AND packages.state = 'delivered')"
        " WHERE partner_id IS NOT NULL AND shipped_at IS NULL"
        " AND workflow_status NOT IN ('delivered', 'cancelled')"
    )
    for name, what in (("ix_lines_quiet", QUIET), ("ix_lines_set_aside", ASIDE)):
        op.create_index(
            name,
            "lines",
            ["modified_at", "client_id", "order_id", "position"],
            unique=False,
            sqlite_where=sa.text(what),
            postgresql_where=sa.text(what),
        )
