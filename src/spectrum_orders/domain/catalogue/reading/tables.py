"""What products and recipe sets consist of: for each object its members and how they are read.

Reading and the JSON Schema are both made from these tables.
"""

from __future__ import annotations

from spectrum_orders.domain.catalogue import recipe as recipes
from spectrum_orders.domain.catalogue.colour import Cmyk, Rgb, Tint
from spectrum_orders.domain.catalogue.product import Area, Level, Output, Product, Space, Spot
from spectrum_orders.domain.catalogue.reading import limits, rules
from spectrum_orders.domain.catalogue.reading.checks import (
    FINDING,
    HANDLE,
    SHA256,
    Choice,
    Flag,
    FontName,
    Listing,
    Mapped,
    Number,
)
from spectrum_orders.domain.catalogue.reading.record import Record, tagged
from spectrum_orders.domain.checks import RecipeSetId, Text, Whole
from spectrum_orders.domain.package import naming

SHARE = Number(0, 1)
SIZE = Number(limits.LEAST_SIZE, limits.MOST_SIZE)
MARGIN = Number(0, limits.MOST_SIZE / 2)
PLACE = Number(-limits.FARTHEST, limits.FARTHEST)
NAME = Text(limits.LONGEST_NAME, trims=True)
PLATE = Text(limits.LONGEST_SPOT, trims=True)

CMYK = Record(Cmyk, dict.fromkeys("cmyk", SHARE))
RGB = Record(Rgb, dict.fromkeys("rgb", SHARE))
TINT = Record(Tint, {"name": PLATE, "tint": SHARE})
PROCESS = tagged(CMYK, RGB)
"""What shows a plate where there is no such ink, so not another plate."""
COLOUR = tagged(CMYK, RGB, TINT)

SPOT = Record(Spot, {"name": PLATE, "alternate": PROCESS, "overprint": Flag()}, (rules.spot,))

AREA = Record(
    Area,
    {
        "handle": HANDLE,
        "width": SIZE,
        "height": SIZE,
        "bleed": MARGIN,
        "safe": MARGIN,
        "output": Choice(Output),
        "dpi": Whole(limits.LEAST_DPI, limits.MOST_DPI),
        "space": Choice(Space),
        "profile": SHA256,
        "spots": Listing(SPOT, 0, limits.MOST_SPOTS, unique="name"),
        "minimumPpi": Whole(1, limits.MOST_PPI),
    },
    (rules.area,),
    guess=rules.space_of_output,
)

PRODUCT = Record(
    Product,
    {
        "handle": HANDLE,
        "name": NAME,
        "areas": Listing(AREA, 1, limits.MOST_AREAS, unique="handle"),
        "fileName": Text(naming.LONGEST_TEMPLATE, trims=True),
        "preflight": Mapped(FINDING, Choice(Level), limits.MOST_LEVELS),
    },
    (rules.product,),
)

BOX = Record(
    recipes.Box, {"x": PLACE, "y": PLACE, "width": SIZE, "height": SIZE, "rotation": Number(-360, 360)}
)

LAYER = tagged(
    Record(recipes.Image, {"asset": SHA256, "box": BOX, "fit": Choice(recipes.Fit), "spot": PLATE}),
    Record(
        recipes.Text,
        {
            "text": Text(limits.LONGEST_TEXT, lines=True),
            "box": BOX,
            "font": FontName(Text(limits.LONGEST_FONT, trims=True)),
            "size": Number(limits.LEAST_TYPE, limits.MOST_TYPE),
            "bold": Flag(),
            "italic": Flag(),
            "colour": COLOUR,
            "across": Choice(recipes.Across),
            "down": Choice(recipes.Down),
            "fit": Choice(recipes.TextFit),
        },
    ),
    Record(recipes.Fill, {"colour": COLOUR, "box": BOX}),
    Record(
        recipes.Outline,
        {
            "colour": COLOUR,
            "box": BOX,
            "width": Number(limits.LEAST_LINE, limits.MOST_LINE),
            "radius": Number(0, limits.MOST_SIZE / 2),
        },
    ),
    Record(
        recipes.Code,
        {
            "value": Text(limits.LONGEST_TEXT, lines=True),
            "box": BOX,
            "symbology": Choice(recipes.Symbology),
            "colour": COLOUR,
        },
        (rules.code,),
    ),
)

FILLING = Record(
    recipes.Filling,
    {"area": HANDLE, "layers": Listing(LAYER, 0, limits.MOST_LAYERS), "file": SHA256},
    (rules.filling,),
)

RECIPE = Record(
    recipes.Recipe,
    {"product": HANDLE, "fillings": Listing(FILLING, 1, limits.MOST_AREAS, unique="area")},
)

RECIPE_SET = Record(
    recipes.RecipeSet,
    {"readableId": RecipeSetId(), "recipes": Listing(RECIPE, 1, limits.MOST_RECIPES, unique="product")},
)
