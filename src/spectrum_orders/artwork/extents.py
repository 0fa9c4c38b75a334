"""How far things reach on an area, in millimetres."""

from __future__ import annotations

import msgspec
import numpy as np

from spectrum_orders.artwork.outlines import Points, placed
from spectrum_orders.artwork.scene import Frame, Rect

TOLERANCE = 0.1
"""Millimetres that something may reach over a line: less than any knife misses it, and more than the side
bearings by which a text that fills its box sticks out of it."""


class Extent(msgspec.Struct, frozen=True):
    """The extremes of something."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, points: Points) -> Extent:
        """Those of some points."""
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return cls(float(left), float(top), float(right), float(bottom))

    def room(self, width: float, height: float) -> float:
        """The smallest distance to the edges of a rectangle of this size at 0, 0; negative beyond them."""
        return min(self.left, self.top, width - self.right, height - self.bottom)

    def beside(self, width: float, height: float) -> bool:
        """Whether nothing of it is on that rectangle."""
        return self.right <= 0 or self.bottom <= 0 or self.left >= width or self.top >= height

    def meets(self, other: Extent) -> bool:
        """Whether the two have something in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def ends(rect: Rect) -> tuple[float, float, float, float]:
    """A rectangle's left, top, right and bottom."""
    left, top, width, height = rect
    return left, top, left + width, top + height


def corners(left: float, top: float, right: float, bottom: float) -> Points:
    """Those of a rectangle."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def on_area(points: Points, frame: Frame) -> Points:
    """Where points of a frame lie on the area."""
    return placed(points, frame.matrix())
