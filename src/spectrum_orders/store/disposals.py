"""What of the artwork goes with the people of an order, and what stays because others need it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.store import bulk, renewals
from spectrum_orders.store.database import lift_time_limit
from spectrum_orders.store.recipes import ERASED, key_of
from spectrum_orders.store.schema import (
    artworks,
    assets,
    lines,
    order_keys,
    orders,
    print_files,
    recipe_sets,
)
from spectrum_orders.store.transaction import Transaction, now_us

MATERIAL = ("font", "profile")
"""Kinds of asset that belong to the house and not to a person."""

ORDERED, CURRENT, OTHERS = "another order needs it", "it is what new orders get", "it is not this order's"
"""Why a version stays."""

LOOK_BACK_US = 10 * 60 * 1_000_000
"""Clocks of several machines are not further apart, and no transaction is longer."""


class Version(msgspec.Struct, frozen=True):
    """A version of a recipe set. ``why`` it stays; empty when it goes."""

    id: int
    readable_id: str
    why: str = ""


class Upload(msgspec.Struct, frozen=True):
    """An uploaded file that goes."""

    id: int
    digest: bytes


class Disposal(msgspec.Struct, frozen=True):
    """What goes and what stays. Recipe set versions after ``seen_until`` may not have been looked at."""

    gone: tuple[Version, ...] = ()
    kept: tuple[Version, ...] = ()
    uploads: tuple[Upload, ...] = ()
    seen_until: int = 0


def plan(connection: Connection, client_id: int, order_id: int, also: Collection[int] = ()) -> Disposal:
    """What becomes of an order's artwork if its people are erased now, or with those of the orders ``also``;
    may take its time.

    A version goes unless an order that is not erased is bound to it. When no such order is bound to any
    version of the set, the set was this person's alone and goes whole; otherwise the versions that the
    order is not bound to stay, and so does the one that new orders get. Uploads go with the last
    version that shows them.
    """
    gone, kept = versions(connection, client_id, order_id, also)
    lift_time_limit(connection)
    until = ids.earliest_at(now_us() - LOOK_BACK_US)
    return Disposal(gone, kept, tuple(_uploads(connection, client_id, [one.id for one in gone])), until)


def versions(
    connection: Connection, client_id: int, order_id: int, also: Collection[int] = ()
) -> tuple[tuple[Version, ...], tuple[Version, ...]]:
    """The versions that go, and those that stay."""
    rows = connection.execute(
        sa.select(lines.c.recipe_set_id, lines.c.recipe_version).where(
            lines.c.client_id == client_id, lines.c.order_id == order_id
        )
    ).all()
    bound = {row.recipe_version for row in rows} | renewals.earlier(connection, (client_id, order_id))
    gone: list[Version] = []
    kept: list[Version] = []
    for key in sorted({key_of(row.recipe_set_id) for row in rows}):
        some = connection.execute(
            sa.select(recipe_sets.c.id, recipe_sets.c.readable_id, recipe_sets.c.superseded_at)
            .join(
                order_keys,
                (order_keys.c.client_id == recipe_sets.c.client_id)
                & (order_keys.c.order_id == recipe_sets.c.id),
            )
            .where(recipe_sets.c.client_id == client_id, recipe_sets.c.key == key)
            .order_by(recipe_sets.c.id)
        ).all()
        needed = {row.id for row in some if _is_needed(connection, client_id, {order_id, *also}, row.id)}
        for row in some:
            why = ""
            if row.id in needed:
                why = ORDERED
            elif needed and row.superseded_at is None:
                why = CURRENT
            elif needed and row.id not in bound:
                why = OTHERS
            (kept if why else gone).append(Version(row.id, row.readable_id, why))
    return tuple(gone), tuple(kept)


def carry_out(tx: Transaction, client_id: int, disposal: Disposal) -> tuple[Upload, ...]:
    """Destroy keys, documents and files' records; the uploads that went. The caller removes the files.

    The caller holds the client, so that nobody puts a recipe set meanwhile, and has found the versions to
    be those of the plan.
    """
    gone = [one.id for one in disposal.gone]
    shown = _shown(tx.connection, client_id, disposal.seen_until, gone)
    uploads = tuple(one for one in disposal.uploads if one.digest.hex() not in shown)
    if uploads:
        tx.connection.execute(
            sa.delete(assets).where(
                assets.c.client_id == client_id, assets.c.digest.in_([one.digest for one in uploads])
            )
        )
    doomed = [*gone, *(one.id for one in uploads)]
    if not doomed:
        return ()
    # First of all: whoever is just recording new files of a version holds its key, and is waited for here.
    tx.connection.execute(
        sa.delete(order_keys).where(order_keys.c.client_id == client_id, order_keys.c.order_id.in_(doomed))
    )
    if not gone:
        return uploads
    tx.connection.execute(
        sa.update(recipe_sets)
        .where(recipe_sets.c.client_id == client_id, recipe_sets.c.id.in_(gone))
        # Digests of a person's words and pictures could be guessed back, so they go as well.
        .values(
            sealed=b"",
            digest=b"",
            assets="[]",
            superseded_at=sa.func.coalesce(recipe_sets.c.superseded_at, tx.now),
        )
    )
    for table in (print_files, artworks):
        tx.connection.execute(
            sa.delete(table).where(table.c.client_id == client_id, table.c.recipe_version.in_(gone))
        )
    bulk.insert(
        tx.connection,
        bulk.Rows(artworks, [(client_id, number, ERASED, "[]", "", tx.now) for number in gone]),
    )
    return uploads


def _is_needed(connection: Connection, client_id: int, besides: Collection[int], version: int) -> bool:
    query = (
        sa.select(lines.c.position)
        .join(orders, (orders.c.client_id == lines.c.client_id) & (orders.c.id == lines.c.order_id))
        .where(
            lines.c.client_id == client_id,
            lines.c.recipe_version == version,
            lines.c.order_id.not_in(besides),
            orders.c.erased_at.is_(None),
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def _uploads(connection: Connection, client_id: int, gone: Collection[int]) -> Iterable[Upload]:
    """Uploads that versions which go have shown, and no version that stays."""
    if not gone:
        return
    mine = sa.select(recipe_sets.c.assets).where(
        recipe_sets.c.client_id == client_id, recipe_sets.c.id.in_(gone)
    )
    wanted = _digests(connection.execute(mine).scalars())
    for digest in sorted(wanted):
        row = connection.execute(
            sa.select(assets.c.id, assets.c.kind).where(
                assets.c.client_id == client_id, assets.c.digest == bytes.fromhex(digest)
            )
        ).first()
        if row is None or row.kind in MATERIAL:
            continue
        # There is no index for it: of a shop with a million recipe sets this takes seconds, which is why it
        # is done beside the transaction.
        other = sa.select(recipe_sets.c.id).where(
            recipe_sets.c.client_id == client_id,
            recipe_sets.c.id.not_in(gone),
            recipe_sets.c.assets.contains(digest, autoescape=True),
        )
        if connection.execute(other.limit(1)).first() is None:
            yield Upload(row.id, bytes.fromhex(digest))


def _shown(connection: Connection, client_id: int, after: int, gone: Collection[int]) -> set[str]:
    """The digests (hex) of what the newest versions show."""
    query = sa.select(recipe_sets.c.assets).where(
        recipe_sets.c.client_id == client_id, recipe_sets.c.id > after, recipe_sets.c.id.not_in(gone)
    )
    return _digests(connection.execute(query).scalars())


def _digests(texts: Iterable[Any]) -> set[str]:
    return {one for text in texts for one in msgspec.json.decode(text, type=tuple[str, ...])}
