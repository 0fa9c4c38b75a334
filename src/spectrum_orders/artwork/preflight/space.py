"""Where things stand on a page: matrices and sizes."""

from __future__ import annotations

import math

Matrix = tuple[float, float, float, float, float, float]
"""As a PDF writes it: x' = a x + c y + e, y' = b x + d y + f."""

UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
MM = 25.4 / 72.0
"""Millimetres in a point."""

_FARTHEST = 1e12


def times(inner: Matrix, outer: Matrix) -> Matrix:
    """First ``inner``, then ``outer``. Numbers stay finite."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    made = (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )
    if all(-_FARTHEST < part < _FARTHEST for part in made):
        return made
    a, b, c, d, e, f = (max(-_FARTHEST, min(_FARTHEST, part)) for part in made)
    return a, b, c, d, e, f


def scales(matrix: Matrix) -> tuple[float, float]:
    """How long one unit of x and one of y become."""
    a, b, c, d, _, _ = matrix
    return math.hypot(a, b), math.hypot(c, d)


def scale(matrix: Matrix) -> float:
    """How long a unit becomes on the whole: the root of the area of a unit square."""
    a, b, c, d, _, _ = matrix
    return math.sqrt(abs(a * d - b * c))


def numbers(values: object, count: int) -> tuple[float, ...] | None:
    """That many numbers of an array of a PDF; None when it holds something else."""
    try:
        made = tuple(float(value) for value in values)  # type: ignore[attr-defined]  # whatever cannot be iterated is caught
    except (TypeError, ValueError, ArithmeticError):
        return None
    if len(made) != count or not all(math.isfinite(value) and abs(value) < _FARTHEST for value in made):
        return None
    return made


def matrix(values: object) -> Matrix:
    """A matrix of a PDF; the unit matrix when it is none."""
    made = numbers(values, 6)
    return (made[0], made[1], made[2], made[3], made[4], made[5]) if made is not None else UNIT
