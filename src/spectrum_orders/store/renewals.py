"""Lines that were bound anew: to the newest version of their recipe set, because somebody asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders import ids
from spectrum_orders.store import bulk
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.schema import line_moves, lines
from spectrum_orders.store.transaction import Transaction

KIND = "artwork-renewed"
"""The kind of the move in a line's history; ``before`` and ``after`` are versions as they are read."""

_VERSION = "ver"


class Renewed(msgspec.Struct, frozen=True):
    """When a line was bound anew the last time, by whom, and to what it was bound before."""

    at: int
    actor: str
    before: str


def name(version: int | None) -> str:
    """A version as it stands in a line's history; empty for none."""
    return "" if version is None else ids.readable(_VERSION, version)


def bind(tx: Transaction, mark: Mark, versions: Mapping[int, int], actor: str) -> None:
    """Bind lines, by position, to these versions, whose print files nobody has. The caller puts it in their
    history."""
    bulk.update(
        tx.connection,
        lines,
        [(*mark, position, version, None) for position, version in sorted(versions.items())],
        match=("client_id", "order_id", "position"),
        give=("recipe_version", "delivered_at"),
    )
    client_id, order_id = mark
    tx.record(
        "lines.renewed",
        actor,
        {"versions": {str(position): str(version) for position, version in sorted(versions.items())}},
        client_id=client_id,
        order_id=order_id,
    )


def latest(moves: Iterable[Any]) -> dict[int, Renewed]:
    """By position, the last time that a line was bound anew, of such moves of an order in their order."""
    return {row.position: Renewed(row.at, row.actor, row.before) for row in moves}


def before(connection: Connection, mark: Mark, package_id: int) -> dict[int, int]:
    """By position, what lines were bound to in a package of their order, where they were bound anew since."""
    client_id, order_id = mark
    # By ids, which are taken in the order of time: whoever binds a line anew does it before its next package.
    query = (
        sa.select(line_moves.c.position, line_moves.c.before)
        .where(
            line_moves.c.client_id == client_id,
            line_moves.c.order_id == order_id,
            line_moves.c.kind == KIND,
            line_moves.c.id > package_id,
        )
        .order_by(line_moves.c.id.desc())
    )
    # The newest first, so that the first one after the package is the one that remains.
    read = {row.position: ids.parse_readable(_VERSION, row.before) for row in connection.execute(query)}
    return {position: version for position, version in read.items() if version is not None}


def earlier(connection: Connection, mark: Mark) -> set[int]:
    """The versions that lines of an order were bound to before."""
    client_id, order_id = mark
    query = sa.select(line_moves.c.before).where(
        line_moves.c.client_id == client_id, line_moves.c.order_id == order_id, line_moves.c.kind == KIND
    )
    read = (ids.parse_readable(_VERSION, before) for before in connection.execute(query).scalars())
    return {version for version in read if version is not None}
