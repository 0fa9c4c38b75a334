"""The one durable write of captured orders: order, lines, sealed people, receipt, journal, outbox.

Everything here runs inside a transaction that belongs to the caller. Many orders are written
by one statement per table; only an order that meets an earlier one is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import sqlalchemy as sa
import structlog

from spectrum_orders.domain import workflow
from spectrum_orders.domain.order import Order
from spectrum_orders.errors import SpectrumError
from spectrum_orders.store import bulk, queue, recipes
from spectrum_orders.store.bulk import Rows
from spectrum_orders.store.modification import touch_lines
from spectrum_orders.store.numbers import Numbers
from spectrum_orders.store.schema import (
    line_skus,
    lines,
    order_keys,
    orders,
    outbox,
    people,
    person_index,
    receipts,
)
from spectrum_orders.store.sealed import SealedField, WrappedKey
from spectrum_orders.store.transaction import Transaction

_log = structlog.get_logger()


class LineRow(msgspec.Struct, frozen=True):
    """What is stored of a line: its recipe set and its (sku, quantity) pairs."""

    recipe_set_id: str
    skus: tuple[tuple[str, int], ...]


class Capture(msgspec.Struct, frozen=True):
    """One order, sealed and digested, ready to be written."""

    client_id: int
    order_id: int
    actor: str
    purchase_order_number: str
    form: str
    order_instant: int
    content: str
    content_digest: bytes
    personal_digest: bytes
    addressed: bool
    acknowledged_at: int
    lines: tuple[LineRow, ...]
    key: WrappedKey | None
    people: tuple[SealedField, ...]
    index: tuple[bytes, ...]
    urgency: int
    full: Order | None
    """A full order in the clear, because it may complete an earlier one inside the transaction."""


class Written(msgspec.Struct, frozen=True):
    """The order was stored (or an earlier one completed) under this receipt."""

    order_id: int
    receipt_id: int
    at: int
    completed: bool = False
    kept: tuple[str, ...] = ()
    """Of a completion: what was sent otherwise than first acknowledged, and stays as it was."""


class Existing(msgspec.Struct, frozen=True):
    """The purchase order number is taken; this is what is stored under it."""

    order_id: int
    content: bytes
    addressed_by: int | None
    modified_at: int
    key: WrappedKey | None
    commitments: dict[str, bytes]
    erased_at: int | None = None


class Completion(msgspec.Struct, frozen=True):
    """What a full order adds to one that was acknowledged without addresses."""

    order_id: int
    actor: str
    content_digest: bytes
    personal_digest: bytes
    new_key: WrappedKey | None
    people: tuple[SealedField, ...]
    index: tuple[bytes, ...]
    kept: tuple[str, ...]


class Failed(msgspec.Struct, frozen=True):
    """This order alone could not be written, for a reason of its own; nothing of it is kept."""

    error: SpectrumError


Outcome = Written | Existing | Failed
Complete = Callable[[Capture, Existing], Completion | None]
"""Decides whether a capture completes an earlier order, and seals what it adds."""

ORDER_UNIQUE = ("client_id", "purchase_order_number")


def write(
    tx: Transaction, numbers: Numbers, captures: Sequence[Capture], complete: Complete
) -> list[Outcome]:
    """Store ``captures``; of two with one purchase order number the first is stored.

    Returns an outcome for each, in order; ``Failed`` where ``complete`` raised a SpectrumError.
    ``numbers`` must have been ensured for every line.
    """
    order_rows = [
        (
            capture.client_id,
            capture.order_id,
            capture.purchase_order_number,
            capture.form,
            capture.order_instant,
            capture.content,
            capture.order_id if capture.addressed else None,
            capture.acknowledged_at,
            capture.acknowledged_at,
        )
        for capture in captures
    ]
    accepted = bulk.insert_new(tx.connection, orders, order_rows, ORDER_UNIQUE)
    new = captures if len(accepted) == len(captures) else [c for c in captures if c.order_id in accepted]
    if new:
        _write_children(tx, numbers, new)
    if new is captures:
        return [Written(c.order_id, c.order_id, c.acknowledged_at) for c in captures]
    return _settle_taken(tx, captures, accepted, complete)


def _write_children(tx: Transaction, numbers: Numbers, captures: Sequence[Capture]) -> None:
    versions = recipes.current_versions(
        tx.connection, {(c.client_id, line.recipe_set_id) for c in captures for line in c.lines}
    )
    line_rows, sku_rows, key_rows, people_rows, index_rows, receipt_rows, outbox_rows = (
        [],
        [],
        [],
        [],
        [],
        [],
        [],
    )
    for capture in captures:
        client, order = capture.client_id, capture.order_id
        for position, line in enumerate(capture.lines):
            line_rows.append(
                (
                    client,
                    order,
                    position,
                    numbers.take(),
                    line.recipe_set_id,
                    workflow.NOT_STARTED,
                    versions.get((client, line.recipe_set_id)),
                    capture.acknowledged_at,
                )
            )
            for place, (sku, quantity) in enumerate(line.skus):
                sku_rows.append((client, order, position, place, sku, quantity))
        if capture.key is not None:
            key_rows.append((client, order, capture.key.version, capture.key.wrapped.hex()))
        for field in capture.people:
            people_rows.append(
                (client, order, field.field, order, field.sealed.hex(), field.commitment.hex())
            )
        for digest in capture.index:
            index_rows.append((client, digest.hex(), order))
        content, personal = capture.content_digest.hex(), capture.personal_digest.hex()
        receipt_rows.append(
            (client, order, order, "acknowledgement", capture.acknowledged_at, content, personal)
        )
        outbox_rows.append(
            queue.row(
                client,
                tx.ids.take(),
                order,
                queue.ACKNOWLEDGED,
                tx.now,
                urgency=capture.urgency,
                order_instant=capture.order_instant,
            )
        )
        tx.record(
            "order.acknowledged",
            capture.actor,
            {
                "receipt": str(order),
                "at": capture.acknowledged_at,
                "content": content,
                "personal": personal,
            },
            client_id=client,
            order_id=order,
        )
    bulk.insert(
        tx.connection,
        Rows(lines, line_rows),
        Rows(line_skus, sku_rows),
        Rows(order_keys, key_rows),
        Rows(people, people_rows),
        Rows(person_index, index_rows, keep_old=True),
        Rows(receipts, receipt_rows),
        Rows(outbox, outbox_rows),
    )


def _settle_taken(
    tx: Transaction, captures: Sequence[Capture], accepted: set[int], complete: Complete
) -> list[Outcome]:
    taken = [c for c in captures if c.order_id not in accepted]
    stored: dict[tuple[int, str], Existing] = {}
    for client_id in {c.client_id for c in taken}:
        numbers = [c.purchase_order_number for c in taken if c.client_id == client_id]
        for number, existing in find_existing(tx.connection, client_id, numbers).items():
            stored[client_id, number] = existing
    outcomes: list[Outcome] = []
    for capture in captures:
        if capture.order_id in accepted:
            outcomes.append(Written(capture.order_id, capture.order_id, capture.acknowledged_at))
            continue
        client_id, number = place = (capture.client_id, capture.purchase_order_number)
        try:
            completion = complete(capture, stored[place])
        except SpectrumError as error:  # a stored seal that does not open is this order's trouble alone
            _log.error("write failed", cause=type(error).__name__)
            outcomes.append(Failed(error))
            continue
        if completion is None:
            outcomes.append(stored[place])
            continue
        receipt_id = _write_completion(tx, client_id, completion)
        # Whoever completed it, this one or another process before it: what is compared with it now, here
        # or later in the batch, must meet the order as it stands.
        stored[place] = find_existing(tx.connection, client_id, [number])[number]
        outcomes.append(
            stored[place]
            if receipt_id is None
            else Written(completion.order_id, receipt_id, tx.now, completed=True, kept=completion.kept)
        )
    return outcomes


def _write_completion(tx: Transaction, client_id: int, completion: Completion) -> int | None:
    receipt_id = tx.ids.take()
    claimed = tx.connection.execute(
        sa.update(orders)
        .where(
            orders.c.client_id == client_id,
            orders.c.id == completion.order_id,
            orders.c.addressed_by.is_(None),
            orders.c.erased_at.is_(None),
        )
        .values(addressed_by=receipt_id, modified_at=tx.now)
    )
    if claimed.rowcount != 1:  # another process completed or erased it between our look and now
        return None
    touch_lines(tx, [(client_id, completion.order_id)])
    order_id, key = completion.order_id, completion.new_key
    content, personal = completion.content_digest.hex(), completion.personal_digest.hex()
    bulk.insert(
        tx.connection,
        Rows(order_keys, [(client_id, order_id, key.version, key.wrapped.hex())] if key else []),
        Rows(
            people,
            [
                (client_id, order_id, f.field, receipt_id, f.sealed.hex(), f.commitment.hex())
                for f in completion.people
            ],
        ),
        Rows(
            person_index, [(client_id, digest.hex(), order_id) for digest in completion.index], keep_old=True
        ),
        Rows(receipts, [(client_id, receipt_id, order_id, "completion", tx.now, content, personal)]),
        Rows(outbox, [queue.row(client_id, tx.ids.take(), order_id, queue.COMPLETED, tx.now)]),
    )
    tx.record(
        "order.completed",
        completion.actor,
        {"receipt": str(receipt_id), "at": tx.now, "content": content, "personal": personal},
        client_id=client_id,
        order_id=order_id,
    )
    return receipt_id


def find_existing(
    connection: sa.Connection, client_id: int, purchase_order_numbers: Sequence[str]
) -> dict[str, Existing]:
    """What is stored under these purchase order numbers of one client, by number."""
    found: dict[str, Existing] = {}
    for start in range(0, len(purchase_order_numbers), 500):
        some = purchase_order_numbers[start : start + 500]
        rows = connection.execute(
            sa.select(orders, order_keys.c.version, order_keys.c.wrapped)
            .select_from(
                orders.outerjoin(
                    order_keys,
                    (order_keys.c.client_id == orders.c.client_id) & (order_keys.c.order_id == orders.c.id),
                )
            )
            .where(orders.c.client_id == client_id, orders.c.purchase_order_number.in_(some))
        ).all()
        commitments: dict[int, dict[str, bytes]] = {row.id: {} for row in rows}
        for row in connection.execute(
            sa.select(people.c.order_id, people.c.field, people.c.commitment).where(
                people.c.client_id == client_id, people.c.order_id.in_(list(commitments))
            )
        ):
            commitments[row.order_id][row.field] = bytes(row.commitment)
        for row in rows:
            found[row.purchase_order_number] = Existing(
                order_id=row.id,
                content=row.content.encode(),
                addressed_by=row.addressed_by,
                modified_at=row.modified_at,
                key=None if row.wrapped is None else WrappedKey(row.version, bytes(row.wrapped)),
                commitments=commitments[row.id],
                erased_at=row.erased_at,
            )
    return found
