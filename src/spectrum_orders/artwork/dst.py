"""A scene as embroidery (Tajima DST), in a simple and honest way.

What it does: fills, codes and letters are filled with rows of stitches 0.4 mm apart, at most 4 mm
long, after a running stitch along their edges; outlines of 1 mm and more are a satin zigzag, thinner
ones a running stitch, twice. Every change of ink is a stop for the next thread, in the order of the
layers. What it does not do: no pull compensation, no underlay but the edge, no choice of angle, no
removal of what lies below, no pictures. A digitiser does better; a name or a simple mark sews well.

Nothing is sewn into the bleed. The format holds no colours, so the sheet names the threads. The
origin is the area's middle.
"""

from __future__ import annotations

import io
import math

import pyembroidery

from spectrum_orders.artwork import outlines, passes, stitching
from spectrum_orders.artwork.inks import Ink
from spectrum_orders.artwork.scene import Element, Line, Picture, Point, Rects, Scene, Words
from spectrum_orders.artwork.stitching import Run
from spectrum_orders.domain.catalogue.product import Area
from spectrum_orders.domain.catalogue.work import Pass
from spectrum_orders.errors import Invalid, Problem

# What the machines of the last twenty years hold.
MOST_STITCHES = 400_000
_WITHIN = 0.05
_SATIN = 1.0
# A thread that is pulled along for longer is cut.
_CUT = 1.0


def write(scene: Scene, area: Area) -> tuple[bytes, tuple[Pass, ...]]:
    """The file, and its threads in the order in which they are sewn.

    Raises:
        Invalid: more stitches than a machine holds.
    """
    pattern = pyembroidery.EmbPattern()
    pattern.metadata("name", area.handle[:16])
    centre = area.width / 2, area.height / 2
    threads: list[Ink] = []
    at = centre
    count = 0
    for element in scene.elements:
        if isinstance(element, Picture):
            continue
        runs = stitching.ordered(_runs(element, area), at)
        if not runs:
            continue
        if not threads or threads[-1] != element.ink:
            if threads:
                pattern.add_command(pyembroidery.COLOR_CHANGE)
            threads.append(element.ink)
        for run in runs:
            count += len(run)
            if count > MOST_STITCHES:
                raise _too_many()
            _sew(pattern, run, at, centre)
            at = run[-1]
    pattern.add_command(pyembroidery.END)
    out = io.BytesIO()
    pyembroidery.write_dst(pattern, out)
    return out.getvalue(), tuple(passes.thread(ink, area) for ink in threads)


def _too_many() -> Invalid:
    message = f"The embroidery would have more than {MOST_STITCHES:,} stitches."
    return Invalid(f"{message} Fill less of the area.", problems=(Problem("/layers", "size", message),))


def _runs(element: Element, area: Area) -> list[Run]:
    match element:
        case Line():
            polygon = outlines.of_line(element).points(_WITHIN)
            if element.width >= _SATIN:
                return [stitching.satin(polygon, element.width)]
            return [stitching.edge(polygon) * 2]
        case Rects():
            contours = outlines.of_rects(element)
        case Words():
            contours = outlines.of_words(element)
        case _:
            return []
    polygons = [stitching.clipped(contour.points(_WITHIN), area.width, area.height) for contour in contours]
    polygons = [polygon for polygon in polygons if len(polygon) > 2]
    _check_size(polygons)
    return [*(stitching.edge(polygon) for polygon in polygons), *stitching.fill(polygons)]


def _check_size(polygons: list[list[Point]]) -> None:
    """Before the rows of something huge are made: each polygon's height and what it can enclose."""
    rows = sum(
        (max(y for _, y in polygon) - min(y for _, y in polygon))
        * max(1.0, (max(x for x, _ in polygon) - min(x for x, _ in polygon)) / stitching.LONGEST)
        for polygon in polygons
    )
    if rows / stitching.ROW > 2 * MOST_STITCHES:
        raise _too_many()


def _sew(pattern: pyembroidery.EmbPattern, run: Run, at: Point, centre: Point) -> None:
    """Tenths of a millimetre from the middle."""
    points = [(round(10 * (x - centre[0])), round(10 * (y - centre[1]))) for x, y in run]
    far = math.dist(at, run[0])
    if far > _CUT:
        pattern.add_command(pyembroidery.TRIM)
        pattern.add_stitch_absolute(pyembroidery.JUMP, *points[0])
    last = None
    for point in points:
        # Two holes in one place are a knot.
        if point != last:
            pattern.add_stitch_absolute(pyembroidery.STITCH, *point)
        last = point
