"""The shapes of a scene as closed contours of lines and curves, for formats that cut, stitch or draw.

Millimetres on the area, y downwards. A shape's contours are filled by the non-zero rule, as fonts are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from xml.parsers import expat

import msgspec
import numpy as np
import numpy.typing as npt

from spectrum_orders.artwork.lettering import POINTS
from spectrum_orders.artwork.scene import Frame, Line, Point, Rects, Words

Matrix = tuple[float, float, float, float, float, float]
Points = npt.NDArray[np.float64]
"""A row (x, y) for each."""

# A circle's quarter as a Bezier curve.
_ROUND = 0.5522847498
# Points: a hundredth of a millimetre and less, which nobody measures on a letter.
_SPREAD = 0.03
_TOKEN = re.compile(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
_TRANSFORM = re.compile(r"(translate|scale|matrix)\(([^)]*)\)")
_LINK = "http://www.w3.org/1999/xlink href"


class Contour(msgspec.Struct, frozen=True):
    """A closed line: where it starts, then a point for each straight piece and three for each curve."""

    start: Point
    pieces: tuple[tuple[Point, ...], ...]

    def moved(self, matrix: Matrix) -> Contour:
        """The same under an affine map."""
        return Contour(
            _apply(matrix, self.start),
            tuple(tuple(_apply(matrix, point) for point in piece) for piece in self.pieces),
        )

    def points(self, within: float) -> list[Point]:
        """As straight pieces, nowhere farther than ``within`` from the curve; the first point closes it."""
        found = [self.start]
        for piece in self.pieces:
            if len(piece) == 1:
                found.append(piece[0])
            else:
                found.extend(_flat(found[-1], piece, within))
        if len(found) > 1 and math.dist(found[0], found[-1]) < 1e-6:
            found.pop()
        return found


def placed(points: Points, matrix: Matrix) -> Points:
    """Where they lie under an affine map."""
    a, b, c, d, e, f = matrix
    moved: Points = points @ np.array(((a, b), (c, d))) + (e, f)
    return moved


def of_rects(rects: Rects) -> list[Contour]:
    """One contour for each rectangle."""
    made = []
    for x, y, width, height in rects.rects:
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        first, *others = (rects.frame.place(corner) for corner in corners)
        made.append(Contour(first, tuple((corner,) for corner in others)))
    return made


def of_line(line: Line) -> Contour:
    """The middle of a line around its frame, with its round corners."""
    return rounded(line.frame, line.radius)


def rounded(frame: Frame, radius: float) -> Contour:
    """A frame with round corners."""
    width, height = frame.width, frame.height
    radius = max(0.0, min(radius, width / 2, height / 2))
    if radius == 0:
        corners: list[Point] = [(0, 0), (width, 0), (width, height), (0, height)]
        first, *others = (frame.place(corner) for corner in corners)
        return Contour(first, tuple((corner,) for corner in others))
    pull, right, bottom = radius * (1 - _ROUND), width - radius, height - radius
    pieces: tuple[tuple[Point, ...], ...] = (
        ((right, 0),),
        ((width - pull, 0), (width, pull), (width, radius)),
        ((width, bottom),),
        ((width, height - pull), (width - pull, height), (right, height)),
        ((radius, height),),
        ((pull, height), (0, height - pull), (0, bottom)),
        ((0, radius),),
        ((0, pull), (pull, 0), (radius, 0)),
    )
    return Contour((radius, 0), pieces).moved(frame.matrix())


def of_words(words: Words) -> list[Contour]:
    """The outlines of a text's letters."""
    scale = 1 / POINTS
    a, b, c, d, e, f = words.frame.matrix()
    matrix = (a * scale, b * scale, c * scale, d * scale, e, f)
    reader = _Reader()
    reader.read(words.lettering.drawing(words.page))
    return [contour.moved(matrix) for contour in reader.contours()]


def points_of(words: Words) -> Points:
    """Where a text's letters reach, in mm from the corner of its page; no row when nothing is drawn.

    Only their extremes matter to whoever asks, so they are in no order.
    """
    reader = _Reader()
    reader.read(words.lettering.drawing(words.page))
    found = [np.empty((0, 2)), *reader.points()]
    return np.concatenate(found) / POINTS


class _Reader:
    """A page that the typesetter has drawn as SVG: uses of symbols, each symbol a path."""

    def __init__(self) -> None:
        self._at: list[Matrix] = [(1, 0, 0, 1, 0, 0)]
        self._symbol: str | None = None
        self._symbols: dict[str, list[Contour]] = {}
        self._uses: list[tuple[str, Matrix]] = []
        self._drawn: list[tuple[list[Contour], Matrix]] = []

    def read(self, drawing: str) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.Parse(drawing, True)

    def contours(self) -> Iterator[Contour]:
        for name, matrix in self._uses:
            for contour in self._symbols.get(name, ()):
                yield contour.moved(matrix)
        for contours, matrix in self._drawn:
            for contour in contours:
                yield contour.moved(matrix)

    def points(self) -> Iterator[Points]:
        """Those on the contours; of a symbol that is used often they are found once."""
        flat = {name: _spread(contours) for name, contours in self._symbols.items()}
        for name, matrix in self._uses:
            yield placed(flat.get(name, _spread(())), matrix)
        for contours, matrix in self._drawn:
            yield placed(_spread(contours), matrix)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        matrix = self._at[-1]
        for kind, numbers in _TRANSFORM.findall(attributes.get("transform", "")):
            matrix = _times(
                _matrix(kind, [float(one) for one in re.split(r"[ ,]+", numbers.strip())]), matrix
            )
        self._at.append(matrix)
        local = name.rpartition(" ")[2]
        if local == "symbol":
            self._symbol = attributes.get("id")
        elif local == "use":
            x, y = float(attributes.get("x", 0)), float(attributes.get("y", 0))
            self._uses.append((attributes[_LINK].removeprefix("#"), _times((1, 0, 0, 1, x, y), matrix)))
        elif local == "path":
            contours = list(_path(attributes.get("d", "")))
            if self._symbol is not None:
                self._symbols.setdefault(self._symbol, []).extend(contours)
            else:
                self._drawn.append((contours, matrix))

    def _end(self, name: str) -> None:
        self._at.pop()
        if name.rpartition(" ")[2] == "symbol":
            self._symbol = None


def _spread(contours: Iterable[Contour]) -> Points:
    points = [point for contour in contours for point in contour.points(_SPREAD)]
    return np.array(points, float).reshape(-1, 2)


def _path(text: str) -> Iterator[Contour]:
    """The contours of path data. Only what the typesetter writes: no arcs, no shorthands."""
    tokens = _TOKEN.findall(text)
    at = 0
    command = ""
    x = y = 0.0
    start = (0.0, 0.0)
    pieces: list[tuple[Point, ...]] = []
    while at < len(tokens):
        if tokens[at].isalpha():
            command = tokens[at]
            at += 1
        kind, own = command.lower(), (x, y) if command.islower() else (0.0, 0.0)
        if kind == "z":
            if pieces:
                yield Contour(start, tuple(pieces))
            (x, y), pieces = start, []
            continue
        count = {"m": 2, "l": 2, "h": 1, "v": 1, "c": 6, "q": 4}[kind]
        numbers = [float(token) for token in tokens[at : at + count]]
        at += count
        if kind == "h":
            points = [(own[0] + numbers[0], y)]
        elif kind == "v":
            points = [(x, own[1] + numbers[0])]
        else:
            points = [(own[0] + a, own[1] + b) for a, b in zip(numbers[::2], numbers[1::2], strict=True)]
        if kind == "m":
            if pieces:
                yield Contour(start, tuple(pieces))
            start, pieces = points[0], []
        elif kind == "q":
            (cx, cy), (ex, ey) = points
            first = x + 2 / 3 * (cx - x), y + 2 / 3 * (cy - y)
            second = ex + 2 / 3 * (cx - ex), ey + 2 / 3 * (cy - ey)
            pieces.append((first, second, (ex, ey)))
        else:
            pieces.append(tuple(points))
        x, y = points[-1]
    if pieces:
        yield Contour(start, tuple(pieces))


def _matrix(kind: str, numbers: list[float]) -> Matrix:
    if kind == "translate":
        return 1, 0, 0, 1, numbers[0], numbers[1] if len(numbers) > 1 else 0.0
    if kind == "scale":
        return numbers[0], 0, 0, numbers[-1], 0, 0
    a, b, c, d, e, f = numbers
    return a, b, c, d, e, f


def _times(first: Matrix, second: Matrix) -> Matrix:
    """First the one, then the other."""
    a, b, c, d, e, f = first
    k, m, n, o, p, q = second
    return a * k + b * n, a * m + b * o, c * k + d * n, c * m + d * o, e * k + f * n + p, e * m + f * o + q


def _apply(matrix: Matrix, point: Point) -> Point:
    a, b, c, d, e, f = matrix
    return a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f


def _flat(start: Point, curve: tuple[Point, ...], within: float) -> Iterator[Point]:
    one, two, end = curve
    # How far a curve's second differences can carry it from its chord bounds the steps that are needed.
    bend = max(
        math.hypot(start[0] - 2 * one[0] + two[0], start[1] - 2 * one[1] + two[1]),
        math.hypot(one[0] - 2 * two[0] + end[0], one[1] - 2 * two[1] + end[1]),
    )
    steps = max(1, math.ceil(math.sqrt(0.75 * bend / within)))
    for step in range(1, steps + 1):
        t = step / steps
        u = 1 - t
        weights = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
        points = (start, one, two, end)
        yield (
            sum(weight * point[0] for weight, point in zip(weights, points, strict=True)),
            sum(weight * point[1] for weight, point in zip(weights, points, strict=True)),
        )
