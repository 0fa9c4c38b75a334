"""What the journal announced of receipts, and what lies in the store under their numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.receipts import content_digest, personal_digest
from spectrum_orders.store.schema import orders, people, receipts

ANNOUNCED = {"order.acknowledged": "acknowledgement", "order.completed": "completion"}
"""The kind of an entry that announces a receipt, and the receipt's kind."""

_RECEIPTS = sa.select(receipts, orders.c.content).select_from(
    receipts.outerjoin(
        orders, (orders.c.client_id == receipts.c.client_id) & (orders.c.id == receipts.c.order_id)
    )
)


class Stored(msgspec.Struct, frozen=True):
    """A receipt as it lies in the store, with the commitments to its order's people."""

    row: Any
    people: list[Any]

    def personal_digest(self) -> str:
        """What the receipt's digest over people must be: it speaks of its own and of the first's."""
        # Not "up to this one", for the reason given in ``orders.find_receipt``.
        mine = {self.row.order_id, self.row.id}
        covered = {one.field: bytes(one.commitment) for one in self.people if one.receipt_id in mine}
        return personal_digest(covered).hex()


class Announcement(msgspec.Struct, frozen=True):
    """What an entry says of a receipt."""

    client_id: int | None
    number: int
    order_id: int | None
    kind: str
    at: int
    content: str
    personal: str

    def flaw(self, stored: Stored | None) -> str | None:
        """How the stored receipt, or the order that it speaks of, differs from this."""
        if stored is None:
            return "the receipt it announces is missing"
        row = stored.row
        there = Announcement(
            row.client_id,
            row.id,
            row.order_id,
            row.kind,
            row.acknowledged_at,
            bytes(row.content_digest).hex(),
            bytes(row.personal_digest).hex(),
        )
        if there != self:
            return "the receipt differs from what was journalled"
        if row.content is None:
            return "the order of the receipt is missing"
        if content_digest(row.content.encode()).hex() != self.content:
            return "the order is not what its receipt says"
        if stored.personal_digest() != self.personal:
            return "the people of the order are not those of its receipt"
        return None


def read(row: sa.Row[Any]) -> Announcement | None:
    """What an entry announces, or ``None`` when it was changed beyond reading."""
    try:
        body = msgspec.json.decode(row.body)
        return Announcement(
            row.client_id,
            int(body["receipt"]),
            row.order_id,
            ANNOUNCED[row.kind],
            body["at"],
            body["content"],
            body["personal"],
        )
    except (KeyError, TypeError, ValueError):
        return None


def find_stored(
    connection: Connection, announced: Iterable[Announcement]
) -> dict[tuple[int | None, int], Stored]:
    """What lies in the store of the receipts that were announced, by client and number."""
    by_client: dict[int | None, list[Announcement]] = {}
    for told in announced:
        by_client.setdefault(told.client_id, []).append(told)
    found: dict[tuple[int | None, int], Stored] = {}
    # Client by client, because the keys begin with it: by the id alone each look is a full scan.
    for client_id, some in by_client.items():
        people_of = _find_people(connection, client_id, [told.order_id for told in some])
        numbers = [told.number for told in some]
        rows = connection.execute(
            _RECEIPTS.where(receipts.c.client_id == client_id, receipts.c.id.in_(numbers))
        )
        for row in rows:
            found[client_id, row.id] = Stored(row, people_of.get(row.order_id, []))
    return found


def _find_people(
    connection: Connection, client_id: int | None, order_ids: Iterable[int | None]
) -> dict[int, list[Any]]:
    """The commitments of these orders' people, which outlive an erasure."""
    found: dict[int, list[Any]] = {}
    rows = connection.execute(
        sa.select(people.c.order_id, people.c.receipt_id, people.c.field, people.c.commitment).where(
            people.c.client_id == client_id, people.c.order_id.in_(set(order_ids))
        )
    )
    for row in rows:
        found.setdefault(row.order_id, []).append(row)
    return found
