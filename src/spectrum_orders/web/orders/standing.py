"""What is read of orders for somebody: as much as they may see, with people opened on the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.capture import Intake
from spectrum_orders.crypto import KeyRing
from spectrum_orders.domain.fields import ADDRESSES
from spectrum_orders.domain.package.people import allowed_people, pointers
from spectrum_orders.domain.partner import PartnerSettings
from spectrum_orders.store import partners, progress
from spectrum_orders.store.modification import Mark
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.progress import Progress
from spectrum_orders.store.seats import Seat
from spectrum_orders.store.together import Sought
from spectrum_orders.store.transaction import Transaction
from spectrum_orders.web.auth import Principal


class Standing(msgspec.Struct, frozen=True):
    """An order with how far it has come. ``positions`` are the lines that the reader sees."""

    client_handle: str
    order: StoredOrder
    progress: Progress
    positions: tuple[int, ...]


class Reader(msgspec.Struct, frozen=True):
    """Who reads: a shop sees all of its orders, a partner its own lines and the people that it is allowed."""

    seat: Seat
    actor: str
    partner_handle: str = ""
    settings: PartnerSettings | None = None

    @property
    def is_partner(self) -> bool:
        """A factory, not a shop."""
        return self.settings is not None

    @property
    def why(self) -> str:
        """What the journal says of an opening."""
        return f"read by the partner {self.partner_handle}" if self.is_partner else "read by its client"


def reader_of(connection: Connection, principal: Principal) -> Reader:
    """The principal as a reader."""
    if principal.partner_id is None:
        return Reader(principal.seat, principal.actor)
    partner = partners.find(connection, principal.partner_handle)
    assert partner is not None  # partners are never removed
    return Reader(principal.seat, principal.actor, partner.handle, partner.settings)


def load(connection: Connection, reader: Reader, marks: Sequence[Mark] | Sought) -> list[Standing]:
    """Where these orders stand, in that order."""
    found = progress.find(connection, marks)
    whole = found.values() if isinstance(marks, Sought) else [found[mark] for mark in marks if mark in found]
    return [
        Standing(one.client_handle, one.order, one.progress, _positions(reader, one.order)) for one in whole
    ]


def _positions(reader: Reader, order: StoredOrder) -> tuple[int, ...]:
    partner = reader.seat.partner_id
    return tuple(line.position for line in order.lines if partner is None or line.partner_id == partner)


People = dict[str, Any]
"""What a reader sees of an order's people: addresses as objects, ``giftMessage`` by position."""


async def open_people(intake: Intake, reader: Reader, several: Sequence[Standing]) -> list[People]:
    """The people of each order, as much of them as the reader may see.

    The journal knows of it before anybody else does. Raises SealBroken and Unavailable.
    """
    wanted = [_wanted(reader, one) for one in several]
    opened = [(one.order, fields) for one, fields in zip(several, wanted, strict=True) if fields]
    if opened:
        await intake.run(lambda tx: _record(tx, reader, opened))
    keys = intake.runtime.keys
    return [_open(keys, reader, one, fields) for one, fields in zip(several, wanted, strict=True)]


def _wanted(reader: Reader, standing: Standing) -> tuple[str, ...]:
    order = standing.order
    if order.key is None:
        return ()
    there = tuple(field.field for field in order.people)
    if reader.settings is None:
        return there
    allowed = set(pointers(reader.settings.people, standing.positions))
    return tuple(field for field in there if field in allowed)


def _record(tx: Transaction, reader: Reader, opened: Sequence[tuple[StoredOrder, tuple[str, ...]]]) -> None:
    for order, fields in opened:
        tx.record(
            "person.opened",
            reader.actor,
            {"fields": list(fields), "why": reader.why},
            client_id=order.client_id,
            order_id=order.id,
        )


def _open(keys: KeyRing, reader: Reader, standing: Standing, fields: tuple[str, ...]) -> People:
    order = standing.order
    if not fields or order.key is None:
        return {}
    key = keys.open_order_key(order.client_id, order.id, order.key.wrapped, order.key.version)
    personal = {one.field: key.open(one.field, one.sealed) for one in order.people if one.field in fields}
    if reader.settings is not None:
        return allowed_people(personal, reader.settings.people)
    seen: People = {}
    gifts: dict[int, str] = {}
    for pointer, text in personal.items():
        parts = pointer.split("/")
        if len(parts) == 4:
            gifts[int(parts[2])] = text
        else:
            seen[parts[1]] = msgspec.json.decode(text) if parts[1] in ADDRESSES else text
    if gifts:
        seen["giftMessage"] = gifts
    return seen
