"""What only the recipe tells: texts and codes that are cut off, and letters of other fonts than asked for.

A finished file of a stranger has no layers, so none of this can be said of one.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from spectrum_orders.artwork import legibility, outlines
from spectrum_orders.artwork.extents import TOLERANCE, Extent, corners, ends, on_area
from spectrum_orders.artwork.preflight.report import Remark
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.artwork.scene import Rects, Scene, Words
from spectrum_orders.artwork.sheet.letters import code_point
from spectrum_orders.domain.catalogue.product import Area

_MOST_NAMED = 8
"""Characters that a remark names: alone none is a text, and without them nobody could find the place."""

_OVERHANG = 0.5
"""How far letters of the fonts that come along reach out of their lines, in sizes of the font, at most: an
italic f does so by a quarter. An uploaded font may do anything, and so do marks that are stacked."""

_WORST = -math.inf
"""The rank of what is cut off by more than can be measured: nothing of its kind is worse."""


def of(scene: Scene, area: Area, profile: Profile) -> tuple[Remark, ...]:
    """Everything that is to be said of a scene."""
    words = [element for element in scene.elements if isinstance(element, Words)]
    fonts = (remark for one in words for remark in _fonts(one))
    return (*_missing(words), *fonts, *_placed(scene, area), *legibility.of(scene, area, profile))


def _missing(words: list[Words]) -> Iterator[Remark]:
    missing = {character for one in words for character in one.lettering.missing(one.page)}
    if missing:
        yield Remark("glyph-missing", f"no font for {_named(missing)}", "a font for every character")


def _fonts(words: Words) -> Iterator[Remark]:
    lettering, page = words.lettering, words.page
    name = f"the text {words.pointer}"
    others = lettering.substituted(page)
    if others:
        family = lettering.family(page)
        # An uploaded font may be called what one is that comes along.
        own_face = (family, lettering.uploaded)
        used = " and ".join(
            dict.fromkeys(
                one.family for one in lettering.fonts(page) if (one.family, one.uploaded) != own_face
            )
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


def _named(characters: Collection[str]) -> str:
    shown = ", ".join(code_point(one) for one in sorted(characters)[:_MOST_NAMED])
    return shown + (" and others" if len(characters) > _MOST_NAMED else "")


def _placed(scene: Scene, area: Area) -> Iterator[Remark]:
    for element in scene.elements:
        if isinstance(element, Words):
            yield from _text(element, area)
        elif isinstance(element, Rects) and element.code is not None:
            extent = Extent.of(on_area(corners(*ends(element.code.modules)), element.frame))
            yield from _edges(extent, area, "code-cut", f"the code {element.code.pointer}")


def _text(words: Words, area: Area) -> Iterator[Remark]:
    if _surely_inside(words, area):
        return
    points = outlines.points_of(words)
    if not len(points):
        return
    name = f"the text {words.pointer}"
    own = Extent.of(points)
    frame, box = words.frame, words.box
    if area.output.dotted and own.room(frame.width, frame.height) < -TOLERANCE:
        # A word that cannot be broken leaves the page on which it was laid out, and pixels end with it.
        yield Remark(
            "text-cut", f"{name} has a word that is wider than its box", "words that fit the box", _WORST
        )
    else:
        yield from _edges(Extent.of(on_area(points, frame)), area, "text-cut", name)
    if words.wraps:
        width, height = own.right - own.left, own.bottom - own.top
        over = max(width - box.width, height - box.height)
        if over > TOLERANCE:
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
    lines = corners(margin, margin, words.frame.width - margin, words.frame.height - margin)
    return Extent.of(on_area(lines, words.frame)).room(area.width, area.height) >= area.safe


def _edges(extent: Extent, area: Area, cut: str, name: str) -> Iterator[Remark]:
    room = extent.room(area.width, area.height)
    if extent.beside(area.width, area.height):
        yield Remark(
            cut, f"{name} stands beside the area: nothing of it is there", "all of it inside the trim", _WORST
        )
    elif room < -TOLERANCE:
        yield Remark(cut, f"{name} reaches {-room:.1f} mm beyond the trim", "all of it inside the trim", room)
    elif room < area.safe - TOLERANCE:
        found = f"{name} stands {max(room, 0.0):.1f} mm from the trim"
        yield Remark("outside-safe", found, f"at least {area.safe:g} mm", room)
