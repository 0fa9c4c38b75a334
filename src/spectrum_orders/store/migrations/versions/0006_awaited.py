"""Packages that were delivered and that nobody has said to have, by partner and client."""

from __future__ import annotations

from spectrum_orders.store.migrations.building import add_index

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the index by which receipt files are looked for."""
    where = "collected_at IS NULL AND state = 'delivered'"
    add_index("ix_packages_awaited", "packages", ("partner_id", "client_id", "id"), where)
