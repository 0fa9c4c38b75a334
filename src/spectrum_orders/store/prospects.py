"""What orders that are not stored would meet: their client's rules, and artwork for their recipe sets."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from spectrum_orders.domain.catalogue.product import Product
from spectrum_orders.domain.routing import Rule
from spectrum_orders.store import partners, recipes, routing
from spectrum_orders.store.recipes import Artwork
from spectrum_orders.store.schema import lines, recipe_sets
from spectrum_orders.store.schema import products as product_table

AT_ONCE = 500
"""Values in one IN: SQLite and PostgreSQL take many more, and plan each number of them anew."""

_product = msgspec.json.Decoder(Product).decode
_bindings = msgspec.json.Decoder(dict[str, int]).decode


class Prospect(msgspec.Struct, frozen=True):
    """A version of a recipe set: what it fills, and what became of it (``None``: not made yet)."""

    version: int
    products: tuple[Product, ...]
    artwork: Artwork | None


def rules_of(connection: Connection, client_id: int) -> tuple[Rule, ...]:
    """The client's rules as they stand, in the order in which they are tried."""
    handles = {one.id: one.handle for one in partners.everybody(connection)}
    return tuple(
        Rule(id=row.id, rank=row.rank, sku=row.sku, country=row.country, partner=handles[row.partner_id])
        for row in routing.list_all(connection, client_id)
    )


def known_ids(connection: Connection, client_id: int, readable_ids: Collection[str]) -> dict[str, int]:
    """The current version of each of these recipe sets that this client has."""
    found = recipes.current_versions(connection, [(client_id, one) for one in set(readable_ids)])
    return {readable: version for (_, readable), version in found.items()}


def pinned(connection: Connection, client_id: int, order_id: int) -> dict[int, int]:
    """By position, the versions that a stored order's lines are bound to."""
    query = sa.select(lines.c.position, lines.c.recipe_version).where(
        lines.c.client_id == client_id, lines.c.order_id == order_id, lines.c.recipe_version.is_not(None)
    )
    return {row.position: row.recipe_version for row in connection.execute(query)}


def of_versions(connection: Connection, client_id: int, versions: Collection[int]) -> dict[int, Prospect]:
    """What these versions fill, without opening them: what they say is a person's."""
    bound: dict[int, dict[str, int]] = {}
    for some in _parts(versions):
        query = sa.select(recipe_sets.c.id, recipe_sets.c.products).where(
            recipe_sets.c.client_id == client_id, recipe_sets.c.id.in_(some)
        )
        bound.update({row.id: _bindings(row.products) for row in connection.execute(query)})
    known: dict[int, Product] = {}
    for some in _parts({number for binding in bound.values() for number in binding.values()}):
        query = sa.select(product_table.c.id, product_table.c.document).where(
            product_table.c.client_id == client_id, product_table.c.id.in_(some)
        )
        known.update({row.id: _product(row.document) for row in connection.execute(query)})
    return {
        version: Prospect(
            version,
            tuple(known[number] for _, number in sorted(binding.items()) if number in known),
            recipes.find_artwork(connection, client_id, version),
        )
        for version, binding in bound.items()
    }


def _parts(values: Collection[int]) -> list[list[int]]:
    ordered = sorted(values)
    return [ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE)]
