"""Documents of a catalogue: products and recipe sets, and finished files in place of layers."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable

import msgspec
from sqlalchemy.engine import Connection

from spectrum_orders.artwork import tasks
from spectrum_orders.cataloguing import parts
from spectrum_orders.cataloguing.changing import change
from spectrum_orders.cataloguing.uploads import Judge, store_asset
from spectrum_orders.domain.catalogue import reading
from spectrum_orders.domain.catalogue.recipe import Filling, Recipe, RecipeSet
from spectrum_orders.errors import Conflict, Invalid, NotFound, Problem
from spectrum_orders.runtime import Runtime
from spectrum_orders.store import packages, pins, products, queue, recipes
from spectrum_orders.store.parties import Client
from spectrum_orders.store.pins import Behind
from spectrum_orders.store.transaction import Transaction


class Put(msgspec.Struct, frozen=True):
    """What became of a document. ``name`` is the product's handle or the recipe set's readable id.

    ``version`` is the id of the stored version: of the one that was there before when the document
    is not ``new``, and ``None`` of a dry run. ``woken`` is how many packages had waited for it,
    ``behind`` which lines stay on an earlier version of a recipe set.
    """

    name: str
    version: int | None
    new: bool
    warnings: tuple[Problem, ...] = ()
    woken: int = 0
    behind: Behind | None = None


def put_product(
    runtime: Runtime, client: Client, handle: str | None, body: bytes, actor: str, dry_run: bool = False
) -> Put:
    """Store a product; the same again changes nothing. Recipe sets keep the version they were put with.

    ``handle`` is what the caller named it; ``None`` leaves that to the document. Raises NotJson, or
    Invalid with every problem.
    """
    try:
        product, warnings = reading.read_product(body, handle or _named(body).handle)
    except Invalid as error:
        # Its profiles are looked for all the same: nobody is to send it a third time for that.
        with runtime.database.read() as connection:
            missing = parts.missing_profiles(connection, client, reading.names_in_product(body))
        error.problems = reading.merged(error.problems, missing)
        raise
    document = reading.product_json(product)
    digest = hashlib.sha256(document).digest()
    if dry_run:
        with runtime.database.read() as connection:
            parts.check_profiles(connection, client, product)
            there = products.find_current(connection, client.id, product.handle)
        return Put(product.handle, None, there is None or there.digest != digest, warnings)

    def job(tx: Transaction) -> tuple[int, bool]:
        parts.check_profiles(tx.connection, client, product)
        return products.put(tx, client.id, product.handle, document, digest, actor=actor)

    number, new = change(runtime, client, job)
    return Put(product.handle, number, new, warnings)


def put_recipe_set(
    runtime: Runtime, client: Client, readable_id: str | None, body: bytes, actor: str, dry_run: bool = False
) -> Put:
    """Store a recipe set and wake what waits for it; the same again changes nothing.

    It is bound to the products as they stand now. ``readable_id`` is what the caller named it;
    ``None`` leaves that to the document. Raises NotJson, or Invalid with every problem.
    """
    try:
        recipe_set, warnings = reading.read_recipe_set(body, readable_id or _named(body).readable_id)
    except Invalid as error:
        # As of a product.
        with runtime.database.read() as connection:
            missing = parts.missing(connection, client, reading.names_in(body))
        error.problems = reading.merged(error.problems, missing)
        raise
    if dry_run:
        with runtime.database.read() as connection:
            bound = parts.check_parts(connection, client, recipe_set)
            there = recipes.find_current(connection, runtime.keys, client.id, recipe_set.readable_id)
            same = (
                there is not None
                and there.document == reading.recipe_set_json(recipe_set)
                and there.products == bound.products
            )
            left = pins.behind(
                connection, client.id, recipe_set.readable_id, there.id if same and there else None
            )
        return Put(recipe_set.readable_id, None, not same, warnings, behind=left)
    put = change(runtime, client, lambda tx: _write(tx, runtime, client, recipe_set, warnings, actor))
    return _with_behind(runtime, client, put)


def put_file(
    runtime: Runtime,
    client: Client,
    readable_id: str,
    area: str,
    chunks: Iterable[bytes],
    actor: str,
    product: str | None = None,
    judge: Judge = tasks.judge,
) -> Put:
    """Let an area of a recipe set be a finished print file, in place of its layers.

    ``product`` is needed only where several recipes of the set have an area of this name. Raises
    NotFound without such a recipe set or area, Conflict when it is ambiguous, and what
    ``store_asset`` and ``put_recipe_set`` raise.
    """
    with runtime.database.read() as connection:
        # Before the bytes are read, which may be many.
        _filled(connection, runtime, client, readable_id, area, product, "")
    asset = store_asset(runtime, client, chunks, actor, judge)
    digest = asset.digest.hex()

    def job(tx: Transaction) -> Put:
        filled = _filled(tx.connection, runtime, client, readable_id, area, product, digest)
        return _write(tx, runtime, client, filled, (), actor)

    return _with_behind(runtime, client, change(runtime, client, job))


class _Named(msgspec.Struct, rename="camel"):
    handle: str = ""
    readable_id: str = ""


def _named(body: bytes) -> _Named:
    """How a document names itself; what is wrong with it is told when it is read."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"), type=_Named)
    return _Named()


def _write(
    tx: Transaction,
    runtime: Runtime,
    client: Client,
    recipe_set: RecipeSet,
    warnings: tuple[Problem, ...],
    actor: str,
) -> Put:
    bound = parts.check_parts(tx.connection, client, recipe_set)
    document = reading.recipe_set_json(recipe_set)
    number, new = recipes.put(
        tx,
        runtime.keys,
        client.id,
        recipe_set.readable_id,
        document,
        hashlib.sha256(document).digest(),
        products=bound.products,
        assets=bound.assets,
        actor=actor,
    )
    if not new:
        # Whoever puts the same again after its making failed wants it tried again.
        recipes.forget_failed(tx, client.id, [number])
    if _has_file(recipe_set) and recipes.find_artwork(tx.connection, client.id, number) is None:
        # A finished file is judged before anybody pays for it. What we make ourselves of layers is made when
        # somebody orders it or asks for it: of most designs that a customizer puts nobody ever does.
        pins.want(tx, client.id, number, queue.LAST)
    woken = packages.wake(tx, client.id, recipe_set.readable_id)
    return Put(recipe_set.readable_id, number, new, warnings, woken)


def _with_behind(runtime: Runtime, client: Client, put: Put) -> Put:
    """After the transaction, in which everybody who captures an order would wait for it."""
    with runtime.database.read() as connection:
        left = pins.behind(connection, client.id, put.name, put.version)
    return msgspec.structs.replace(put, behind=left)


def _has_file(recipe_set: RecipeSet) -> bool:
    return any(filling.file is not None for recipe in recipe_set.recipes for filling in recipe.fillings)


def _filled(
    connection: Connection,
    runtime: Runtime,
    client: Client,
    readable_id: str,
    area: str,
    product: str | None,
    digest: str,
) -> RecipeSet:
    """The recipe set as it stands, with the file in place of what fills the area now."""
    there = recipes.find_current(connection, runtime.keys, client.id, readable_id)
    if there is None:
        raise NotFound("There is no such recipe set. Put the recipe set first, then its files.")
    recipe_set = msgspec.json.decode(there.document, type=RecipeSet)
    meant = [
        recipe.product
        for recipe in recipe_set.recipes
        if product in (None, recipe.product) and any(one.area == area for one in recipe.fillings)
    ]
    if not meant:
        raise NotFound("The recipe set fills no such area.")
    if len(meant) > 1:
        raise Conflict(
            f"Several products of this recipe set have this area: {', '.join(meant)}. Say which is meant."
        )
    return msgspec.structs.replace(
        recipe_set,
        recipes=tuple(
            _with_file(recipe, area, digest) if recipe.product == meant[0] else recipe
            for recipe in recipe_set.recipes
        ),
    )


def _with_file(recipe: Recipe, area: str, digest: str) -> Recipe:
    fillings = tuple(Filling(area, (), digest) if one.area == area else one for one in recipe.fillings)
    return msgspec.structs.replace(recipe, fillings=fillings)
