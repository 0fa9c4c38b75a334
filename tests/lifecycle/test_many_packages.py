"""However many packages a client has, those of an order are found by way of the index that holds them."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from spectrum_orders.store import events, listing, orders, packages, parties, progress
from spectrum_orders.store.transaction import Transaction, now_us
from tests.api.orders import order
from tests.harness.factory import opened_store
from tests.harness.server import Server
from tests.harness.shop import Shop
from tests.store.opening import undone

WALK = re.compile(r"SEARCH (packages|t) USING PRIMARY KEY \(client_id=\?\)|Seq Scan on packages\b")
"""All packages of a client, or all that there are, as the two databases call it."""


def test_no_packages_but_an_orders_own_are_read(server: Server, shop: Shop) -> None:
    shop.acknowledge(order(purchaseOrderNumber="A-1"))
    asked: list[tuple[str, Any]] = []
    walks: list[str] = []
    # Undone, because nobody is to hear of the event.
    with opened_store(server) as runtime, undone(runtime.database) as connection:
        tx = Transaction(connection, runtime.ledger.ids, now_us())
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")

        def note(_c: Any, _u: Any, statement: str, parameters: Any, _x: Any, _m: bool) -> None:
            if "packages" in statement:
                asked.append((statement, parameters))

        client = parties.find_client(connection, shop.handle)
        assert client is not None
        found = orders.find_order(connection, client.id, "A-1")
        assert found is not None
        sa.event.listen(connection, "before_cursor_execute", note)
        progress.of_order(connection, found)
        packages.of_order(connection, client.id, found.id, hold=True)
        events.emit(tx, events.Event("order.acknowledged", client.id, found.id, partners=(1,)))
        listing.list_some(tx)
        sa.event.remove(connection, "before_cursor_execute", note)
        for statement, parameters in asked:
            explained = connection.exec_driver_sql(
                ("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + statement, parameters
            )
            for row in explained:
                step = str(row[-1]).strip()
                if WALK.search(step):
                    walks.append(f"{step}: {statement}")
    assert len(asked) == 3
    assert walks == []
