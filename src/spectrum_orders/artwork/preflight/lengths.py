"""Sizes as SVG says them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_LENGTH = re.compile(r"\s*\+?(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*([a-z%]{0,2})\s*", re.IGNORECASE)
_MM = {"mm": 1.0, "cm": 10.0, "in": 25.4, "pt": 25.4 / 72, "pc": 25.4 / 6, "q": 0.25}


def sides(attributes: Mapping[str, str]) -> tuple[tuple[float, float] | None, bool]:
    """Width and height in mm (None without any), and whether the drawing says a unit.

    Pixels are no unit: programs take 72, 90 or 96 of them for an inch.
    """
    given = [_length(attributes.get(side, "")) for side in ("width", "height")]
    if given[0] is None or given[1] is None:
        shown = _view(attributes.get("viewBox", ""))
        return (shown, False) if shown is not None else (None, False)
    made = [number * _MM.get(unit, 1.0) for number, unit in (given[0], given[1])]
    if min(made) <= 0:
        return None, False
    return (made[0], made[1]), given[0][1] in _MM and given[1][1] in _MM


def _length(text: str) -> tuple[float, str] | None:
    found = _LENGTH.fullmatch(text[:64])
    if found is None or found[2] == "%":
        return None
    return float(found[1]), found[2].lower()


def _view(text: str) -> tuple[float, float] | None:
    parts = text[:256].replace(",", " ").split()
    try:
        width, height = (float(part) for part in parts[2:])
    except ValueError:
        return None
    return (width, height) if 0 < width < 1e9 and 0 < height < 1e9 else None
