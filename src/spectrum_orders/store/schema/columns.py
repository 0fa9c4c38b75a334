"""The columns and tables of this store, spelled briefly."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
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


def whole(name: str, *, null: bool = False, default: str | None = None) -> Column[int]:
    """A whole number of 63 bits."""
    return Column(name, BigInteger, nullable=null, autoincrement=False, server_default=default)


def small(name: str) -> Column[int]:
    """A whole number of 15 bits."""
    return Column(name, SmallInteger, nullable=False, autoincrement=False)


def words(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    """A text."""
    return Column(name, Text, nullable=null, server_default=default)


def binary(name: str) -> Column[bytes]:
    """Bytes."""
    return Column(name, LargeBinary, nullable=False)


def table(name: str, *columns: SchemaItem, key: tuple[str, ...]) -> Table:
    """A table with its primary key."""
    # Rows clustered on the key: an order's rows lie together, and new ones at the end.
    return Table(
        name,
        metadata,
        *columns,
        PrimaryKeyConstraint(*key),
        sqlite_with_rowid=False,
    )
