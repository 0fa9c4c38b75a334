"""Finding orders again among a million: one by its number, and a page of those that changed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import httpx
import psycopg
import sqlalchemy as sa

from bench.figures import Column, Dishonest, Figure, at_most
from bench.lab import Lab
from bench.load import Load
from bench.scenarios.bulk import CONNECTIONS, TOGETHER
from bench.scenarios.lag import rank
from bench.subject import Subject, serving
from spectrum_orders.domain.instants import iso
from spectrum_orders.store import parties, search
from spectrum_orders.store.schema import orders
from spectrum_orders.store.seats import Seat
from tests.harness.factory import opened_store
from tests.harness.place import KINDS

NAME = "finding"
ORDERS = 1_000_000
LOOKED_UP = 1_000
"""Orders looked up at most, and a tenth as many pages: enough for a hundredth to be more than chance."""

PAGE = 100


def run(lab: Lab) -> list[Figure]:
    """One home of each kind is filled; every run asks for other orders, with one connection that waits."""
    bodies = max(1, (lab.options.orders or ORDERS) // TOGETHER)
    figures: list[Figure] = []
    for kind in KINDS:
        note = f"{bodies * TOGETHER:,} orders, {kind}"
        lookup, lookup99 = _columns(f"one order, {kind}", 5, note)
        page, page99 = _columns(f"a page of {PAGE}, {kind}", 50, note)
        bare = Column(f"the page's index alone, {kind}", "ms", yardstick=True, note="p99, in this process")
        with lab.home(kind) as home:
            lab.say(f"{NAME}: storing {bodies * TOGETHER:,} orders first ({kind})")
            with serving(lab, home) as subject:
                subject.send(
                    Load(seconds=24 * 3600, together=TOGETHER, connections=CONNECTIONS, bodies=bodies)
                )
                _tidy(subject)
                known = _known(subject)
                for number in range(lab.options.runs):
                    single, pages = _measure(subject, known)
                    lookup.add(rank(single, 0.5) * 1000)
                    lookup99.add(rank(single, 0.99) * 1000)
                    page.add(rank(pages, 0.5) * 1000)
                    page99.add(rank(pages, 0.99) * 1000)
                    bare.add(rank(_bare(subject, known), 0.99) * 1000)
                    lab.say(
                        f"{NAME} {number + 1}: {kind}: one order p99 {lookup99.values[-1]:.2f} ms, a page "
                        f"p99 {page99.values[-1]:.1f} ms"
                    )
        figures += [column.figure(NAME) for column in (lookup, lookup99, page, page99, bare)]
    return figures


def _columns(label: str, target: float, note: str) -> tuple[Column, Column]:
    return Column(f"{label}, median", "ms", note=note), Column(f"{label}, p99", "ms", at_most(target))


def _tidy(subject: Subject) -> None:
    """What PostgreSQL does by itself once a million orders have come within a minute, which else would be
    measured: they come in months."""
    url = subject.place.url
    if url is not None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")


def _known(subject: Subject) -> list[tuple[str, int]]:
    """Some orders that are stored, from anywhere: their number and when they were modified."""
    with opened_store(subject.server) as runtime, runtime.database.read() as connection:
        query = sa.select(orders.c.purchase_order_number, orders.c.modified_at)
        every = connection.execute(query.order_by(orders.c.id)).all()
    return [
        (row.purchase_order_number, row.modified_at) for row in random.sample(every, min(5_000, len(every)))
    ]


def _measure(subject: Subject, known: list[tuple[str, int]]) -> tuple[list[float], list[float]]:
    headers = {"SPECTRUM_API_TOKEN": subject.token}
    with httpx.Client(base_url=subject.server.url, headers=headers, timeout=60, trust_env=False) as http:

        def order() -> None:
            number, _ = random.choice(known)
            answer = http.get(f"/api/order/order-number/{number}")
            if answer.status_code != 200 or answer.json()["purchaseOrderNumber"] != number:
                raise Dishonest(f"{number} was not found: {answer.status_code}.")

        def page() -> None:
            # From anywhere but the very end, so that the page is full.
            _, since = random.choice(known)
            body = {
                "lastModificationStartDate": iso(min(since, last)),
                "workflowStatuses": ["not-started"],
                "limit": PAGE,
            }
            answer = http.post("/api/orders/search", json=body)
            if answer.status_code != 200 or len(answer.json()) != PAGE:
                raise Dishonest(f"A page was not full: {answer.status_code}.")

        last = sorted(instant for _, instant in known)[len(known) * 9 // 10]
        return _timed(order, _times(known)), _timed(page, _times(known) // 10)


def _bare(subject: Subject, known: list[tuple[str, int]]) -> list[float]:
    """The same pages, found and nothing more."""
    with opened_store(subject.server) as runtime, runtime.database.read() as connection:
        (client,) = parties.list_clients(connection)

        def page() -> None:
            _, since = random.choice(known)
            search.by_status(
                connection,
                Seat(client.id, None),
                ["not-started"],
                since,
                since + 10**15,
                after=None,
                most=PAGE,
            )

        return _timed(page, _times(known) // 10)


def _times(known: list[tuple[str, int]]) -> int:
    # Of a handful, as a test stores, nobody wants to find each one several times.
    return min(LOOKED_UP, len(known) // 4)


def _timed(once: Callable[[], None], times: int) -> list[float]:
    for _ in range(5):
        once()
    found = []
    for _ in range(times):
        began = time.perf_counter()
        once()
        found.append(time.perf_counter() - began)
    return found
