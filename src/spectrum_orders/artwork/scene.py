"""What is painted on an area, after every decision and before any file format.

Millimetres from the trim's top left corner, y downwards. Elements are painted in order.
"""

from __future__ import annotations

import math

import msgspec
from PIL import Image

from spectrum_orders.artwork.inks import Ink
from spectrum_orders.artwork.lettering import Lettering
from spectrum_orders.domain.catalogue.recipe import Box, Symbology

Point = tuple[float, float]
Rect = tuple[float, float, float, float]


class Frame(msgspec.Struct, frozen=True):
    """A rectangle, turned clockwise by ``rotation`` degrees about (``cx``, ``cy``)."""

    x: float
    y: float
    width: float
    height: float
    rotation: float
    cx: float
    cy: float

    def place(self, point: Point) -> Point:
        """Where a point of this frame (from its own top left corner) lies on the area."""
        a, b, c, d, e, f = self.matrix()
        return a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f

    def matrix(self) -> tuple[float, float, float, float, float, float]:
        """The same as a PDF matrix."""
        cos, sin = _turn(self.rotation)
        dx, dy = self.x - self.cx, self.y - self.cy
        return cos, sin, -sin, cos, self.cx + cos * dx - sin * dy, self.cy + sin * dx + cos * dy


_QUARTERS: dict[float, Point] = {0: (1.0, 0.0), 90: (0.0, 1.0), 180: (-1.0, 0.0), 270: (0.0, -1.0)}


def _turn(degrees: float) -> tuple[float, float]:
    # Quarter turns are exact, so that an upright rectangle stays one.
    quarter = _QUARTERS.get(degrees % 360)
    return quarter or (math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))


class Symbol(msgspec.Struct, frozen=True):
    """A QR code or barcode as its layer (a JSON Pointer) asks for it, in mm in its frame: the width of a
    module, the rectangle of all of them, and the same with its quiet zone."""

    pointer: str
    symbology: Symbology
    module: float
    modules: Rect
    zone: Rect


class Rects(msgspec.Struct, frozen=True):
    """Rectangles of one ink, from the frame's corner: a fill, or the dark modules of a ``code``."""

    frame: Frame
    ink: Ink
    rects: tuple[Rect, ...]
    code: Symbol | None = None


class Line(msgspec.Struct, frozen=True):
    """A closed line along the frame, ``width`` mm thick, with corners of ``radius`` mm."""

    frame: Frame
    ink: Ink
    width: float
    radius: float


class Words(msgspec.Struct, frozen=True):
    """One page of laid out text; the frame is that page, which stands in the layer's ``box``.

    ``pointer`` is the layer's JSON Pointer. ``wraps``: its lines are broken to stay in the box.
    """

    frame: Frame
    ink: Ink
    lettering: Lettering
    page: int
    pointer: str
    box: Box
    wraps: bool


class Picture(msgspec.Struct, frozen=True):
    """A picture in the area's own colours (or grey), filling its frame.

    With ``ink`` it is grey and its darkness is that plate. ``photo`` may be stored with loss.
    """

    frame: Frame
    image: Image.Image
    alpha: Image.Image | None
    photo: bool
    ink: Ink | None = None


Element = Rects | Line | Words | Picture


class Scene(msgspec.Struct, frozen=True):
    """An area's elements."""

    elements: tuple[Element, ...]


def rounded(frame: Frame, radius: float) -> tuple[Point, ...]:
    """The outline of a frame as points on the area; corners in steps of 7.5 degrees."""
    radius = min(radius, frame.width / 2, frame.height / 2)
    if radius <= 0:
        corners: list[Point] = [
            (0, 0), (frame.width, 0), (frame.width, frame.height), (0, frame.height),
        ]  # fmt: skip
        return tuple(frame.place(corner) for corner in corners)
    centres = (
        (frame.width - radius, radius, -90),
        (frame.width - radius, frame.height - radius, 0),
        (radius, frame.height - radius, 90),
        (radius, radius, 180),
    )
    points = []
    for cx, cy, start in centres:
        for step in range(13):
            angle = math.radians(start + 7.5 * step)
            points.append(frame.place((cx + radius * math.cos(angle), cy + radius * math.sin(angle))))
    return tuple(points)
