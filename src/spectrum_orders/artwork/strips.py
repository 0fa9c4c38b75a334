"""An area with its bleed as pixels at its own resolution; in strips, so that a banner never is whole."""

from __future__ import annotations

from collections.abc import Iterator

from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.artwork.raster import Planes
from spectrum_orders.artwork.scene import Scene
from spectrum_orders.domain.catalogue.product import Area
from spectrum_orders.domain.catalogue.reading.limits import MOST_IN_FILE
from spectrum_orders.errors import Invalid, Problem

# Pixels of a strip: with every plane and its copies about 100 MB.
_STRIP = 6_000_000
# What packing may add to pixels that cannot be packed: five bytes for each 16 KB, and a PNG's rows.
_OVER = 1 << 20


def size(area: Area) -> tuple[int, int]:
    """Width and height in pixels, with bleed."""
    width, height = (
        max(1, round((side + 2 * area.bleed) / 25.4 * area.dpi)) for side in (area.width, area.height)
    )
    return width, height


def rows(area: Area) -> int:
    """How many rows a strip has; an even number, so that halves are rounded alike in every strip."""
    width, height = size(area)
    return min(height + height % 2, max(2, _STRIP // width // 2 * 2))


def planes(scene: Scene, area: Area, profile: Profile) -> Iterator[Planes]:
    """The strips from top to bottom; the last may be lower."""
    width, height = size(area)
    step = rows(area)
    for top in range(0, height, step):
        strip = Planes(
            profile,
            -area.bleed,
            -area.bleed,
            (width, min(step, height - top)),
            area.dpi / 25.4,
            skip=top,
            fine=True,
        )
        strip.paint(scene)
        yield strip


def check_bytes(count: int, area: Area) -> None:
    """Raises Invalid when a file grows larger than may leave the process that makes it: flat designs of
    the same area pack well and are made, which is why the product was taken with a warning."""
    if count > MOST_IN_FILE + _OVER:
        width, height = size(area)
        message = f"The file of {width:,} by {height:,} pixels would have more than {MOST_IN_FILE >> 20} MB."
        raise Invalid(
            f"{message} Lower the area's dpi, which a banner allows, or let it be a PDF.",
            problems=(Problem("/area/dpi", "size", message),),
        )
