"""Reading orders back. Whose it is comes first: every finder takes the client before the id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.workflow import CANCELLED
from spectrum_orders.store import bulk, together
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.schema import lines, order_keys, orders, people, receipts
from spectrum_orders.store.sealed import SealedField, WrappedKey
from spectrum_orders.store.together import Part, Rows
from spectrum_orders.store.transaction import Transaction

PARTS = (
    Part(orders, ("client_id", "id")),
    Part(order_keys),
    Part(people, order=("field",)),
    Part(lines, order=("position",)),
)
"""What ``assemble`` makes an order of."""

_RECEIPTS = Part(receipts, ("client_id", "id"))


class StoredLine(msgspec.Struct, frozen=True):
    """A line's state; what was agreed about it is in the order's content."""

    position: int
    number: int
    recipe_set_id: str
    workflow_status: str
    recipe_version: int | None
    partner_id: int | None = None
    held_at: int | None = None
    shipped_at: int | None = None
    ship_by: int | None = None

    @property
    def cancelled(self) -> bool:
        """It is not to be made."""
        return self.workflow_status == CANCELLED


class StoredField(SealedField, frozen=True):
    """A personal value with the receipt that it came under: the order's own, or a completion's."""

    receipt_id: int


class StoredOrder(msgspec.Struct, frozen=True):
    """An order as it lies in the store, people still sealed. ``erased_at`` is when they were destroyed: their
    key is gone, and of each only the commitment is left."""

    client_id: int
    id: int
    purchase_order_number: str
    form: str
    content: bytes
    addressed_by: int | None
    acknowledged_at: int
    modified_at: int
    lines: tuple[StoredLine, ...]
    key: WrappedKey | None
    people: tuple[StoredField, ...]
    source: str = "api"
    erased_at: int | None = None


class StoredReceipt(msgspec.Struct, frozen=True):
    """A receipt with what it speaks of: the order's content and the commitments to its people."""

    id: int
    order_id: int
    kind: str
    acknowledged_at: int
    content_digest: bytes
    personal_digest: bytes
    purchase_order_number: str
    content: bytes
    commitments: dict[str, bytes]


def find_order(connection: Connection, client_id: int, purchase_order_number: str) -> StoredOrder | None:
    """This client's order with this purchase order number."""
    query = sa.select(orders.c.id).where(
        orders.c.client_id == client_id, orders.c.purchase_order_number == purchase_order_number
    )
    number = connection.execute(query).scalar()
    return None if number is None else find_order_by_id(connection, client_id, number)


def find_order_by_id(connection: Connection, client_id: int, order_id: int) -> StoredOrder | None:
    """This client's order with this id."""
    return next(iter(find_many(connection, [(client_id, order_id)])), None)


def find_contents(connection: Connection, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """The contents of many orders, by client and id; those that are not there are left out."""
    source = bulk.values_of(connection, wanted, ("client_id", "id"))
    query = sa.select(orders.c.client_id, orders.c.id, orders.c.content).join(
        source, (orders.c.client_id == source.c.client_id) & (orders.c.id == source.c.id)
    )
    return {(row.client_id, row.id): row.content.encode() for row in connection.execute(query)}


def hold_many(tx: Transaction, marks: Sequence[Mark]) -> None:
    """Let nobody else move these orders before this transaction ends."""
    if not marks:
        return
    given = bulk.values_of(tx.connection, marks, ("client_id", "id"))
    mine = (orders.c.client_id == given.c.client_id) & (orders.c.id == given.c.id)
    # In one order, so that two who hold several never wait for each other in a circle.
    held = sa.select(orders.c.id).join(given, mine).order_by(orders.c.client_id, orders.c.id)
    tx.connection.execute(held.with_for_update(of=orders)).all()


class Origin(msgspec.Struct, frozen=True):
    """What a package has to know of its order once it is locked: whether addresses came after it was
    acknowledged, and whether its people were erased."""

    completed: bool
    erased: bool


def origins(connection: Connection, marks: Sequence[Mark]) -> dict[Mark, Origin]:
    """The origin of packages: by client and order."""
    if not marks:
        return {}
    given = bulk.values_of(connection, sorted(set(marks)), ("client_id", "id"))
    mine = (orders.c.client_id == given.c.client_id) & (orders.c.id == given.c.id)
    columns = (orders.c.client_id, orders.c.id, orders.c.addressed_by, orders.c.erased_at)
    return {
        (row.client_id, row.id): Origin(row.addressed_by not in (None, row.id), row.erased_at is not None)
        for row in connection.execute(sa.select(*columns).join(given, mine))
    }


def find_many(connection: Connection, marks: Sequence[Mark]) -> list[StoredOrder]:
    """Many orders (client and id), in that order; those that are not there are left out."""
    found = assemble(*together.read(connection, marks, *PARTS))
    return [found[mark] for mark in marks if mark in found]


def assemble(rows: Rows, keys: Rows, people_of: Rows, lines_of: Rows) -> dict[Mark, StoredOrder]:
    """Orders by client and id, of the rows of ``PARTS``."""
    found = {}
    for mark, (row,) in rows.items():
        key = keys.get(mark, [None])[0]
        found[mark] = StoredOrder(
            client_id=row.client_id,
            id=row.id,
            purchase_order_number=row.purchase_order_number,
            form=row.form,
            content=row.content.encode(),
            addressed_by=row.addressed_by,
            acknowledged_at=row.acknowledged_at,
            modified_at=row.modified_at,
            lines=tuple(_line(line) for line in lines_of.get(mark, ())),
            key=None if key is None else WrappedKey(key.version, key.wrapped),
            people=tuple(
                StoredField(one.field, one.sealed, one.commitment, one.receipt_id)
                for one in people_of.get(mark, ())
            ),
            source=row.source,
            erased_at=row.erased_at,
        )
    return found


def _line(row: Any) -> StoredLine:
    return StoredLine(**{name: getattr(row, name) for name in StoredLine.__struct_fields__})


def page_after(
    connection: Connection, client_id: int, after: int, most: int, *, since: int = 0
) -> list[tuple[int, str, bytes]]:
    """This client's orders after an id and acknowledged ``since``: id, purchase order number, content."""
    query = (
        sa.select(orders.c.id, orders.c.purchase_order_number, orders.c.content)
        .where(orders.c.client_id == client_id, orders.c.id > after, orders.c.acknowledged_at >= since)
        .order_by(orders.c.id)
        .limit(most)
    )
    return [(row.id, row.purchase_order_number, row.content.encode()) for row in connection.execute(query)]


def find_receipt(connection: Connection, client_id: int, receipt_id: int) -> StoredReceipt | None:
    """This client's receipt with this id."""
    row = connection.execute(
        sa.select(receipts, orders.c.purchase_order_number, orders.c.content)
        .join(orders, (orders.c.client_id == receipts.c.client_id) & (orders.c.id == receipts.c.order_id))
        .where(receipts.c.client_id == client_id, receipts.c.id == receipt_id)
    ).first()
    if row is None:
        return None
    covered = connection.execute(
        sa.select(people.c.field, people.c.commitment).where(
            people.c.client_id == client_id,
            people.c.order_id == row.order_id,
            # Its own and the first's, which has the order's id. Not "up to this one": a completion may
            # have come through another machine, with a clock that is behind.
            people.c.receipt_id.in_({row.order_id, receipt_id}),
        )
    )
    return StoredReceipt(
        id=row.id,
        order_id=row.order_id,
        kind=row.kind,
        acknowledged_at=row.acknowledged_at,
        content_digest=bytes(row.content_digest),
        personal_digest=bytes(row.personal_digest),
        purchase_order_number=row.purchase_order_number,
        content=row.content.encode(),
        commitments={field: bytes(commitment) for field, commitment in covered},
    )


def first_receipts(connection: Connection, several: Sequence[StoredOrder]) -> dict[Mark, StoredReceipt]:
    """The receipt of each order's acknowledgement, which has the order's own id; by client and order."""
    whole = {(one.client_id, one.id): one for one in several}
    [found] = together.read(connection, list(whole), _RECEIPTS)
    return {
        mark: StoredReceipt(
            id=row.id,
            order_id=row.order_id,
            kind=row.kind,
            acknowledged_at=row.acknowledged_at,
            content_digest=row.content_digest,
            personal_digest=row.personal_digest,
            purchase_order_number=whole[mark].purchase_order_number,
            content=whole[mark].content,
            commitments={one.field: one.commitment for one in whole[mark].people if one.receipt_id == row.id},
        )
        for mark, [row] in found.items()
    }


def count_receipts(connection: Connection, client_id: int, order_id: int) -> int:
    """How many receipts speak of an order: its own, and that of its completion."""
    addressed = sa.select(orders.c.addressed_by).where(
        orders.c.client_id == client_id, orders.c.id == order_id
    )
    mine = receipts.c.id.in_({order_id, connection.execute(addressed).scalar() or order_id})
    query = sa.select(sa.func.count()).select_from(receipts).where(receipts.c.client_id == client_id, mine)
    return connection.execute(query).scalar_one()


def taken(connection: Connection, client_id: int, purchase_order_numbers: list[str]) -> set[str]:
    """Which of these purchase order numbers this client has already used."""
    found: set[str] = set()
    for start in range(0, len(purchase_order_numbers), 500):
        found.update(
            connection.execute(
                sa.select(orders.c.purchase_order_number).where(
                    orders.c.client_id == client_id,
                    orders.c.purchase_order_number.in_(purchase_order_numbers[start : start + 500]),
                )
            ).scalars()
        )
    return found
