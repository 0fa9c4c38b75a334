"""What only the recipe tells: texts and codes that are cut off, and letters of other fonts than asked for.

A finished file of a stranger has no layers, so none of this can be said of one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec
import numpy as np

from spectrum_orders.artwork import outlines
from spectrum_orders.artwork.outlines import Points
from spectrum_orders.artwork.preflight.report import Remark
from spectrum_orders.artwork.scene import Frame, Rects, Scene, Words
from spectrum_orders.domain.catalogue.product import Area, Output

_MOST_NAMED = 8
"""Characters that a remark names: alone none is a text, and without them nobody could find the place."""

_TOLERANCE = 0.1
"""Millimetres that a letter may reach over a line: less than any knife misses it, and more than the side
bearings by which a text that fills its box sticks out of it."""

_OVERHANG = 0.5
"""How far letters of the fonts that come along reach out of their lines, in sizes of the font, at most: an
italic f does so by a quarter. An uploaded font may do anything, and so do marks that are stacked."""

_DOTTED = (Output.TIFF, Output.PNG)


class _Extent(msgspec.Struct, frozen=True):
    """The extremes of something, in millimetres."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, points: Points) -> _Extent:
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return cls(float(left), float(top), float(right), float(bottom))

    def room(self, width: float, height: float) -> float:
        """The smallest distance to the edges of a rectangle of this size at 0, 0; negative beyond them."""
        return min(self.left, self.top, width - self.right, height - self.bottom)

    def beside(self, width: float, height: float) -> bool:
        """Whether nothing of it is on that rectangle."""
        return self.right <= 0 or self.bottom <= 0 or self.left >= width or self.top >= height


def of(scene: Scene, area: Area) -> tuple[Remark, ...]:
    """Everything that is to be said of a scene."""
    words = [element for element in scene.elements if isinstance(element, Words)]
    fonts = (remark for one in words for remark in _fonts(one))
    return (*_missing(words), *fonts, *_placed(scene, area))


def _missing(words: list[Words]) -> Iterator[Remark]:
    missing = {code for one in words for code in one.lettering.missing(one.page)}
    if missing:
        yield Remark("glyph-missing", f"no font for {_named(missing)}", "a font for every character")


def _fonts(words: Words) -> Iterator[Remark]:
    lettering, page = words.lettering, words.page
    name = f"the text {words.pointer}"
    others = lettering.substituted(page)
    if others:
        family = lettering.family(page)
        used = " and ".join(
            dict.fromkeys(one.family for one in lettering.fonts(page) if one.family != family)
        )
        # The name of an uploaded font is its owner's, and findings are shown in the clear.
        code, own = (
            ("font-substituted", "the uploaded font") if lettering.uploaded else ("font-fallback", family)
        )
        found = f"{own} has no {_named(others)}; in {name} they are printed in {used}"
        yield Remark(code, found, "one font for the whole text", -len(others))
    lacking = lettering.lacking(page)
    if lacking:
        asked = " and ".join(lacking)
        yield Remark(
            "font-style", f"{name} is to be {asked}, and its font has no such face", f"a face that is {asked}"
        )


def _named(codes: Collection[str]) -> str:
    ordered = sorted(codes, key=lambda code: int(code.removeprefix("U+"), 16))
    return ", ".join(ordered[:_MOST_NAMED]) + (" and others" if len(ordered) > _MOST_NAMED else "")


def _placed(scene: Scene, area: Area) -> Iterator[Remark]:
    for element in scene.elements:
        if isinstance(element, Words):
            yield from _text(element, area)
        elif isinstance(element, Rects) and element.code:
            extent = _Extent.of(_on_area(_corners(*_around(element)), element.frame))
            yield from _edges(extent, area, "code-cut", f"the code {element.code}")


def _around(code: Rects) -> tuple[float, float, float, float]:
    """The rectangle that a code's modules fill in its frame, by its sides."""
    sides = np.array(code.rects)
    (left, top), (right, bottom) = sides[:, :2].min(axis=0), (sides[:, :2] + sides[:, 2:]).max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _corners(left: float, top: float, right: float, bottom: float) -> Points:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _text(words: Words, area: Area) -> Iterator[Remark]:
    if _surely_inside(words, area):
        return
    points = outlines.points_of(words)
    if not len(points):
        return
    name = f"the text {words.pointer}"
    own = _Extent.of(points)
    frame, box = words.frame, words.box
    if area.output in _DOTTED and own.room(frame.width, frame.height) < -_TOLERANCE:
        # A word that cannot be broken leaves the page on which it was laid out, and pixels end with it.
        yield Remark(
            "text-cut", f"{name} has a word that is wider than its box", "words that fit the box", -1e9
        )
    else:
        yield from _edges(_Extent.of(_on_area(points, frame)), area, "text-cut", name)
    if words.wraps:
        width, height = own.right - own.left, own.bottom - own.top
        over = max(width - box.width, height - box.height)
        if over > _TOLERANCE:
            yield Remark(
                "text-over-box",
                f"{name} takes {width:.1f} × {height:.1f} mm",
                f"at most {box.width:g} × {box.height:g} mm",
                -over,
            )


def _surely_inside(words: Words, area: Area) -> bool:
    """Whether its lines are so far inside that no letter can be outside; drawing all of them takes as long as
    laying them out. A text that wraps may have a word that is wider than its lines."""
    if words.wraps or not words.lettering.usual(words.page):
        return False
    margin = words.lettering.margin(words.page) * (1 - _OVERHANG)
    corners = _corners(margin, margin, words.frame.width - margin, words.frame.height - margin)
    return _Extent.of(_on_area(corners, words.frame)).room(area.width, area.height) >= area.safe


def _on_area(points: Points, frame: Frame) -> Points:
    a, b, c, d, e, f = frame.matrix()
    placed: Points = points @ np.array(((a, b), (c, d))) + (e, f)
    return placed


def _edges(extent: _Extent, area: Area, cut: str, name: str) -> Iterator[Remark]:
    room = extent.room(area.width, area.height)
    if extent.beside(area.width, area.height):
        yield Remark(
            cut, f"{name} stands beside the area: nothing of it is there", "all of it inside the trim", -1e9
        )
    elif room < -_TOLERANCE:
        yield Remark(cut, f"{name} reaches {-room:.1f} mm beyond the trim", "all of it inside the trim", room)
    elif room < area.safe - _TOLERANCE:
        found = f"{name} stands {max(room, 0.0):.1f} mm from the trim"
        yield Remark("outside-safe", found, f"at least {area.safe:g} mm", room)
