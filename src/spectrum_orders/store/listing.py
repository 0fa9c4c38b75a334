"""Listing: events that were written become entries of their owners' feeds, and webhooks of their endpoints.

Numbers without a hole can only be given by one at a time, and not by whoever writes an event: its
transaction may still be undone, or become visible after one with a later number. So events are written
without a number, and a worker numbers those that it sees, under a lock that every worker shares. The feed,
the webhooks and what the queue owes are one transaction with the mark that says so: after a crash it is all
there, or all to be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.store import bulk, queue
from spectrum_orders.store.schema import counters, endpoints, events, feed, packages, webhooks
from spectrum_orders.store.transaction import Transaction

TOGETHER = 200
"""Events listed by one transaction: some milliseconds in which no order can be written."""

LOCK = "feed"
"""The row of ``counters`` that the one who lists holds."""

PENDING = "pending"

_UNLISTED = sa.text("events.listed = 0")
"""Said so, and not with a parameter, that both databases use the index of those alone."""

_Mark = tuple[int, int]


class _Owner(msgspec.Struct):
    """What is written for one owner: its events in order, each with the lines that it may know."""

    entries: list[tuple[sa.Row[Any], str]]


def waits(connection: Connection) -> bool:
    """Whether an event is still to be listed."""
    return connection.execute(sa.select(events.c.id).where(_UNLISTED).limit(1)).first() is not None


def list_some(tx: Transaction, after: int = 0) -> tuple[int, int]:
    """List up to ``TOGETHER`` events, beginning with clients above ``after``; how many, and where to go on.

    None while another worker lists. Going on behind the last client lets none wait for a busy one.
    """
    if not _hold(tx):
        return 0, after
    some = _unlisted(tx, after) or (_unlisted(tx, 0) if after else [])
    if not some:
        return 0, 0
    owners = _owners(tx, some)
    told = _told(tx, owners)
    _fan_out(tx, owners, told)
    marks = [(one.client_id, one.id, 1) for one in some]
    bulk.update(tx.connection, events, marks, match=("client_id", "id"), give=("listed",))
    return len(some), some[-1].client_id


def _hold(tx: Transaction) -> bool:
    bulk.insert(tx.connection, bulk.Rows(counters, [(LOCK, 0)], keep_old=True))
    mine = sa.select(counters.c.name).where(counters.c.name == LOCK).with_for_update(skip_locked=True)
    return tx.connection.execute(mine).first() is not None


def _unlisted(tx: Transaction, after: int) -> Sequence[sa.Row[Any]]:
    query = sa.select(events).where(_UNLISTED, events.c.client_id > after)
    return tx.connection.execute(query.order_by(events.c.client_id, events.c.id).limit(TOGETHER)).all()


def _owners(tx: Transaction, some: Sequence[sa.Row[Any]]) -> dict[int, _Owner]:
    """What each owner hears, by owner: the client everything, a partner what is about its lines."""
    partners = {one.id: msgspec.json.decode(one.partners, type=list[int]) for one in some}
    orders = {(one.client_id, one.order_id) for one in some if partners[one.id]}
    seen = _seen(tx, orders)
    found: dict[int, _Owner] = {}
    for one in some:
        found.setdefault(one.client_id, _Owner([])).entries.append((one, ""))
        about = msgspec.json.decode(one.data).get("positions", [])
        for partner in partners[one.id]:
            its = sorted(seen.get((one.client_id, one.order_id, partner), set()).intersection(about))
            if its or not about:
                text = msgspec.json.encode(its).decode()
                found.setdefault(partner, _Owner([])).entries.append((one, text))
    return found


def _seen(tx: Transaction, orders: set[_Mark]) -> dict[tuple[int, int, int], set[int]]:
    """The lines of these orders that each partner ever got a package for.

    Not where a line is led now: what is said of a line that was just taken from a factory is about it too.
    """
    if not orders:
        return {}
    given = bulk.values_of(tx.connection, sorted(orders), ("client_id", "order_id"))
    rows = tx.connection.execute(
        sa.select(
            packages.c.client_id, packages.c.order_id, packages.c.partner_id, packages.c.positions
        ).join(
            given,
            (packages.c.client_id == given.c.client_id) & (packages.c.order_id == given.c.order_id),
        )
    )
    found: dict[tuple[int, int, int], set[int]] = {}
    for client_id, order_id, partner_id, positions in rows:
        mine = found.setdefault((client_id, order_id, partner_id), set())
        mine.update(msgspec.json.decode(positions, type=list[int]))
    return found


def _told(tx: Transaction, owners: dict[int, _Owner]) -> dict[tuple[int, int], int]:
    """Write the feeds; the sequence number of each event, by owner and event."""
    names = {f"{LOCK}-{owner}": owner for owner in sorted(owners)}
    bulk.insert(tx.connection, bulk.Rows(counters, [(name, 0) for name in names], keep_old=True))
    numbers: dict[tuple[int, int], int] = {}
    rows: list[tuple[Any, ...]] = []
    for name, owner in names.items():
        entries = owners[owner].entries
        last = tx.connection.execute(
            sa.update(counters)
            .where(counters.c.name == name)
            .values(next=counters.c.next + len(entries))
            .returning(counters.c.next)
        ).scalar_one()
        for number, (one, positions) in enumerate(entries, last - len(entries) + 1):
            numbers[owner, one.id] = number
            rows.append((owner, number, one.client_id, one.id, positions))
    bulk.insert(tx.connection, bulk.Rows(feed, rows))
    return numbers


def _fan_out(tx: Transaction, owners: dict[int, _Owner], told: dict[tuple[int, int], int]) -> None:
    owed: list[tuple[Any, ...]] = []
    due: list[tuple[Any, ...]] = []
    for endpoint in _endpoints(tx.connection, owners):
        kinds = frozenset(msgspec.json.decode(endpoint.kinds, type=list[str]))
        sequence, mine = endpoint.sequence, []
        for one, _ in owners[endpoint.owner_id].entries:
            # What happened before there was anybody to be told is in the feed.
            if one.at < endpoint.created_at or (kinds and one.kind not in kinds):
                continue
            sequence += 1
            mine.append((sequence, one))
        if not mine or not _advance(tx, endpoint, sequence):
            continue
        for number, one in mine:
            mark = (endpoint.id, number, one.client_id, one.id, told[endpoint.owner_id, one.id])
            owed.append((*mark, PENDING, "", 0, tx.now, None))
            due.append(row_of(tx, endpoint.id, endpoint.id, number, one.client_id, one.order_id))
    bulk.insert(tx.connection, bulk.Rows(webhooks, owed))
    queue.add(tx, due)


def _advance(tx: Transaction, endpoint: sa.Row[Any], sequence: int) -> bool:
    """Whether it is still there: a row for one that was removed would lie in the queue for ever."""
    done = tx.connection.execute(
        sa.update(endpoints)
        .where(
            endpoints.c.owner_id == endpoint.owner_id,
            endpoints.c.id == endpoint.id,
            endpoints.c.removed_at.is_(None),
        )
        .values(sequence=sequence)
    )
    return done.rowcount == 1


def _endpoints(connection: Connection, owners: Iterable[int]) -> Sequence[sa.Row[Any]]:
    given = bulk.values_of(connection, [[owner] for owner in owners], ("owner_id",))
    return connection.execute(
        sa.select(endpoints)
        .join(given, given.c.owner_id == endpoints.c.owner_id)
        .where(endpoints.c.removed_at.is_(None), endpoints.c.state != "disabled")
        .order_by(endpoints.c.owner_id, endpoints.c.id)
    ).all()


def row_of(
    tx: Transaction, lane: int, endpoint_id: int, sequence: int, client_id: int, order_id: int
) -> tuple[Any, ...]:
    """What the queue owes an endpoint, in the order of its numbers."""
    return queue.row(
        client_id,
        tx.ids.take(),
        order_id,
        queue.WEBHOOK,
        tx.now,
        lane=lane,
        urgency=0,
        order_instant=sequence,
        subject=endpoint_id,
    )
