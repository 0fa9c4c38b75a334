"""What happens to an order after its capture: partners' tokens, moves, shipments, events and erasures."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, UniqueConstraint, text

from spectrum_orders.store.schema.columns import binary, small, table, whole, words

partner_tokens = table(
    "partner_tokens",
    Column("partner_id", BigInteger, ForeignKey("partners.id"), nullable=False, autoincrement=False),
    whole("id"),
    whole("client_id", null=True),
    binary("digest"),
    words("label"),
    whole("created_at"),
    whole("expires_at", null=True),
    whole("last_used_at", null=True),
    whole("revoked_at", null=True),
    UniqueConstraint("digest"),
    key=("partner_id", "id"),
)
"""A factory's tokens: each sees the lines that are routed to it, of one client or of all."""

line_moves = table(
    "line_moves",
    whole("client_id"),
    whole("order_id"),
    small("position"),
    whole("id"),
    whole("at"),
    words("kind"),
    words("before"),
    words("after"),
    words("actor"),
    words("note", default=""),
    key=("client_id", "order_id", "position", "id"),
)
"""The history of each line: what it was, what it became, who said so. ``before`` equals ``after`` where a
call had no effect."""

shipments = table(
    "shipments",
    whole("client_id"),
    whole("order_id"),
    small("position"),
    whole("id"),
    whole("at"),
    words("tracking"),
    words("serial_numbers"),
    words("actor"),
    key=("client_id", "order_id", "position", "id"),
)
"""What was said of a line's shipment, each time; tracking and serial numbers are JSON arrays."""

events = table(
    "events",
    whole("client_id"),
    whole("id"),
    words("kind"),
    whole("at"),
    whole("order_id"),
    words("partners", default="[]"),
    words("data"),
    whole("listed", default="0"),
    Index(
        "ix_events_unlisted",
        "client_id",
        "id",
        sqlite_where=text("listed = 0"),
        postgresql_where=text("listed = 0"),
    ),
    key=("client_id", "id"),
)
"""Facts that may leave the house, written with what they speak of. ``partners`` are the ids of those that
may know (JSON). ``listed`` is 1 once the event stands in its owners' feeds."""

feed = table(
    "feed",
    whole("owner_id"),
    whole("sequence"),
    whole("client_id"),
    whole("event_id"),
    words("positions", default=""),
    key=("owner_id", "sequence"),
)
"""The events of a client or a partner, numbered without a hole. ``positions`` are those lines of the event
that the owner may know (JSON), empty for all that it is about: fixed here, so that a line that is led
elsewhere later changes nothing of what was said."""

endpoints = table(
    "endpoints",
    whole("owner_id"),
    whole("id"),
    words("url"),
    words("kinds"),
    words("state"),
    words("contact", default=""),
    words("note", default=""),
    Column("secret", LargeBinary, nullable=True),
    Column("old_secret", LargeBinary, nullable=True),
    whole("old_secret_until", default="0"),
    whole("sequence", default="0"),
    whole("drains_to", default="0"),
    whole("failures", default="0"),
    whole("failing_since", null=True),
    whole("succeeded_at", null=True),
    whole("paused_until", default="0"),
    words("last_error", default=""),
    whole("told_at", null=True),
    whole("created_at"),
    whole("removed_at", null=True),
    Index("ix_endpoints_id", "id"),
    key=("owner_id", "id"),
)
"""Where a client or a partner wants its events sent. ``state`` is ``active``, ``parked`` (it failed for too
long; its events wait), ``draining`` (it is back, and gets what waited one by one, up to the sequence number
``drains_to``) or ``disabled`` (by its owner, or because it answered 410). ``kinds`` is JSON, empty for all.
``succeeded_at`` is a recent success, to the minute."""

webhooks = table(
    "webhooks",
    whole("endpoint_id"),
    whole("sequence"),
    whole("client_id"),
    whole("event_id"),
    whole("feed_sequence"),
    words("state"),
    words("url", default=""),
    whole("attempts", default="0"),
    whole("created_at"),
    whole("settled_at", null=True),
    Index(
        "ix_webhooks_open",
        "endpoint_id",
        "state",
        "sequence",
        sqlite_where=text("state <> 'sent'"),
        postgresql_where=text("state <> 'sent'"),
    ),
    key=("endpoint_id", "sequence"),
)
"""What an endpoint is owed or was sent, numbered without a hole: ``pending``, ``sent`` or ``buried``. ``url``
is another address that a replay was asked to go to."""

webhook_attempts = table(
    "webhook_attempts",
    whole("endpoint_id"),
    whole("sequence"),
    whole("id"),
    whole("at"),
    whole("status"),
    whole("milliseconds"),
    words("url"),
    words("answer"),
    words("error"),
    Index("ix_webhook_attempts_at", "at"),
    key=("endpoint_id", "sequence", "id"),
)
"""The delivery log: every attempt with its answer's beginning. ``status`` is 0 when nobody answered."""

erasures = table(
    "erasures",
    whole("client_id"),
    whole("order_id"),
    whole("partner_id"),
    words("purchase_order_number"),
    words("packages"),
    whole("erased_at"),
    whole("told_at", null=True),
    whole("confirmed_at", null=True),
    words("confirmed_by", default=""),
    Index(
        "ix_erasures_open",
        "erased_at",
        sqlite_where=text("confirmed_at IS NULL"),
        postgresql_where=text("confirmed_at IS NULL"),
    ),
    key=("client_id", "order_id", "partner_id"),
)
"""Partners that had received an address which was erased: when they were told, and when they said that
theirs is gone too."""
