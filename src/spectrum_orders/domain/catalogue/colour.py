"""A colour as a recipe names it: process ink, light, or a plate of its own."""

from __future__ import annotations

import msgspec


class Cmyk(msgspec.Struct, frozen=True, tag="cmyk", tag_field="type"):
    """Process ink: each from 0 (none) to 1 (solid). ``{"type": "cmyk", "c": 0, "m": 1, "y": 1, "k": 0}``"""

    c: float
    m: float
    y: float
    k: float


class Rgb(msgspec.Struct, frozen=True, tag="rgb", tag_field="type"):
    """sRGB, each from 0 to 1. ``{"type": "rgb", "r": 1, "g": 0, "b": 0}``"""

    r: float
    g: float
    b: float


class Tint(msgspec.Struct, frozen=True, tag="spot", tag_field="type"):
    """A spot plate of the area by its name, from 0 to 1. ``{"type": "spot", "name": "White", "tint": 1}``"""

    name: str
    tint: float = 1.0


Colour = Cmyk | Rgb | Tint
