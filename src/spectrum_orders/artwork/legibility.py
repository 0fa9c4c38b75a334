"""Whether a reader will read the codes of a scene: how fine and dark they are, and what is around them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image

from spectrum_orders.artwork.extents import TOLERANCE, Extent, corners, ends, on_area
from spectrum_orders.artwork.preflight.report import Remark
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.artwork.raster import Planes
from spectrum_orders.artwork.scene import Element, Line, Rect, Rects, Scene, Symbol, Words
from spectrum_orders.domain.catalogue.product import Area
from spectrum_orders.domain.catalogue.recipe import Symbology

LEAST_MODULE = {
    Symbology.QR: 0.33,
    Symbology.MICRO_QR: 0.33,
    Symbology.CODE128: 0.25,
    Symbology.EAN13: 0.264,
}
"""Millimetres: what a telephone reads from a hand's breadth; what hand scanners are sold for; 80 % of the
nominal size, which GS1 allows at least."""

_ROUNDED = 0.005
"""Millimetres, half of the last digit that is told: nobody reads that 0.33 mm are less than 0.33 mm."""

LEAST_CONTRAST = 0.4
"""Of the light that falls on them: grade C of ISO/IEC 15415 and 15416, below which readers begin to fail."""

_STRIPES = (Symbology.CODE128, Symbology.EAN13)
"""Read with red light, in which red bars are as bright as paper."""

_PIXELS = 64
"""Of a code's longer side: enough to see what lies around it."""

_WORST = 2
"""Per cent of the pixels that may be darker: a speck of a picture does not hide a code."""

Light = npt.NDArray[np.float64]


def of(scene: Scene, area: Area, profile: Profile) -> Iterator[Remark]:
    """Everything about codes; what is cut or sewn has no colours that could be judged."""
    if area.output.outlined:
        return
    for place, element in enumerate(scene.elements):
        if isinstance(element, Rects) and element.code is not None:
            yield from _code(scene.elements, place, element, element.code, area, profile)


def _code(
    elements: tuple[Element, ...], place: int, code: Rects, symbol: Symbol, area: Area, profile: Profile
) -> Iterator[Remark]:
    name = f"the code {symbol.pointer}"
    least = LEAST_MODULE[symbol.symbology]
    if symbol.module < least - _ROUNDED:
        found = f"{name} has modules of {symbol.module:.2f} mm"
        yield Remark("code-small", found, f"at least {least:g} mm", symbol.module)
    zone = Extent.of(on_area(corners(*ends(symbol.zone)), code.frame))
    if zone.beside(area.width, area.height):
        return
    contrast, around = _contrast(elements, place, code, symbol, zone, profile)
    wanted = f"{LEAST_CONTRAST:.0%} and dark on light"
    if contrast < LEAST_CONTRAST:
        found = f"{name} has a contrast of {contrast:.0%}"
        yield Remark("code-contrast", found, wanted, contrast)
    room = zone.room(area.width, area.height)
    if room < -TOLERANCE:
        found = f"the quiet zone of {name} reaches {-room:.1f} mm beyond the trim"
        yield Remark("code-quiet", found, "a quiet zone inside the trim", room)
    elif contrast >= LEAST_CONTRAST > around:
        found = f"something in the quiet zone of {name} leaves a contrast of {around:.0%}"
        yield Remark("code-quiet", found, wanted, around)


def _contrast(
    elements: tuple[Element, ...], place: int, code: Rects, symbol: Symbol, zone: Extent, profile: Profile
) -> tuple[float, float]:
    """How much brighter the ground of a code is than the code, at the worst place in it and around it."""
    scale = _PIXELS / max(zone.right - zone.left, zone.bottom - zone.top)
    size = (
        max(1, math.ceil((zone.right - zone.left) * scale)),
        max(1, math.ceil((zone.bottom - zone.top) * scale)),
    )
    near = [(number, one) for number, one in enumerate(elements) if number != place and _meets(one, zone)]
    below = [one for number, one in near if number < place]
    above = [one for number, one in near if number > place]

    def painted(*elements: Element) -> Light:
        planes = Planes(profile, zone.left, zone.top, size, scale)
        planes.paint(Scene(elements))
        return _reflected(planes.seen(), symbol.symbology)

    bright = painted(*below, *above)
    if above or code.ink.plate is not None:
        dark = painted(*below, msgspec.structs.replace(code, rects=(symbol.zone,), code=None), *above)
    else:
        # Process ink hides what is below, so it is the same everywhere.
        dark = _reflected(Image.new("RGB", (1, 1), code.ink.shown), symbol.symbology)
    difference = bright - dark
    x, y = _places(code, zone, size, scale)
    pixel = 1 / scale
    inside = _within(symbol.modules, x, y, pixel)
    outside = _within(symbol.zone, x, y, pixel) & ~_within(symbol.modules, x, y, -pixel)
    return _worst(difference[inside]), _worst(difference[outside])


def _within(rect: Rect, x: Light, y: Light, by: float) -> npt.NDArray[np.bool_]:
    """Which places are inside a rectangle, so far from its sides."""
    left, top, right, bottom = ends(rect)
    return (x > left + by) & (x < right - by) & (y > top + by) & (y < bottom - by)


def _meets(element: Element, zone: Extent) -> bool:
    if isinstance(element, Line) and element.frame.rotation % 360 == 0:
        frame, inset = element.frame, element.width / 2 + element.radius
        inner = (
            frame.x + inset,
            frame.y + inset,
            frame.x + frame.width - inset,
            frame.y + frame.height - inset,
        )
        if inner[0] < zone.left and inner[1] < zone.top and zone.right < inner[2] and zone.bottom < inner[3]:
            return False  # a contour for a knife goes around everything
    return Extent.of(on_area(corners(*_sides(element)), element.frame)).meets(zone)


def _sides(element: Element) -> tuple[float, float, float, float]:
    """What an element may cover in its frame; of a text its lines, without the margin of its page."""
    frame = element.frame
    if isinstance(element, Rects):
        sides = np.array([ends(rect) for rect in element.rects])
        (left, top), (right, bottom) = sides[:, :2].min(axis=0), sides[:, 2:].max(axis=0)
        return float(left), float(top), float(right), float(bottom)
    margin = element.lettering.margin(element.page) if isinstance(element, Words) else 0.0
    return margin, margin, frame.width - margin, frame.height - margin


def _places(code: Rects, zone: Extent, size: tuple[int, int], scale: float) -> tuple[Light, Light]:
    """Where in the code's frame the middle of each pixel lies."""
    a, b, c, d, e, f = code.frame.matrix()
    x, y = np.meshgrid(
        zone.left + (np.arange(size[0]) + 0.5) / scale - e, zone.top + (np.arange(size[1]) + 0.5) / scale - f
    )
    # The inverse of a rotation is its transpose.
    return x * a + y * b, x * c + y * d


def _reflected(picture: Image.Image, symbology: Symbology) -> Light:
    """The light that comes back to a reader, 0 to 1, of sRGB (IEC 61966-2-1)."""
    coded = np.asarray(picture, np.float64) / 255
    light = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    if symbology in _STRIPES:
        red: Light = light[..., 0]
        return red
    grey: Light = light @ np.array((0.2126, 0.7152, 0.0722))
    return grey


def _worst(differences: Light) -> float:
    return float(np.percentile(differences, _WORST)) if differences.size else 1.0
