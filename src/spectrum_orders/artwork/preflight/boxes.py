"""The boxes of a PDF page against the area's sizes."""

from __future__ import annotations

import msgspec
import pikepdf

from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.artwork.preflight.space import MM, numbers
from spectrum_orders.domain.catalogue.product import Area

TOLERANCE = 0.3
"""Millimetres that a finished size may differ: guillotines are no better, and programs round to points."""
_TOUCHING = 0.02
"""Millimetres that boxes may differ and still be one in the other: applications round to a hundredth."""
_DEEPEST = 64
"""Nodes of the page tree above a page, from which it may inherit."""


class Box(msgspec.Struct, frozen=True):
    """A rectangle in millimetres."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom

    def margin(self, inner: Box) -> float:
        """The smallest distance of another box's sides from this one's; negative when it sticks out."""
        return min(
            inner.left - self.left,
            inner.bottom - self.bottom,
            self.right - inner.right,
            self.top - inner.top,
        )


def inherited(page: pikepdf.Object, name: str) -> pikepdf.Object | None:
    """An entry of the page or of what is above it in the page tree."""
    node: object = page
    for _ in range(_DEEPEST):
        if not isinstance(node, pikepdf.Dictionary):
            return None
        found = node.get(name)
        if found is not None:
            return found
        node = node.get("/Parent")
    return None


def unit(page: pikepdf.Object) -> float:
    """What a unit of the page's space measures in points."""
    given = numbers([page.get("/UserUnit", 1)], 1)
    return given[0] if given and 0 < given[0] <= 75_000 else 1.0


def check(page: pikepdf.Object, area: Area, report: Report) -> None:
    """Everything about sizes."""
    scale = unit(page) * MM
    media = _box(inherited(page, "/MediaBox"), scale)
    if media is None:
        report.add("damaged", "a page without a size (MediaBox)", "a whole file", page=1)
        return
    rotation = numbers([inherited(page, "/Rotate") or 0], 1)
    turn = int(rotation[0]) % 360 if rotation else 0
    if turn:
        report.add("page-rotated", f"Rotate {turn}", "Rotate 0", page=1)
    trim = _box(page.get("/TrimBox"), scale)
    bleed = _box(page.get("/BleedBox"), scale)
    if trim is None:
        report.add("trim-box-missing", "no TrimBox", f"a TrimBox of {size(area.width, area.height)}", page=1)
        trim = _inside(media, area.bleed if _bled(media, area, turn) else 0.0)
    if bleed is None and area.bleed > 0:
        report.add("bleed-box-missing", "no BleedBox", f"{area.bleed:g} mm of bleed around", page=1)
    around = bleed or media
    if min(media.margin(around), around.margin(trim)) < -_TOUCHING:
        report.add(
            "box-order",
            "boxes that stick out of each other",
            "TrimBox in BleedBox in MediaBox",
            page=1,
        )
    width, height = (trim.height, trim.width) if turn in (90, 270) else (trim.width, trim.height)
    if abs(width - area.width) > TOLERANCE or abs(height - area.height) > TOLERANCE:
        report.add("page-size", size(width, height), size(area.width, area.height), page=1)
    reach = around.margin(trim)
    if reach < area.bleed - TOLERANCE / 3:
        report.add("bleed", f"{max(0.0, reach):.1f} mm", f"{area.bleed:g} mm on every side", page=1)


def size(width: float, height: float) -> str:
    """Width and height as findings say them."""
    return f"{width:.1f} × {height:.1f} mm"


def _bled(media: Box, area: Area, turn: int) -> bool:
    """Whether a page without a TrimBox is the area with its bleed."""
    width, height = (media.height, media.width) if turn in (90, 270) else (media.width, media.height)
    return (
        abs(width - area.width - 2 * area.bleed) <= TOLERANCE
        and abs(height - area.height - 2 * area.bleed) <= TOLERANCE
    )


def _inside(box: Box, by: float) -> Box:
    return Box(box.left + by, box.bottom + by, box.right - by, box.top - by)


def _box(values: object, scale: float) -> Box | None:
    """A box in millimetres, its corners put in order; None when it is none."""
    given = numbers(values, 4) if isinstance(values, pikepdf.Array) else None
    if given is None:
        return None
    x0, y0, x1, y1 = (scale * value for value in given)
    box = Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    return box if box.width > 0 and box.height > 0 else None
