"""A recipe set: what one customer designed, as layers on the print areas of products.

Lengths are millimetres from the top left corner of an area's finished size (the trim), x to the
right and y downwards, so that the bleed has negative coordinates. Layers are painted in order.
"""

from __future__ import annotations

import enum

import msgspec

from spectrum_orders.domain.catalogue.colour import Cmyk, Colour

BLACK = Cmyk(0.0, 0.0, 0.0, 1.0)


class Fit(enum.Enum):
    """How an image meets its box: all of the box, all of the image, or the box's shape."""

    COVER = "cover"
    CONTAIN = "contain"
    STRETCH = "stretch"


class TextFit(enum.Enum):
    """What happens to a text that is wider than its box."""

    NONE = "none"
    WRAP = "wrap"
    SHRINK = "shrink"


class Across(enum.Enum):
    """Where a text stands in its box; start and end follow the direction of the script."""

    START = "start"
    CENTRE = "centre"
    END = "end"


class Down(enum.Enum):
    """Where a text stands in the height of its box."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


class Symbology(enum.Enum):
    """The kinds of code that can be printed."""

    QR = "qr"
    MICRO_QR = "micro-qr"
    CODE128 = "code128"
    EAN13 = "ean13"


class Box(msgspec.Struct, frozen=True):
    """A rectangle in millimetres. ``rotation`` is clockwise, in degrees, about its centre."""

    x: float
    y: float
    width: float
    height: float
    rotation: float = 0.0


class Image(msgspec.Struct, frozen=True, tag="image", tag_field="type", rename="camel"):
    """An uploaded picture by the SHA-256 (hex) of its bytes. With ``spot`` its darkness becomes that plate.

    Without a ``box`` it fills the area and its bleed.
    """

    asset: str
    box: Box | None = None
    fit: Fit = Fit.COVER
    spot: str | None = None


FAMILIES = ("Libertinus Serif", "DejaVu Sans Mono", "New Computer Modern", "New Computer Modern Math")
"""The families that the renderer has without any upload: those that Typst brings along."""


class Text(msgspec.Struct, frozen=True, tag="text", tag_field="type", rename="camel"):
    """A text in any script. ``font`` is a family that the renderer has, or an uploaded font's SHA-256.

    ``size`` is in points. Line ends are kept. A character that no font has is a preflight finding.
    """

    text: str
    box: Box
    font: str = "Libertinus Serif"
    size: float = 12.0
    bold: bool = False
    italic: bool = False
    colour: Colour = BLACK
    across: Across = Across.CENTRE
    down: Down = Down.MIDDLE
    fit: TextFit = TextFit.SHRINK


class Fill(msgspec.Struct, frozen=True, tag="fill", tag_field="type", rename="camel"):
    """A rectangle of one colour; without a ``box`` the area and its bleed."""

    colour: Colour
    box: Box | None = None


class Outline(msgspec.Struct, frozen=True, tag="outline", tag_field="type", rename="camel"):
    """A closed line around a box, for plates such as CutContour. ``width`` in points, ``radius`` in mm."""

    colour: Colour
    box: Box | None = None
    width: float = 0.25
    radius: float = 0.0


class Code(msgspec.Struct, frozen=True, tag="code", tag_field="type", rename="camel"):
    """A QR code or a barcode, as large as fits the box with its quiet zone."""

    value: str
    box: Box
    symbology: Symbology = Symbology.QR
    colour: Colour = BLACK


Layer = Image | Text | Fill | Outline | Code


class Filling(msgspec.Struct, frozen=True, rename="camel"):
    """What stands on one area: ``layers``, or ``file``, the SHA-256 of a finished print file."""

    area: str
    layers: tuple[Layer, ...] = ()
    file: str | None = None


class Recipe(msgspec.Struct, frozen=True, rename="camel"):
    """One product with its areas filled."""

    product: str
    fillings: tuple[Filling, ...]


class RecipeSet(msgspec.Struct, frozen=True, rename="camel"):
    """What a line of an order names by ``recipeSetId``. Ids are compared without regard to case."""

    readable_id: str
    recipes: tuple[Recipe, ...]

    def __repr__(self) -> str:
        # Texts and pictures are a person's.
        return f"RecipeSet({self.readable_id!r}, recipes={len(self.recipes)})"
