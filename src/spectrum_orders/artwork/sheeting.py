"""From what was made to the sheet that tells a person about it; runs in the renderer's process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from spectrum_orders.artwork.sheet.base import make_sheet
from spectrum_orders.artwork.sheet.spec import SheetArea, SheetRecipe, SheetSpec
from spectrum_orders.domain.catalogue.product import Area, Space
from spectrum_orders.domain.catalogue.recipe import Code, Text
from spectrum_orders.domain.catalogue.work import MadeArea


def base(client_handle: str, recipe_set_id: str, pictures: Sequence[MadeArea]) -> bytes:
    """The sheet of a recipe set version, with an empty strip for an order's facts."""
    recipes: list[SheetRecipe] = []
    for picture in pictures:
        area = _area(picture)
        product = picture.product
        last = recipes[-1] if recipes else None
        # Two recipes may be of one product: an area that comes again begins the next.
        if last is None or last.product != product.handle or _has(last, area):
            recipes.append(SheetRecipe(product.handle, product.name, (area,)))
        else:
            recipes[-1] = SheetRecipe(product.handle, product.name, (*last.areas, area))
    return make_sheet(SheetSpec(client_handle, recipe_set_id, tuple(recipes)))


def _has(recipe: SheetRecipe, area: SheetArea) -> bool:
    return any(one.area.handle == area.area.handle for one in recipe.areas)


def _area(picture: MadeArea) -> SheetArea:
    layers = picture.filling.layers
    used = picture.file.fonts
    return SheetArea(
        area=picture.area,
        preview=picture.file.preview,
        profile=_profile(picture.area),
        passes=picture.file.passes,
        texts=tuple(layer for layer in layers if isinstance(layer, Text)),
        fonts=tuple(
            used.get(f"/layers/{number}", ())
            for number, layer in enumerate(layers)
            if isinstance(layer, Text)
        ),
        codes=tuple(layer for layer in layers if isinstance(layer, Code)),
        findings=picture.file.findings,
        sha256=hashlib.sha256(picture.file.data).hexdigest(),
        size=len(picture.file.data),
    )


def _profile(area: Area) -> str:
    if area.output.outlined:
        return ""
    if area.profile is not None:
        return f"uploaded, {area.profile[:12]}…"
    return "libvips CMYK" if area.space is Space.CMYK else "sRGB"
