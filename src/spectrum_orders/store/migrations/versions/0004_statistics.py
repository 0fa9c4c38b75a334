"""What SQLite is to know of the tables whose rows are found by more than their client."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

STATISTICS = (
    ("packages", "packages", "1000000 100000 1"),
    ("packages", "ix_packages_order", "1000000 100000 2 1"),
    ("recipe_sets", "recipe_sets", "1000000 100000 1"),
    ("recipe_sets", "ix_recipe_sets_key", "1000000 100000 2 1"),
    ("lines", "lines", "1000000 100000 2 1"),
    ("lines", "ix_lines_status", "1000000 100000 10000 2 1 1"),
    ("lines", "ix_lines_recipe_version", "1000000 100000 10 2 1"),
    ("outbox", "outbox", "1000000 100000 1"),
    ("outbox", "ix_outbox_lane", "1000000 100000 50000 2 1"),
    ("outbox", "ix_outbox_aside", "1000000 500000 10000 1"),
    ("outbox", "ix_outbox_aside_client", "1000000 100000 10000 1000 1"),
    ("webhooks", "webhooks", "1000000 100000 1"),
    ("webhooks", "ix_webhooks_open", "1000000 100000 10000 1"),
)
"""Table, index (the key's is named as its table), and how many rows there are in all, of one client, and of
each further column. Round numbers of a busy shop: without any SQLite guesses that every client has ten rows,
and reads all of a client's packages for one order."""

ALWAYS = "noskipscan"
"""No index is to be walked client by client for something that is not its first column: clients may be many,
and the walk has no order."""


def upgrade() -> None:
    """Write them down. ``ANALYZE`` would find nothing in tables that are still empty, or take its time."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return  # PostgreSQL counts by itself
    load = "ANALYZE sqlite_schema"
    connection.exec_driver_sql(load)  # makes the table, if nobody has analysed anything yet
    for table, index, numbers in STATISTICS:
        connection.exec_driver_sql("DELETE FROM sqlite_stat1 WHERE tbl = ? AND idx = ?", (table, index))
        given = (table, index, f"{numbers} {ALWAYS}")
        connection.exec_driver_sql("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", given)
    connection.exec_driver_sql(load)
