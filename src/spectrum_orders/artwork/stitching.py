"""Shapes as stitches: rows to and fro inside, a running stitch along edges. Millimetres."""

from __future__ import annotations

import math
from collections.abc import Iterable

from spectrum_orders.artwork.scene import Point

Run = list[Point]
Span = tuple[float, float]

ROW = 0.4
"""Between two rows, as usual for a thread of weight 40."""
LONGEST = 4.0
"""Of a stitch inside: longer ones snag."""
RUNNING = 2.0
"""Of a stitch along an edge."""
# A stitch that is shorter makes knots.
_SHORTEST = 0.3
_WITHIN = 1e-9


def fill(polygons: Iterable[list[Point]]) -> list[Run]:
    """Rows from top to bottom in each part of the shape, sewn to and fro; narrow parts become a zigzag."""
    runs: list[Run] = []
    open_columns: list[list[tuple[float, Span]]] = []
    for y, spans in _rows(polygons):
        following: list[list[tuple[float, Span]]] = []
        for span in spans:
            above = [column for column in open_columns if _meets(column[-1][1], span)]
            alone = len(above) == 1 and sum(_meets(above[0][-1][1], other) for other in spans) == 1
            column = above[0] if alone else []
            column.append((y, span))
            following.append(column)
        kept = {id(column) for column in following}
        runs.extend(_sewn(column) for column in open_columns if id(column) not in kept)
        open_columns = following
    runs.extend(_sewn(column) for column in open_columns)
    return runs


def clipped(polygon: list[Point], width: float, height: float) -> list[Point]:
    """What of a polygon lies within the trim (Sutherland and Hodgman, 1974)."""
    for axis, limit, sign in ((0, 0.0, 1), (0, width, -1), (1, 0.0, 1), (1, height, -1)):
        kept: list[Point] = []
        for start, end in zip(polygon, [*polygon[1:], *polygon[:1]], strict=True):
            before, after = (start[axis] - limit) * sign, (end[axis] - limit) * sign
            if before >= 0:
                kept.append(start)
            if (before < 0) != (after < 0):
                part = before / (before - after)
                kept.append((start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part))
        polygon = kept
    return polygon


def edge(polygon: list[Point]) -> Run:
    """A running stitch along a closed line."""
    run = [polygon[0]]
    for end in [*polygon[1:], polygon[0]]:
        start = run[-1]
        far = math.dist(start, end)
        # Curves come in pieces that are too short to sew.
        if far < _SHORTEST and end is not polygon[0]:
            continue
        run.extend(_between(start, end, RUNNING))
        run.append(end)
    return run


def satin(polygon: list[Point], width: float) -> Run:
    """A zigzag of this width along a closed line."""
    run: Run = []
    side = 1.0
    for start, end in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        far = math.dist(start, end)
        if far < _WITHIN:
            continue
        dx, dy = (end[0] - start[0]) / far, (end[1] - start[1]) / far
        steps = max(1, round(far / ROW))
        for step in range(steps):
            x, y = start[0] + dx * far * step / steps, start[1] + dy * far * step / steps
            run.append((x - dy * side * width / 2, y + dx * side * width / 2))
            side = -side
    return run


def ordered(runs: list[Run], start: Point) -> list[Run]:
    """Each next one is the nearest, so that little thread is pulled along."""
    # Beyond that many the search would take longer than the sewing saves.
    if len(runs) > 2_000:
        return runs
    left = [run for run in runs if run]
    found = []
    at = start
    while left:
        nearest = min(range(len(left)), key=lambda number: (math.dist(at, left[number][0]), number))
        found.append(left.pop(nearest))
        at = found[-1][-1]
    return found


def _rows(polygons: Iterable[list[Point]]) -> list[tuple[float, list[Span]]]:
    """(y, the parts of this row that are inside by the non-zero rule)"""
    crossings: dict[int, list[tuple[float, int]]] = {}
    for polygon in polygons:
        for (x0, y0), (x1, y1) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
            if y0 == y1:
                continue
            turn = 1 if y1 > y0 else -1
            low, high = min(y0, y1), max(y0, y1)
            for row in range(math.ceil(low / ROW - 0.5), math.ceil(high / ROW - 0.5)):
                y = (row + 0.5) * ROW
                crossings.setdefault(row, []).append((x0 + (x1 - x0) * (y - y0) / (y1 - y0), turn))
    found = []
    for row in sorted(crossings):
        spans, winding, begun = [], 0, 0.0
        for x, turn in sorted(crossings[row]):
            if winding == 0:
                begun = x
            winding += turn
            if winding == 0 and x - begun >= _SHORTEST:
                spans.append((begun, x))
        found.append(((row + 0.5) * ROW, spans))
    return found


def _meets(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _sewn(column: list[tuple[float, Span]]) -> Run:
    run: Run = []
    for number, (y, (left, right)) in enumerate(column):
        ends = ((left, y), (right, y)) if number % 2 == 0 else ((right, y), (left, y))
        run.append(ends[0])
        # Like bricks, so that the needle's holes make no line.
        run.extend(_between(*ends, LONGEST, 0.5 if number % 2 else 0.0))
        run.append(ends[1])
    return run


def _between(start: Point, end: Point, longest: float, shift: float = 0.0) -> Run:
    """The points between two ends, at most so far apart."""
    far = math.dist(start, end)
    steps = math.ceil(far / longest - _WITHIN)
    if steps <= 1:
        return []
    parts = [(step + shift) / steps for step in range(0 if shift else 1, steps)]
    return [(start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part) for part in parts]
