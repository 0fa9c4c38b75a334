"""Lines know when their factory got them, so that one is found that has been quiet about them since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from spectrum_orders.store.migrations.building import add_column, add_index, is_sqlite

revision = "0008"
down_revision = "0007"

QUIET = (
    "delivered_at IS NOT NULL AND ship_by IS NULL AND shipped_at IS NULL"
    " AND workflow_status NOT IN ('delivered', 'cancelled')"
)
ASIDE = "workflow_status IN ('revision', 'on-hold') AND shipped_at IS NULL"


TOGETHER = 5_000
"""Lines of one portion: a tenth of a second for which nobody else can change them."""

NEWEST = (
    "(SELECT max(packages.modified_at) FROM packages"
    " WHERE packages.client_id = lines.client_id AND packages.order_id = lines.order_id"
    " AND packages.partner_id = lines.partner_id AND packages.kind IN ('package', 'reprint')"
    " AND packages.state = 'delivered')"
)
# Lines that are shipped are never asked about, so theirs stays unknown.
ASKED = "partner_id IS NOT NULL AND shipped_at IS NULL AND workflow_status NOT IN ('delivered', 'cancelled')"

LAST_OF_PORTION = sa.text(
    "SELECT client_id, order_id, position FROM lines WHERE (client_id, order_id, position) > (:c, :o, :p)"
    " ORDER BY client_id, order_id, position OFFSET :many LIMIT 1"
)
# Held in the order in which workers hold lines, so that nobody waits for the other in turn.
PORTION = sa.text(
    "WITH held AS MATERIALIZED (SELECT client_id, order_id, position FROM lines"  # noqa: S608  names of ours
    " WHERE (client_id, order_id, position) > (:c, :o, :p)"
    f" AND (client_id, order_id, position) <= (:lc, :lo, :lp) AND {ASKED}"
    " ORDER BY client_id, order_id, position FOR UPDATE)"
    f" UPDATE lines SET delivered_at = {NEWEST} FROM held WHERE lines.client_id = held.client_id"
    " AND lines.order_id = held.order_id AND lines.position = held.position"
)
LARGEST = (2**63 - 1, 2**63 - 1, 2**15 - 1)


def upgrade() -> None:
    """Add the instant, for lines that were delivered already as well, and what finds the open ones by it."""
    add_column("lines", sa.Column("delivered_at", sa.BigInteger(), autoincrement=False, nullable=True))
    if is_sqlite():
        op.execute(f"UPDATE lines SET delivered_at = {NEWEST} WHERE {ASKED}")  # noqa: S608  names of ours
    else:
        with op.get_context().autocommit_block():
            _by_portions(op.get_bind())
    columns = ("modified_at", "client_id", "order_id", "position")
    add_index("ix_lines_quiet", "lines", columns, QUIET)
    add_index("ix_lines_set_aside", "lines", columns, ASIDE)


def _by_portions(connection: sa.Connection) -> None:
    after: tuple[int, ...] = (-1, -1, -1)
    while after != LARGEST:
        begin = dict(zip("cop", after, strict=True))
        found = connection.execute(LAST_OF_PORTION, {**begin, "many": TOGETHER - 1}).first()
        after = LARGEST if found is None else tuple(found)
        connection.execute(PORTION, {**begin, **dict(zip(("lc", "lo", "lp"), after, strict=True))})
