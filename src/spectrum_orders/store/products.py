"""Products: every version, and which one is the current one."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store import bulk
from spectrum_orders.store.schema import products
from spectrum_orders.store.transaction import Transaction


class ProductRow(msgspec.Struct, frozen=True):
    """One version of a product; ``document`` is its canonical JSON, ``digest`` that JSON's SHA-256."""

    client_id: int
    id: int
    handle: str
    document: bytes
    digest: bytes
    created_at: int
    current: bool


def put(
    tx: Transaction, client_id: int, handle: str, document: bytes, digest: bytes, *, actor: str
) -> tuple[int, bool]:
    """Store a product; its version's id, and whether it is a new one. The same again changes nothing."""
    there = find_current(tx.connection, client_id, handle)
    if there is not None and there.digest == digest:
        return there.id, False
    number = tx.ids.take()
    if there is not None:
        tx.connection.execute(
            sa.update(products)
            .where(products.c.client_id == client_id, products.c.id == there.id)
            .values(superseded_at=tx.now)
        )
    bulk.insert(
        tx.connection,
        bulk.Rows(products, [(client_id, number, handle, document.decode(), digest.hex(), tx.now, None)]),
    )
    body = {"handle": handle, "version": str(number), "digest": digest.hex()}
    tx.record("product.put", actor, body, client_id=client_id)
    return number, True


def find_current(connection: Connection, client_id: int, handle: str) -> ProductRow | None:
    """This client's product as it stands."""
    mine = (products.c.client_id == client_id, products.c.handle == handle)
    return _row(
        connection.execute(sa.select(products).where(*mine, products.c.superseded_at.is_(None))).first()
    )


def find_version(connection: Connection, client_id: int, number: int) -> ProductRow | None:
    """One version of a product, the current one or not."""
    return _row(
        connection.execute(
            sa.select(products).where(products.c.client_id == client_id, products.c.id == number)
        ).first()
    )


def list_current(connection: Connection, client_id: int) -> list[ProductRow]:
    """This client's products, by handle."""
    rows = connection.execute(
        sa.select(products)
        .where(products.c.client_id == client_id, products.c.superseded_at.is_(None))
        .order_by(products.c.handle)
    )
    return [found for row in rows if (found := _row(row)) is not None]


def _row(row: sa.Row[tuple[object, ...]] | None) -> ProductRow | None:
    if row is None:
        return None
    fields = row._mapping
    return ProductRow(
        fields["client_id"],
        fields["id"],
        fields["handle"],
        fields["document"].encode(),
        bytes(fields["digest"]),
        fields["created_at"],
        fields["superseded_at"] is None,
    )
