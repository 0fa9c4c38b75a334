"""The graphics state of a content stream, as far as preflight asks."""

from __future__ import annotations

import pikepdf

from spectrum_orders.artwork.preflight.colours import GREY, Inks
from spectrum_orders.artwork.preflight.space import Matrix


class State:
    """What ``q`` keeps and ``Q`` brings back. The one value of this package that changes in place."""

    __slots__ = (
        "ctm", "fill", "fill_values", "font", "line", "over_fill", "over_stroke", "overprint_mode", "pattern",
        "render", "size", "stroke", "stroke_pattern", "stroke_values",
    )  # fmt: skip

    def __init__(self, ctm: Matrix) -> None:
        self.ctm = ctm
        self.fill: Inks = GREY
        self.fill_values: tuple[float, ...] = (0.0,)
        self.pattern: pikepdf.Object | None = None
        self.stroke: Inks = GREY
        self.stroke_values: tuple[float, ...] = (0.0,)
        self.stroke_pattern: pikepdf.Object | None = None
        self.line = 1.0
        self.font: pikepdf.Object | None = None
        self.size = 0.0
        self.render = 0
        self.over_fill = False
        self.over_stroke = False
        self.overprint_mode = 0

    def copy(self) -> State:
        """Another one with the same values."""
        other = State.__new__(State)
        for name in State.__slots__:
            setattr(other, name, getattr(self, name))
        return other

    def look(self) -> tuple[object, ...]:
        """All that changes how a drawing looks that begins in this state, but for where it stands."""
        a, b, c, d, _, _ = self.ctm
        return (
            round(a, 6), round(b, 6), round(c, 6), round(d, 6),
            self.fill, self.fill_values, _which(self.pattern), self.stroke, self.stroke_values,
            _which(self.stroke_pattern), self.line, self.over_fill, self.over_stroke,
            self.overprint_mode, self.size, self.render, _which(self.font),
        )  # fmt: skip


def _which(found: pikepdf.Object | None) -> object:
    # What stands directly in the resources has no number to know it by, and is like nothing else.
    return None if found is None else found.objgen if found.is_indirect else object()
