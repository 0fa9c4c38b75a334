"""Deliveries that are owed, as they are found for their claims."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.store import orders, packages
from spectrum_orders.store.orders import StoredOrder
from spectrum_orders.store.packages import Delivery, Package
from spectrum_orders.store.queue import Claim


class Owed(msgspec.Struct, frozen=True):
    """A delivery: what it is of, and how it stands."""

    claim: Claim
    package: Package
    order: StoredOrder
    delivery: Delivery


def find(connection: Connection, claims: Sequence[Claim]) -> list[Owed | None]:
    """``None``: nothing is owed any more."""
    subjects = [(one.client_id, one.subject) for one in claims]
    whole = packages.find_many(connection, subjects)
    marks = sorted({(one.client_id, one.order_id) for one in claims})
    theirs = {(one.client_id, one.id): one for one in orders.find_many(connection, marks)}
    ways = packages.deliveries_of_many(connection, subjects)
    found: list[Owed | None] = []
    for claim, subject in zip(claims, subjects, strict=True):
        package, order = whole.get(subject), theirs.get((claim.client_id, claim.order_id))
        way = next((one for one in ways.get(subject, ()) if one.destination_id == claim.lane), None)
        if package is None or order is None or way is None or way.state == packages.SENT:
            found.append(None)
        else:
            found.append(Owed(claim, package, order, way))
    return found
