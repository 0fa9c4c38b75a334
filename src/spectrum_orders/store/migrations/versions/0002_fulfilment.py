"""Fulfilment: the catalogue, artwork, partners, routes, packages, and a queue that knows its lanes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of fulfilment; what waits in the outbox keeps its place by its order's date."""
    op.create_table(
        "artworks",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recipe_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("renderer", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "recipe_version", name=op.f("pk_artworks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "assets",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "digest", name=op.f("pk_assets")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "deliveries",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("package_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("destination_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("settled_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("client_id", "package_id", "destination_id", name=op.f("pk_deliveries")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "line_routes",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("partner_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "order_id", "position", name=op.f("pk_line_routes")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "packages",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("partner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("positions", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("completes", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("completed", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("modified_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_packages")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_packages_order", "packages", ["client_id", "order_id"], unique=False)
    op.create_table(
        "partners",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
        sa.UniqueConstraint("handle", name=op.f("uq_partners_handle")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "print_files",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recipe_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("crc32", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "recipe_version", "place", name=op.f("pk_print_files")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "products",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_products")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_products_current",
        "products",
        ["client_id", "handle"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "recipe_sets",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("readable_id", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("products", sa.Text(), nullable=False),
        sa.Column("assets", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_recipe_sets")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_recipe_sets_current",
        "recipe_sets",
        ["client_id", "key"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index("ix_recipe_sets_key", "recipe_sets", ["client_id", "key"], unique=False)
    op.create_table(
        "waiting",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("package_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "key", "package_id", name=op.f("pk_waiting")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "destinations",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("partner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("paused_until", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("removed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_destinations_partner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destinations")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "routes",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rank", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("partner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_routes_client_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_routes_partner_id")),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_routes")),
        sqlite_with_rowid=False,
    )
    op.add_column("lines", sa.Column("recipe_version", sa.BigInteger(), autoincrement=False, nullable=True))
    op.create_index(
        "ix_lines_recipe_version",
        "lines",
        ["client_id", "recipe_version", "order_id"],
        unique=False,
        sqlite_where=sa.text("recipe_version IS NOT NULL"),
        postgresql_where=sa.text("recipe_version IS NOT NULL"),
    )
    op.add_column(
        "outbox", sa.Column("lane", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False)
    )
    op.add_column(
        "outbox",
        sa.Column("urgency", sa.BigInteger(), server_default="1", autoincrement=False, nullable=False),
    )
    op.add_column(
        "outbox",
        sa.Column("order_instant", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
    )
    op.add_column(
        "outbox",
        sa.Column("claims", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
    )
    op.add_column(
        "outbox",
        sa.Column("subject", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
    )
    op.add_column("outbox", sa.Column("reason", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_outbox_lane", "outbox", ["lane", "urgency", "order_instant", "id"], unique=False)
    op.execute(
        "UPDATE outbox SET order_instant = (SELECT orders.order_instant FROM orders "
        "WHERE orders.client_id = outbox.client_id AND orders.id = outbox.order_id)"
    )
