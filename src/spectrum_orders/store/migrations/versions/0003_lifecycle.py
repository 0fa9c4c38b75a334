"""Lifecycle: partners' tokens, the history and shipments of lines, events and webhooks, erasures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables of the lifecycle; lines learn when their order was modified and who makes them."""
    op.create_table(
        "endpoints",
        sa.Column("owner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret", sa.LargeBinary(), nullable=True),
        sa.Column(
            "old_secret_until", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False
        ),
        sa.Column("sequence", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("drains_to", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("failing_since", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("succeeded_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("paused_until", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("told_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("removed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("owner_id", "id", name=op.f("pk_endpoints")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_endpoints_id", "endpoints", ["id"], unique=False)
    op.create_table(
        "erasures",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("partner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purchase_order_number", sa.Text(), nullable=False),
        sa.Column("packages", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("told_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("confirmed_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("client_id", "order_id", "partner_id", name=op.f("pk_erasures")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_erasures_open",
        "erasures",
        ["erased_at"],
        unique=False,
        sqlite_where=sa.text("confirmed_at IS NULL"),
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )
    op.create_table(
        "events",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("partners", sa.Text(), server_default="[]", nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("listed", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "id", name=op.f("pk_events")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_events_unlisted",
        "events",
        ["client_id", "id"],
        unique=False,
        sqlite_where=sa.text("listed = 0"),
        postgresql_where=sa.text("listed = 0"),
    )
    op.create_table(
        "feed",
        sa.Column("owner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("positions", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "sequence", name=op.f("pk_feed")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "line_moves",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("client_id", "order_id", "position", "id", name=op.f("pk_line_moves")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "shipments",
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tracking", sa.Text(), nullable=False),
        sa.Column("serial_numbers", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "order_id", "position", "id", name=op.f("pk_shipments")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("endpoint_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint_id", "sequence", "id", name=op.f("pk_webhook_attempts")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_webhook_attempts_at", "webhook_attempts", ["at"], unique=False)
    op.create_table(
        "webhooks",
        sa.Column("endpoint_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("feed_sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("settled_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.PrimaryKeyConstraint("endpoint_id", "sequence", name=op.f("pk_webhooks")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_webhooks_open",
        "webhooks",
        ["endpoint_id", "state", "sequence"],
        unique=False,
        sqlite_where=sa.text("state <> 'sent'"),
        postgresql_where=sa.text("state <> 'sent'"),
    )
    op.create_table(
        "partner_tokens",
        sa.Column("partner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("last_used_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name=op.f("fk_partner_tokens_partner_id")),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_partner_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_partner_tokens_digest")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_journal_opened",
        "journal",
        ["client_id", "order_id"],
        unique=False,
        sqlite_where=sa.text("kind = 'person.opened'"),
        postgresql_where=sa.text("kind = 'person.opened'"),
    )
    op.add_column("clients", sa.Column("settings", sa.Text(), server_default="{}", nullable=False))
    op.add_column(
        "lines",
        sa.Column("modified_at", sa.BigInteger(), server_default="0", autoincrement=False, nullable=False),
    )
    op.add_column("lines", sa.Column("partner_id", sa.BigInteger(), autoincrement=False, nullable=True))
    op.add_column("lines", sa.Column("held_at", sa.BigInteger(), autoincrement=False, nullable=True))
    op.add_column("lines", sa.Column("shipped_at", sa.BigInteger(), autoincrement=False, nullable=True))
    op.add_column("lines", sa.Column("ship_by", sa.BigInteger(), autoincrement=False, nullable=True))
    op.create_index(
        "ix_lines_partner",
        "lines",
        ["partner_id", "workflow_status", "modified_at", "order_id"],
        unique=False,
        sqlite_where=sa.text("partner_id IS NOT NULL"),
        postgresql_where=sa.text("partner_id IS NOT NULL"),
    )
    unshipped = (
        "ship_by IS NOT NULL AND shipped_at IS NULL AND workflow_status NOT IN ('delivered', 'cancelled')"
    )
    op.create_index(
        "ix_lines_ship_by",
        "lines",
        ["ship_by", "client_id", "order_id", "position"],
        unique=False,
        sqlite_where=sa.text(unshipped),
        postgresql_where=sa.text(unshipped),
    )
    op.create_index(
        "ix_lines_held",
        "lines",
        ["held_at", "client_id", "order_id", "position"],
        unique=False,
        sqlite_where=sa.text("held_at IS NOT NULL"),
        postgresql_where=sa.text("held_at IS NOT NULL"),
    )
    op.create_index(
        "ix_lines_status", "lines", ["client_id", "workflow_status", "modified_at", "order_id"], unique=False
    )
    op.add_column("orders", sa.Column("source", sa.Text(), server_default="api", nullable=False))
    op.add_column("orders", sa.Column("erased_at", sa.BigInteger(), autoincrement=False, nullable=True))
    op.add_column("packages", sa.Column("accepted_at", sa.BigInteger(), autoincrement=False, nullable=True))
    op.add_column("packages", sa.Column("collected_at", sa.BigInteger(), autoincrement=False, nullable=True))
    op.add_column("packages", sa.Column("collect_by", sa.BigInteger(), autoincrement=False, nullable=True))
    op.create_index(
        "ix_outbox_aside",
        "outbox",
        ["lane", "reason", "id"],
        unique=False,
        sqlite_where=sa.text("lane IN (2, 3)"),
        postgresql_where=sa.text("lane IN (2, 3)"),
    )
    op.create_index(
        "ix_outbox_aside_client",
        "outbox",
        ["client_id", "lane", "reason", "id"],
        unique=False,
        sqlite_where=sa.text("lane IN (2, 3)"),
        postgresql_where=sa.text("lane IN (2, 3)"),
    )
    op.create_index(
        "ix_outbox_subject",
        "outbox",
        ["subject"],
        unique=False,
        sqlite_where=sa.text("subject <> 0"),
        postgresql_where=sa.text("subject <> 0"),
    )
    op.create_index(
        "ix_packages_collect_by",
        "packages",
        ["collect_by"],
        unique=False,
        sqlite_where=sa.text("collect_by IS NOT NULL AND collected_at IS NULL"),
        postgresql_where=sa.text("collect_by IS NOT NULL AND collected_at IS NULL"),
    )
    op.create_index("ix_packages_partner", "packages", ["partner_id", "id"], unique=False)
    op.execute(
        "UPDATE lines SET modified_at = (SELECT orders.modified_at FROM orders "
        "WHERE orders.client_id = lines.client_id AND orders.id = lines.order_id)"
    )
    op.execute(
        "UPDATE lines SET partner_id = (SELECT line_routes.partner_id FROM line_routes "
        "WHERE line_routes.client_id = lines.client_id AND line_routes.order_id = lines.order_id "
        "AND line_routes.position = lines.position)"
    )
