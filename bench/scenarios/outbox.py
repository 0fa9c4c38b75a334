"""The outbox as a queue: rows claimed and settled with nothing done in between, on both databases."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import sqlalchemy as sa

from bench.figures import Column, Dishonest, Figure, at_least
from bench.lab import POSTGRESQL, SQLITE, Lab, Place, count_rows
from spectrum_orders import config, runtime
from spectrum_orders.delivery.lease import LEASE_US
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import queue
from spectrum_orders.store.queue import Claim

NAME = "outbox"
ROWS = 50_000
TOGETHER = 100
"""Rows of one claim, as the worker takes orders to be planned."""

LABELS = {SQLITE: "SQLite", POSTGRESQL: "PostgreSQL"}

ADDED = 5_000
"""Rows put on the queue by one transaction; not timed."""

LANE = 1 << 40
"""A destination's: no lane of the house, so that nothing else is about these rows."""

PLACES = tuple(Claim.__struct_fields__.index(name) for name in ("client_id", "id", "claims"))


class Statement(msgspec.Struct, frozen=True):
    """One statement as our code gave it to the driver."""

    text: str
    parameters: Any


def run(lab: Lab) -> list[Figure]:
    """Ours, and the same two statements by the bare driver, each over a home of its own."""
    rows = lab.options.orders or ROWS
    columns = {
        kind: (
            Column(f"rows, {label}", "rows/s", at_least(20_000), note=f"{rows:,} rows, {TOGETHER} a claim"),
            Column(f"bare {label}", "rows/s", yardstick=True, note="the same two statements"),
            Column(f"share of bare {label}", ""),
        )
        for kind, label in LABELS.items()
    }
    for number in range(lab.options.runs):
        for kind, (rate, bare, share) in columns.items():
            with lab.home(kind) as place, lab.home(kind) as other:
                rate.add(rows / _ours(lab, place, rows))
                bare.add(rows / _bare(lab, other, rows))
            share.add(rate.values[-1] / bare.values[-1])
            lab.say(
                f"{NAME} {number + 1}: {rate.name}: {rate.values[-1]:,.0f}/s; bare {bare.values[-1]:,.0f}/s"
            )
    return [column.figure(NAME) for several in columns.values() for column in several]


def _ours(lab: Lab, place: Place, rows: int) -> float:
    """Seconds to claim and settle all rows as the worker does, in two transactions for each hundred."""
    with runtime.open_runtime(config.load(place.settings)) as opened:
        _fill(opened, TOGETHER)
        _drain(opened, TOGETHER)
        _fill(opened, rows)
        lab.settle()
        before = time.perf_counter()
        _drain(opened, rows)
        taken = time.perf_counter() - before
    _must_be_empty(place)
    return taken


def _fill(opened: Runtime, rows: int) -> None:
    for start in range(0, rows, ADDED):
        with opened.ledger.write() as tx:
            # Due since the beginning of time: a statement that is sent again claims later rows as well.
            queue.add(
                tx,
                [
                    queue.row(
                        1,
                        tx.ids.take(),
                        place,
                        queue.DELIVER,
                        0,
                        lane=LANE,
                        order_instant=place,
                        subject=place,
                    )
                    for place in range(start, min(start + ADDED, rows))
                ],
            )


def _drain(opened: Runtime, rows: int) -> None:
    settled: set[int] = set()
    while True:
        with opened.ledger.write() as tx:
            claims = queue.claim(tx, LANE, TOGETHER, LEASE_US)
        if not claims:
            break
        with opened.ledger.write() as tx:
            settled |= queue.settle(tx, claims)
    if len(settled) != rows:
        raise Dishonest(f"{rows} rows were owed, and {len(settled)} were settled.")


def _bare(lab: Lab, place: Place, rows: int) -> float:
    """The same for the driver: no SQLAlchemy, no ledger, no journal."""
    with runtime.open_runtime(config.load(place.settings)) as opened:
        _fill(opened, TOGETHER)
        claim, settle = _statements(opened)
        _fill(opened, rows)
        lab.settle()
        # A connection with the very settings of ours.
        pooled = opened.database.engine.raw_connection()
        try:
            connection: Any = pooled.driver_connection
            begin = "BEGIN IMMEDIATE"
            if place.url is not None:
                # Otherwise psycopg begins by itself, and no transaction would be ours to end.
                begin, connection.autocommit = "BEGIN", True
            before = time.perf_counter()
            done = _repeat(connection, begin, claim, settle)
            taken = time.perf_counter() - before
        finally:
            pooled.close()
    if done != rows:
        raise Dishonest(f"{rows} rows were owed, and the bare driver settled {done}.")
    _must_be_empty(place)
    return taken


def _statements(opened: Runtime) -> tuple[Statement, Statement]:
    """What our code sends to claim and to settle, written down while it does."""
    sent: list[Statement] = []
    with opened.ledger.write() as tx:

        def note(_c: Any, _cursor: Any, text: str, parameters: Any, _context: Any, _many: bool) -> None:
            sent.append(Statement(text, parameters))

        sa.event.listen(tx.connection, "before_cursor_execute", note)
        queue.settle(tx, queue.claim(tx, LANE, TOGETHER, LEASE_US))
        sa.event.remove(tx.connection, "before_cursor_execute", note)
    claim, settle = sent
    return claim, settle


def _repeat(connection: Any, begin: str, claim: Statement, settle: Statement) -> int:
    """Claim and settle until nothing is left, each in a transaction of its own; how many rows."""
    cursor = connection.cursor()
    done = 0
    while True:
        cursor.execute(begin)
        taken = cursor.execute(claim.text, claim.parameters).fetchall()
        cursor.execute("COMMIT")
        if not taken:
            return done
        given = msgspec.json.encode([[row[place] for place in PLACES] for row in taken]).decode()
        cursor.execute(begin)
        done += len(cursor.execute(settle.text, _with(settle.parameters, given)).fetchall())
        cursor.execute("COMMIT")


def _with(parameters: Any, given: str) -> Any:
    """The parameters of a settling with other rows: they are its only text."""
    if isinstance(parameters, dict):
        return {name: given if isinstance(value, str) else value for name, value in parameters.items()}
    return tuple(given if isinstance(value, str) else value for value in parameters)


def _must_be_empty(place: Place) -> None:
    if left := count_rows(place, "outbox"):
        raise Dishonest(f"{left} rows are left on the queue.")
