"""What can be read of a document that cannot be taken, so that every problem of it is told at once.

A value that is wrong hides no name that is wrong beside it. What cannot be read is left empty, at its place,
so that pointers stay right.
"""

from __future__ import annotations

from typing import Any, cast
from zoneinfo import ZoneInfo

from spectrum_orders.domain.catalogue.product import Area, Product
from spectrum_orders.domain.catalogue.reading import limits
from spectrum_orders.domain.catalogue.reading.checks import HANDLE, SHA256, FontName
from spectrum_orders.domain.catalogue.reading.tables import COLOUR, LAYER
from spectrum_orders.domain.catalogue.recipe import (
    BLACK,
    Box,
    Fill,
    Filling,
    Image,
    Layer,
    Recipe,
    RecipeSet,
    Text,
)
from spectrum_orders.domain.checks import Check
from spectrum_orders.domain.checks import Text as Words
from spectrum_orders.domain.codes import ProblemCode
from spectrum_orders.domain.reading import Reading
from spectrum_orders.errors import Problem

_QUIET = ZoneInfo("UTC")
_NOWHERE = Box(0, 0, 1, 1)
_FONT = FontName(Words(limits.LONGEST_FONT, trims=True))
_PLATE = Words(limits.LONGEST_SPOT, trims=True)


def merged(first: tuple[Problem, ...], second: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Both lists as one, no longer than one may be."""
    both = Reading(_QUIET)
    for one in (*first, *second):
        both.problem(one.pointer, cast(ProblemCode, one.code), one.message)
    return both.problems


def salvaged(value: object) -> RecipeSet:
    """The names that a recipe set's JSON holds, each at its place; its texts and measures are not kept."""
    return RecipeSet("", tuple(_recipe(one) for one in _list(value, "recipes", limits.MOST_RECIPES)))


def salvaged_product(value: object) -> Product:
    """The same of a product: its areas' profiles."""
    areas = _list(value, "areas", limits.MOST_AREAS)
    return Product("", "", tuple(Area("", 1, 1, profile=_read(one, "profile", SHA256)) for one in areas))


def _recipe(value: object) -> Recipe:
    fillings = tuple(_filling(one) for one in _list(value, "fillings", limits.MOST_AREAS))
    # Without any that could be read it is not known that one is missing.
    return Recipe(_read(value, "product", HANDLE) or "", fillings or (Filling(""),))


def _filling(value: object) -> Filling:
    layers = tuple(_layer(one) for one in _list(value, "layers", limits.MOST_LAYERS))
    return Filling(_read(value, "area", HANDLE) or "", layers, _read(value, "file", SHA256))


def _layer(value: object) -> Layer:
    whole: Layer | None = LAYER.read(value, "", Reading(_QUIET))
    if whole is not None:
        return whole
    word = value.get("type") if isinstance(value, dict) else None
    if isinstance(word, str) and word.lower() == "image":
        return Image(_read(value, "asset", SHA256) or "", spot=_read(value, "spot", _PLATE))
    colour = _read(value, "colour", COLOUR) or BLACK
    if isinstance(word, str) and word.lower() == "text":
        font = _read(value, "font", _FONT)
        return Text("", _NOWHERE, colour=colour) if font is None else Text("", _NOWHERE, font, colour=colour)
    return Fill(colour)


def _list(value: object, name: str, most: int) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found[:most] if isinstance(found, list) else []


def _read(value: object, name: str, check: Check) -> Any:
    sent = value.get(name) if isinstance(value, dict) else None
    return None if sent is None or sent == "" else check.read(sent, "", Reading(_QUIET))
