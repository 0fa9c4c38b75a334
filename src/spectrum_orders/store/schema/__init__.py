"""Every table, once, for both databases.

Keys start with the client and ids are made by us, so that clients can one day live on
different machines. There are no foreign keys between the tables of an order: a child is
only ever written by the transaction that wrote its parent, and PostgreSQL would run one
trigger per row on the one path whose speed matters. A test counts orphans instead.

Instants are microseconds since the Unix epoch, UTC.
"""

from __future__ import annotations

from spectrum_orders.store.schema.columns import metadata
from spectrum_orders.store.schema.fulfilment import (
    artworks,
    assets,
    deliveries,
    destinations,
    line_routes,
    packages,
    partners,
    print_files,
    products,
    recipe_sets,
    routes,
    waiting,
)
from spectrum_orders.store.schema.lifecycle import (
    endpoints,
    erasures,
    events,
    feed,
    line_moves,
    partner_tokens,
    shipments,
    webhook_attempts,
    webhooks,
)
from spectrum_orders.store.schema.orders import (
    chains,
    clients,
    counters,
    idempotency,
    journal,
    line_skus,
    lines,
    meta,
    order_keys,
    orders,
    outbox,
    people,
    person_index,
    receipts,
    tokens,
)

__all__ = [
    "artworks",
    "assets",
    "chains",
    "clients",
    "counters",
    "deliveries",
    "destinations",
    "endpoints",
    "erasures",
    "events",
    "feed",
    "idempotency",
    "journal",
    "line_moves",
    "line_routes",
    "line_skus",
    "lines",
    "meta",
    "metadata",
    "order_keys",
    "orders",
    "outbox",
    "packages",
    "partner_tokens",
    "partners",
    "people",
    "person_index",
    "print_files",
    "products",
    "receipts",
    "recipe_sets",
    "routes",
    "shipments",
    "tokens",
    "waiting",
    "webhook_attempts",
    "webhooks",
]
