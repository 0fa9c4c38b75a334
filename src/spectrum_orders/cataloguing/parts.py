"""What documents name that has to be there: products, and assets of the right kind."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.domain.catalogue import reading
from spectrum_orders.domain.catalogue.asset import AssetKind
from spectrum_orders.domain.catalogue.product import Product
from spectrum_orders.domain.catalogue.recipe import RecipeSet
from spectrum_orders.errors import Invalid, Problem
from spectrum_orders.store import assets, products
from spectrum_orders.store.parties import Client


class Bound(msgspec.Struct, frozen=True):
    """What a recipe set is bound to: product versions by handle, and every asset, in hex, that it needs."""

    products: dict[str, int]
    assets: frozenset[str]


def check_profiles(connection: Connection, client: Client, product: Product) -> None:
    """Raises Invalid when a profile that the product names is not there."""
    _refuse(missing_profiles(connection, client, product))


def missing_profiles(connection: Connection, client: Client, product: Product) -> tuple[Problem, ...]:
    """The profiles that a product names in vain."""
    return reading.check_product(product, _kinds(connection, client, reading.assets_of(product)))


def check_parts(connection: Connection, client: Client, recipe_set: RecipeSet) -> Bound:
    """What the set is bound to. Raises Invalid when something that it names is not there."""
    numbers, own = _products_of(connection, client, recipe_set)
    needed = reading.assets_of(recipe_set)
    _refuse(reading.check_against(recipe_set, own, _kinds(connection, client, needed)))
    profiles = (reading.assets_of(product) for product in own.values())
    return Bound(numbers, needed.union(*profiles))


def missing(connection: Connection, client: Client, recipe_set: RecipeSet) -> tuple[Problem, ...]:
    """What a recipe set names in vain."""
    _, own = _products_of(connection, client, recipe_set)
    return reading.check_against(recipe_set, own, _kinds(connection, client, reading.assets_of(recipe_set)))


def _products_of(
    connection: Connection, client: Client, recipe_set: RecipeSet
) -> tuple[dict[str, int], dict[str, Product]]:
    rows = {
        handle: row
        for handle in sorted(reading.products_of(recipe_set))
        if (row := products.find_current(connection, client.id, handle)) is not None
    }
    own = {handle: msgspec.json.decode(row.document, type=Product) for handle, row in rows.items()}
    return {handle: row.id for handle, row in rows.items()}, own


def _kinds(connection: Connection, client: Client, digests: Collection[str]) -> dict[str, AssetKind]:
    found = assets.find(connection, client.id, [bytes.fromhex(one) for one in digests])
    return {digest.hex(): AssetKind(asset.kind) for digest, asset in found.items()}


def _refuse(problems: tuple[Problem, ...]) -> None:
    if problems:
        raise Invalid(
            "It names what is not there; each entry of errors names one thing to correct.", problems=problems
        )
