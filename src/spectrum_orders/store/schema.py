"""Every table, once, for both databases.

Keys start with the client and ids are made by us, so that clients can one day live on
different machines. There are no foreign keys between the tables of an order: a child is
only ever written by the transaction that wrote its parent, and PostgreSQL would run one
trigger per row on the one path whose speed matters. A test counts orphans instead.

Instants are microseconds since the Unix epoch, UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def _int(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=null, autoincrement=False)


def _small(name: str) -> Column[int]:
    return Column(name, SmallInteger, nullable=False, autoincrement=False)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


def _table(name: str, *columns: SchemaItem, key: tuple[str, ...]) -> Table:
    # Rows clustered on the key: an order's rows lie together, and new ones at the end.
    return Table(
        name,
        metadata,
        *columns,
        PrimaryKeyConstraint(*key),
        sqlite_with_rowid=False,
    )


meta = _table("meta", _text("key"), _text("value"), key=("key",))

counters = _table("counters", _text("name"), _int("next"), key=("name",))
"""Numbers handed out in blocks: see ``store.numbers``."""

clients = _table(
    "clients",
    _int("id"),
    _text("handle"),
    _text("name"),
    _text("timezone"),
    _text("unknown_recipe_set"),
    _int("created_at"),
    UniqueConstraint("handle"),
    key=("id",),
)

tokens = _table(
    "tokens",
    Column("client_id", BigInteger, ForeignKey("clients.id"), nullable=False, autoincrement=False),
    _int("id"),
    _bytes("digest"),
    _text("scopes"),
    _text("label"),
    _int("created_at"),
    _int("expires_at", null=True),
    _int("last_used_at", null=True),
    _int("revoked_at", null=True),
    UniqueConstraint("digest"),
    key=("client_id", "id"),
)

orders = _table(
    "orders",
    _int("client_id"),
    _int("id"),
    _text("purchase_order_number"),
    _text("form"),
    _int("order_instant"),
    _text("content"),
    _int("addressed_by", null=True),
    _int("acknowledged_at"),
    _int("modified_at"),
    UniqueConstraint("client_id", "purchase_order_number"),
    key=("client_id", "id"),
)
"""``content`` is the canonical JSON of what was agreed and never changes. ``addressed_by`` is the
id of the receipt under which both addresses came: the order's own, a later one, or none yet."""

lines = _table(
    "lines",
    _int("client_id"),
    _int("order_id"),
    _small("position"),
    _int("number"),
    _text("recipe_set_id"),
    _text("workflow_status"),
    key=("client_id", "order_id", "position"),
)
"""``number`` is the line's ``id`` on the wire."""

line_skus = _table(
    "line_skus",
    _int("client_id"),
    _int("order_id"),
    _small("position"),
    _small("place"),
    _text("sku"),
    _int("quantity"),
    key=("client_id", "order_id", "position", "place"),
)

order_keys = _table(
    "order_keys",
    _int("client_id"),
    _int("order_id"),
    _int("version"),
    _bytes("wrapped"),
    key=("client_id", "order_id"),
)
"""The wrapped data key of each order that holds a person. Deleting the row is the erasure."""

people = _table(
    "people",
    _int("client_id"),
    _int("order_id"),
    _text("field"),
    _int("receipt_id"),
    _bytes("sealed"),
    _bytes("commitment"),
    key=("client_id", "order_id", "field"),
)
"""``receipt_id`` is the receipt that the value came under: a receipt speaks of its own and the first's."""

person_index = _table(
    "person_index",
    _int("client_id"),
    _bytes("digest"),
    _int("order_id"),
    key=("client_id", "digest", "order_id"),
)

receipts = _table(
    "receipts",
    _int("client_id"),
    _int("id"),
    _int("order_id"),
    _text("kind"),
    _int("acknowledged_at"),
    _bytes("content_digest"),
    _bytes("personal_digest"),
    key=("client_id", "id"),
)
"""An order's first receipt has the order's own id, so finding it needs no second index."""

chains = _table("chains", _int("number"), _int("opened_at"), key=("number",))
"""One row for each process that ever wrote: its journal chain, and its node in new ids."""

journal = _table(
    "journal",
    _int("chain"),
    _int("sequence"),
    _int("at"),
    _int("client_id", null=True),
    _int("order_id", null=True),
    _text("kind"),
    _text("actor"),
    _text("body"),
    _bytes("digest"),
    key=("chain", "sequence"),
)

outbox = _table(
    "outbox",
    _int("client_id"),
    _int("id"),
    _int("order_id"),
    _text("kind"),
    _int("due_at"),
    _int("attempts"),
    key=("client_id", "id"),
)

idempotency = _table(
    "idempotency",
    _int("client_id"),
    _text("key"),
    _bytes("request_digest"),
    _int("status"),
    _bytes("answer"),
    _int("created_at"),
    Index("ix_idempotency_created_at", "created_at"),
    key=("client_id", "key"),
)
