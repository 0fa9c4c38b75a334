"""The one list of what belongs together, since no foreign key watches over it."""

from __future__ import annotations

import json
from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

CHILDREN = ("lines", "line_skus", "order_keys", "people", "person_index", "receipts", "outbox")

ORDER_OF = "SELECT 1 FROM orders o WHERE o.client_id = c.client_id AND o.id = c.order_id"


def not_once(parents: str, order_id: str, children: str) -> str:
    """Counts the parents whose order does not have exactly one of these children.

    Counted once for all: a look for each order into a table that has no index for it takes for ever.
    """
    return f"""
        SELECT count(*) FROM {parents} p LEFT JOIN
            (SELECT client_id, order_id, count(*) AS number FROM ({children}) c
                GROUP BY client_id, order_id) n
            ON n.client_id = p.client_id AND n.order_id = {order_id}
        WHERE coalesce(n.number, 0) <> 1"""


QUERIES = {
    **{
        f"{table} without their order": f"SELECT count(*) FROM {table} c WHERE NOT EXISTS ({ORDER_OF})"
        for table in CHILDREN
    },
    "entries of orders that are not there": f"""
        SELECT count(*) FROM journal c WHERE order_id IS NOT NULL AND NOT EXISTS ({ORDER_OF})""",
    "skus without their line": """
        SELECT count(*) FROM line_skus c WHERE NOT EXISTS (SELECT 1 FROM lines l
            WHERE l.client_id = c.client_id AND l.order_id = c.order_id AND l.position = c.position)""",
    "lines without a sku": """
        SELECT count(*) FROM lines c WHERE NOT EXISTS (SELECT 1 FROM line_skus s
            WHERE s.client_id = c.client_id AND s.order_id = c.order_id AND s.position = c.position)""",
    "line numbers that stand twice": """
        SELECT count(*) FROM (SELECT number FROM lines GROUP BY number HAVING count(*) > 1) AS twice""",
    "orders without exactly one first receipt": not_once(
        "orders",
        "p.id",
        "SELECT client_id, order_id FROM receipts WHERE kind = 'acknowledgement' AND id = order_id",
    ),
    "orders with more than one completion": """
        SELECT count(*) FROM (SELECT 1 FROM receipts WHERE kind = 'completion'
            GROUP BY client_id, order_id HAVING count(*) > 1) AS several""",
    "orders not exactly once in the journal": not_once(
        "orders", "p.id", "SELECT client_id, order_id FROM journal WHERE kind = 'order.acknowledged'"
    ),
    "orders not exactly once in the outbox": not_once(
        "orders", "p.id", "SELECT client_id, order_id FROM outbox WHERE kind = 'order.acknowledged'"
    ),
    "completions not exactly once in the journal": not_once(
        "(SELECT * FROM receipts WHERE kind = 'completion')",
        "p.order_id",
        "SELECT client_id, order_id FROM journal WHERE kind = 'order.completed'",
    ),
    "completions not exactly once in the outbox": not_once(
        "(SELECT * FROM receipts WHERE kind = 'completion')",
        "p.order_id",
        "SELECT client_id, order_id FROM outbox WHERE kind = 'order.completed'",
    ),
    "orders addressed by a receipt that is not there": """
        SELECT count(*) FROM orders o WHERE addressed_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM receipts r
            WHERE r.client_id = o.client_id AND r.order_id = o.id AND r.id = o.addressed_by)""",
    "people without their receipt": """
        SELECT count(*) FROM people p WHERE NOT EXISTS (SELECT 1 FROM receipts r
            WHERE r.client_id = p.client_id AND r.order_id = p.order_id AND r.id = p.receipt_id)""",
    "people without their key": """
        SELECT count(*) FROM people p WHERE NOT EXISTS (SELECT 1 FROM order_keys k
            WHERE k.client_id = p.client_id AND k.order_id = p.order_id)""",
    "keys without people": """
        SELECT count(*) FROM order_keys k WHERE NOT EXISTS (SELECT 1 FROM people p
            WHERE p.client_id = k.client_id AND p.order_id = k.order_id)""",
    "idempotency keys without an answer": "SELECT count(*) FROM idempotency WHERE status = 0",
}


def find_orphans(connection: Connection) -> dict[str, int]:
    """How many rows of each kind have lost what belongs to them; empty when all is well."""
    found = {what: connection.execute(sa.text(query)).scalar_one() for what, query in QUERIES.items()}
    found["orders whose lines are not those of their content"] = _differing(connection)
    return {what: count for what, count in found.items() if count}


def _differing(connection: Connection) -> int:
    rows: dict[tuple[int, int], list[tuple[str, str, int]]] = defaultdict(list)
    for row in connection.execute(
        sa.text(
            "SELECT l.client_id, l.order_id, l.recipe_set_id, s.sku, s.quantity FROM lines l JOIN line_skus s"
            " ON s.client_id = l.client_id AND s.order_id = l.order_id AND s.position = l.position"
            " ORDER BY l.client_id, l.order_id, l.position, s.place"
        )
    ):
        rows[row.client_id, row.order_id].append((row.recipe_set_id, row.sku, row.quantity))
    differing = 0
    for row in connection.execute(sa.text("SELECT client_id, id, content FROM orders")):
        agreed = [
            (line["recipeSetId"], pair["sku"], pair["quantity"])
            for line in json.loads(row.content)["lineItems"]
            for pair in line["skuQuantities"]
        ]
        differing += agreed != rows[row.client_id, row.id]
    return differing
