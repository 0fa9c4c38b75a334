"""A picture's pixels against the area's size: pictures have no boxes, so their shape says what they are."""

from __future__ import annotations

from spectrum_orders.artwork.preflight.boxes import TOLERANCE, size
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.domain.catalogue.product import Area

_ALIKE = 0.01
"""How far the resolution that a file says may be from the area's: PNG counts pixels a metre."""


def check(width: int, height: int, said: float | None, area: Area, report: Report) -> None:
    """``said`` is the resolution (ppi) that the file gives itself."""
    full = area.width + 2 * area.bleed, area.height + 2 * area.bleed
    trim = area.width, area.height
    wanted = f"{_pixels(full[0], area.dpi)} × {_pixels(full[1], area.dpi)} pixels with bleed"
    found = f"{width} × {height} pixels"
    if _exact(width, height, full, area.dpi):
        if said is not None and abs(said - area.dpi) > _ALIKE * area.dpi:
            report.add("pixel-size", f"the right pixels, marked with {said:.0f} ppi", f"{area.dpi} ppi")
    elif area.bleed > 0 and _exact(width, height, trim, area.dpi):
        report.add("bleed", "the area without its bleed", f"{area.bleed:g} mm on every side")
    elif _shaped(width, height, full):
        ppi = width * 25.4 / full[0]
        if ppi < area.minimum_ppi:
            report.add("image-ppi", f"{ppi:.0f} ppi", f"at least {area.minimum_ppi} ppi")
        else:
            report.add("pixel-size", found, wanted)
    elif area.bleed > 0 and _shaped(width, height, trim):
        report.add("bleed", "the shape of the area without its bleed", f"{area.bleed:g} mm on every side")
    else:
        at = said or float(area.dpi)
        report.add(
            "page-size",
            f"{found}, {size(width * 25.4 / at, height * 25.4 / at)}",
            f"{wanted}, {size(*full)}",
        )


def _pixels(length: float, dpi: int) -> int:
    return max(1, round(length / 25.4 * dpi))


def _exact(width: int, height: int, sides: tuple[float, float], dpi: int) -> bool:
    # One pixel is how differently programs round.
    return abs(width - _pixels(sides[0], dpi)) <= 1 and abs(height - _pixels(sides[1], dpi)) <= 1


def _shaped(width: int, height: int, sides: tuple[float, float]) -> bool:
    """Whether the picture fills these sides when it is scaled evenly, but for the rounding of a pixel."""
    pixel = sides[0] / width
    return abs(height * pixel - sides[1]) <= max(TOLERANCE, pixel)
