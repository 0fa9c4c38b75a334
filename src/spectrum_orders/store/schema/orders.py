"""What is captured: clients, orders and their people, receipts, the journal, and what is owed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, UniqueConstraint, text

from spectrum_orders.store.schema.columns import binary, small, table, whole, words

UNSHIPPED = "ship_by IS NOT NULL AND shipped_at IS NULL AND workflow_status NOT IN ('delivered', 'cancelled')"
HELD = "held_at IS NOT NULL"
ASTRAY = "astray_at IS NOT NULL"
QUIET = (
    "delivered_at IS NOT NULL AND ship_by IS NULL AND shipped_at IS NULL"
    " AND workflow_status NOT IN ('delivered', 'cancelled')"
)
SET_ASIDE_LINES = "workflow_status IN ('revision', 'on-hold') AND shipped_at IS NULL"
ASIDE = "lane IN (2, 3)"
"""What partial indexes hold. Whoever reads by one says it in the same words, so that the index is used: lines
that have a deadline and are still to be shipped, lines on hold, lines that were shipped although they were
cancelled, lines that a factory has, is to ship by no deadline and has not shipped, lines that their factory
has set aside, and rows that are parked or buried."""

meta = table("meta", words("key"), words("value"), key=("key",))

counters = table("counters", words("name"), whole("next"), key=("name",))
"""Numbers handed out in blocks: see ``store.numbers``."""

clients = table(
    "clients",
    whole("id"),
    words("handle"),
    words("name"),
    words("timezone"),
    words("unknown_recipe_set"),
    whole("created_at"),
    words("settings", default="{}"),
    UniqueConstraint("handle"),
    key=("id",),
)

tokens = table(
    "tokens",
    Column("client_id", BigInteger, ForeignKey("clients.id"), nullable=False, autoincrement=False),
    whole("id"),
    binary("digest"),
    words("scopes"),
    words("label"),
    whole("created_at"),
    whole("expires_at", null=True),
    whole("last_used_at", null=True),
    whole("revoked_at", null=True),
    UniqueConstraint("digest"),
    key=("client_id", "id"),
)

orders = table(
    "orders",
    whole("client_id"),
    whole("id"),
    words("purchase_order_number"),
    words("form"),
    whole("order_instant"),
    words("content"),
    whole("addressed_by", null=True),
    whole("acknowledged_at"),
    whole("modified_at"),
    words("source", default="api"),
    whole("erased_at", null=True),
    UniqueConstraint("client_id", "purchase_order_number"),
    key=("client_id", "id"),
)
"""``content`` is the canonical JSON of what was agreed and never changes. ``addressed_by`` is the
id of the receipt under which both addresses came: the order's own, a later one, or none yet. ``source``
is how it came in; ``erased_at`` is when its people were destroyed."""

lines = table(
    "lines",
    whole("client_id"),
    whole("order_id"),
    small("position"),
    whole("number"),
    words("recipe_set_id"),
    words("workflow_status"),
    whole("recipe_version", null=True),
    whole("modified_at", default="0"),
    whole("partner_id", null=True),
    whole("held_at", null=True),
    whole("shipped_at", null=True),
    whole("ship_by", null=True),
    whole("astray_at", null=True),
    whole("delivered_at", null=True),
    Index(
        "ix_lines_recipe_version",
        "client_id",
        "recipe_version",
        "order_id",
        sqlite_where=text("recipe_version IS NOT NULL"),
        postgresql_where=text("recipe_version IS NOT NULL"),
    ),
    Index("ix_lines_status", "client_id", "workflow_status", "modified_at", "order_id"),
    Index(
        "ix_lines_partner",
        "partner_id",
        "workflow_status",
        "modified_at",
        "order_id",
        sqlite_where=text("partner_id IS NOT NULL"),
        postgresql_where=text("partner_id IS NOT NULL"),
    ),
    Index(
        "ix_lines_ship_by",
        "ship_by",
        "client_id",
        "order_id",
        "position",
        sqlite_where=text(UNSHIPPED),
        postgresql_where=text(UNSHIPPED),
    ),
    Index(
        "ix_lines_held",
        "held_at",
        "client_id",
        "order_id",
        "position",
        sqlite_where=text(HELD),
        postgresql_where=text(HELD),
    ),
    Index(
        "ix_lines_astray",
        "astray_at",
        "client_id",
        "order_id",
        "position",
        sqlite_where=text(ASTRAY),
        postgresql_where=text(ASTRAY),
    ),
    Index(
        "ix_lines_quiet",
        "modified_at",
        "client_id",
        "order_id",
        "position",
        sqlite_where=text(QUIET),
        postgresql_where=text(QUIET),
    ),
    Index(
        "ix_lines_set_aside",
        "modified_at",
        "client_id",
        "order_id",
        "position",
        sqlite_where=text(SET_ASIDE_LINES),
        postgresql_where=text(SET_ASIDE_LINES),
    ),
    key=("client_id", "order_id", "position"),
)
"""``number`` is the line's ``id`` on the wire. ``recipe_version`` is the version of the recipe set that
the line was acknowledged with; without one the line waits for its artwork. ``modified_at`` is its order's,
here so that a search by status and time reads one index. ``partner_id`` is who makes it, ``held_at`` since
when it may not leave, ``ship_by`` its deadline, ``astray_at`` when it was shipped although it was cancelled,
until somebody says that this is settled, and ``delivered_at`` when every destination of its factory last had
got its print files: of the factory and the version that it has now."""

line_skus = table(
    "line_skus",
    whole("client_id"),
    whole("order_id"),
    small("position"),
    small("place"),
    words("sku"),
    whole("quantity"),
    key=("client_id", "order_id", "position", "place"),
)

order_keys = table(
    "order_keys",
    whole("client_id"),
    whole("order_id"),
    whole("version"),
    binary("wrapped"),
    key=("client_id", "order_id"),
)
"""The wrapped data key of each order, recipe set version and asset that holds something of a person;
ids are unique across tables. Deleting the row is the erasure."""

people = table(
    "people",
    whole("client_id"),
    whole("order_id"),
    words("field"),
    whole("receipt_id"),
    binary("sealed"),
    binary("commitment"),
    key=("client_id", "order_id", "field"),
)
"""``receipt_id`` is the receipt that the value came under: a receipt speaks of its own and the first's."""

person_index = table(
    "person_index",
    whole("client_id"),
    binary("digest"),
    whole("order_id"),
    key=("client_id", "digest", "order_id"),
)

receipts = table(
    "receipts",
    whole("client_id"),
    whole("id"),
    whole("order_id"),
    words("kind"),
    whole("acknowledged_at"),
    binary("content_digest"),
    binary("personal_digest"),
    key=("client_id", "id"),
)
"""An order's first receipt has the order's own id, so finding it needs no second index."""

chains = table("chains", whole("number"), whole("opened_at"), key=("number",))
"""One row for each process that ever wrote: its journal chain, and its node in new ids."""

journal = table(
    "journal",
    whole("chain"),
    whole("sequence"),
    whole("at"),
    whole("client_id", null=True),
    whole("order_id", null=True),
    words("kind"),
    words("actor"),
    words("body"),
    binary("digest"),
    # Who has opened a person is asked for when that person asks. Of the entries of a capture none is in it.
    Index(
        "ix_journal_opened",
        "client_id",
        "order_id",
        sqlite_where=text("kind = 'person.opened'"),
        postgresql_where=text("kind = 'person.opened'"),
    ),
    key=("chain", "sequence"),
)

outbox = table(
    "outbox",
    whole("client_id"),
    whole("id"),
    whole("order_id"),
    words("kind"),
    whole("due_at"),
    whole("attempts"),
    whole("lane", default="0"),
    whole("urgency", default="1"),
    whole("order_instant", default="0"),
    whole("claims", default="0"),
    whole("subject", default="0"),
    words("reason", default=""),
    Index("ix_outbox_lane", "lane", "urgency", "order_instant", "id"),
    # Not the rows of a capture, which have no subject: on that path every index is paid for.
    Index(
        "ix_outbox_subject",
        "subject",
        sqlite_where=text("subject <> 0"),
        postgresql_where=text("subject <> 0"),
    ),
    # What waits for somebody, by cause and age, of everybody and of one client.
    Index("ix_outbox_aside", "lane", "reason", "id", sqlite_where=text(ASIDE), postgresql_where=text(ASIDE)),
    Index(
        "ix_outbox_aside_client",
        "client_id",
        "lane",
        "reason",
        "id",
        sqlite_where=text(ASIDE),
        postgresql_where=text(ASIDE),
    ),
    key=("client_id", "id"),
)
"""What is still to be done, one row for each effect; see ``store.outbox``. ``subject`` is the package
or recipe set version that the row is about. A claim moves ``due_at`` to the end of its lease and
counts ``claims``, which is the fence: whoever settles must still hold the number it claimed."""

idempotency = table(
    "idempotency",
    whole("client_id"),
    words("key"),
    binary("request_digest"),
    whole("status"),
    binary("answer"),
    whole("created_at"),
    Index("ix_idempotency_created_at", "created_at"),
    key=("client_id", "key"),
)
