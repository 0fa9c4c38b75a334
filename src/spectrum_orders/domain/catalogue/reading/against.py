"""Whether what a document names is there: products and their areas, plates, uploaded files."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from spectrum_orders.domain.catalogue.asset import FINISHED, IMAGES, AssetKind
from spectrum_orders.domain.catalogue.colour import Tint
from spectrum_orders.domain.catalogue.product import Area, Product
from spectrum_orders.domain.catalogue.reading.checks import SHA256
from spectrum_orders.domain.catalogue.recipe import (
    FAMILIES,
    Filling,
    Image,
    Layer,
    Recipe,
    RecipeSet,
    Text,
)
from spectrum_orders.domain.reading import Reading
from spectrum_orders.errors import Problem

_NO_DATES = ZoneInfo("UTC")
_FONT = frozenset((AssetKind.FONT,))
_PROFILE = frozenset((AssetKind.PROFILE,))
_NO_FONT = f"There is no such family; name an uploaded font by its SHA-256, or one of: {', '.join(FAMILIES)}."


def assets_of(document: Product | RecipeSet) -> frozenset[str]:
    """The SHA-256 (hex) of every asset that a product or a recipe set names, its products' not included."""
    if isinstance(document, Product):
        return frozenset(area.profile for area in document.areas if area.profile is not None)
    found = set()
    for recipe in document.recipes:
        for filling in recipe.fillings:
            found |= {filling.file} - {None}
            for layer in filling.layers:
                found |= {_asset(layer)} - {None}
    return frozenset(name for name in found if name is not None)


def products_of(recipe_set: RecipeSet) -> frozenset[str]:
    """The handles of the products that a recipe set fills."""
    return frozenset(recipe.product for recipe in recipe_set.recipes)


def check_product(product: Product, assets: Mapping[str, AssetKind]) -> tuple[Problem, ...]:
    """What a product names and is not there. ``assets``: its client's, by SHA-256 in hex."""
    reading = Reading(_NO_DATES)
    for index, area in enumerate(product.areas):
        if area.profile is not None:
            _uploaded(area.profile, _PROFILE, assets, f"/areas/{index}/profile", reading)
    return reading.problems


def check_against(
    recipe_set: RecipeSet, products: Mapping[str, Product], assets: Mapping[str, AssetKind]
) -> tuple[Problem, ...]:
    """What a recipe set names and is not there, and every area that it leaves unfilled.

    ``products`` by handle and ``assets`` by SHA-256 in hex are its client's. Of an area that is not
    known, the assets are looked up all the same. What ``salvaged`` left empty is not looked up.
    """
    reading = Reading(_NO_DATES)
    for index, recipe in enumerate(recipe_set.recipes):
        at = f"/recipes/{index}"
        product = products.get(recipe.product)
        if product is None and recipe.product:
            reading.problem(
                f"{at}/product", "unknown-product", "There is no product of this handle; register it first."
            )
        _check_recipe(recipe, product, assets, at, reading)
    return reading.problems


def _check_recipe(
    recipe: Recipe, product: Product | None, assets: Mapping[str, AssetKind], at: str, reading: Reading
) -> None:
    for index, filling in enumerate(recipe.fillings):
        below = f"{at}/fillings/{index}"
        area = None if product is None else product.area(filling.area)
        if product is not None and area is None and filling.area:
            known = ", ".join(one.handle for one in product.areas)
            reading.problem(
                f"{below}/area", "unknown-area", f"The product has no such area; its areas are {known}."
            )
        _check_filling(filling, area, assets, below, reading)
    if product is not None:
        filled = {filling.area for filling in recipe.fillings}
        for area in product.areas:
            if area.handle not in filled and "" not in filled:
                reading.problem(
                    f"{at}/fillings",
                    "unfilled-area",
                    f"The area {area.handle} of the product is not filled.",
                )


def _check_filling(
    filling: Filling, area: Area | None, assets: Mapping[str, AssetKind], at: str, reading: Reading
) -> None:
    if filling.file is not None:
        wanted = frozenset(FINISHED.values()) if area is None else frozenset((FINISHED[area.output],))
        _uploaded(filling.file, wanted, assets, f"{at}/file", reading)
    for index, layer in enumerate(filling.layers):
        below = f"{at}/layers/{index}"
        asset = _asset(layer)
        if asset is not None and isinstance(layer, Image):
            _uploaded(asset, IMAGES, assets, f"{below}/asset", reading)
        elif asset is not None:
            _uploaded(asset, _FONT, assets, f"{below}/font", reading)
        elif isinstance(layer, Text) and layer.font not in FAMILIES:
            reading.problem(f"{below}/font", "unknown-font", _NO_FONT)
        if area is not None:
            _check_plate(layer, area, below, reading)
            if isinstance(layer, Image) and area.output.outlined:
                word = area.output.value.upper()
                message = f"A {word} holds outlines only, and a picture has none; upload a finished file."
                reading.problem(f"{below}/asset", "contradiction", message)


def _check_plate(layer: Layer, area: Area, at: str, reading: Reading) -> None:
    if isinstance(layer, Image):
        name, where = layer.spot, f"{at}/spot"
    else:
        name, where = layer.colour.name if isinstance(layer.colour, Tint) else None, f"{at}/colour/name"
    plates = [spot.name for spot in area.spots]
    if name is None or name in plates:
        return
    known = f"its plates are {', '.join(plates)}" if plates else "it has none"
    near = " They differ in case only." if name.casefold() in map(str.casefold, plates) else ""
    reading.problem(where, "unknown-plate", f"The area has no spot plate of this name; {known}.{near}")


def _asset(layer: Layer) -> str | None:
    """The uploaded file that a layer names: a picture, or a font that is not a family's name."""
    if isinstance(layer, Image):
        return layer.asset or None
    if isinstance(layer, Text) and is_digest(layer.font):
        return layer.font
    return None


def is_digest(text: str) -> bool:
    """Whether a font is named by the SHA-256 of an upload, and not by its family."""
    return SHA256.read(text, "", Reading(_NO_DATES)) is not None


def _uploaded(
    digest: str, wanted: frozenset[AssetKind], assets: Mapping[str, AssetKind], at: str, reading: Reading
) -> None:
    kind = assets.get(digest)
    if kind is None:
        reading.problem(at, "unknown-asset", "Nothing of this SHA-256 was uploaded; upload it first.")
    elif kind not in wanted:
        kinds = ", ".join(sorted(one.value for one in wanted))
        reading.problem(
            at, "wrong-asset", f"One of {kinds} was wanted, the upload of this SHA-256 is {kind.value}."
        )
