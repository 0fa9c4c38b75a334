"""Uploaded assets by the SHA-256 of their bytes, which lie sealed in the file store."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store import bulk
from spectrum_orders.store.schema import assets, order_keys
from spectrum_orders.store.sealed import WrappedKey
from spectrum_orders.store.transaction import Transaction


class Asset(msgspec.Struct, frozen=True):
    """An uploaded file. ``facts`` is what was found out about it: pixels, family, pages."""

    client_id: int
    digest: bytes
    id: int
    kind: str
    media_type: str
    size: int
    facts: dict[str, Any]
    created_at: int
    key: WrappedKey


def find(connection: Connection, client_id: int, digests: Collection[bytes]) -> dict[bytes, Asset]:
    """Those of these assets that this client has uploaded."""
    found: dict[bytes, Asset] = {}
    wanted = list(digests)
    for start in range(0, len(wanted), 500):
        rows = connection.execute(
            sa.select(assets, order_keys.c.version, order_keys.c.wrapped)
            .join(
                order_keys,
                (order_keys.c.client_id == assets.c.client_id) & (order_keys.c.order_id == assets.c.id),
            )
            .where(assets.c.client_id == client_id, assets.c.digest.in_(wanted[start : start + 500]))
        )
        for row in rows:
            found[bytes(row.digest)] = Asset(
                row.client_id,
                bytes(row.digest),
                row.id,
                row.kind,
                row.media_type,
                row.bytes,
                msgspec.json.decode(row.facts),
                row.created_at,
                WrappedKey(row.version, bytes(row.wrapped)),
            )
    return found


def any_there(connection: Connection) -> bool:
    """Whether anybody has uploaded anything."""
    return connection.execute(sa.select(assets.c.id).limit(1)).first() is not None


def add(tx: Transaction, asset: Asset, *, actor: str) -> bool:
    """Record an asset whose bytes are stored; ``False`` when this client has it already."""
    if find(tx.connection, asset.client_id, [asset.digest]):
        return False
    bulk.insert(
        tx.connection,
        bulk.Rows(order_keys, [(asset.client_id, asset.id, asset.key.version, asset.key.wrapped.hex())]),
        bulk.Rows(
            assets,
            [
                (
                    asset.client_id,
                    asset.digest.hex(),
                    asset.id,
                    asset.kind,
                    asset.media_type,
                    asset.size,
                    msgspec.json.encode(asset.facts, order="sorted").decode(),
                    asset.created_at,
                )
            ],
        ),
    )
    tx.record("asset.added", actor, {"asset": str(asset.id), "kind": asset.kind}, client_id=asset.client_id)
    return True
