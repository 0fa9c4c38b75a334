"""Where a content stream stands: its graphics state, and the colours that it has chosen."""

from __future__ import annotations

import pikepdf

from spectrum_orders.artwork.preflight.colours import Inks
from spectrum_orders.artwork.preflight.lexer import Operand
from spectrum_orders.artwork.preflight.resources import Resources
from spectrum_orders.artwork.preflight.space import UNIT, Matrix, times
from spectrum_orders.artwork.preflight.state import State
from spectrum_orders.artwork.preflight.walk import Walk

Pattern = pikepdf.Object | None


class Canvas:
    """One content stream with its resources. ``base`` is the space that it begins in, ``masked`` whether
    it is a soft mask, which is never printed itself."""

    def __init__(self, walk: Walk, resources: Resources, base: Matrix, masked: bool) -> None:
        self._walk = walk
        self._resources = resources
        self._base = base
        self._masked = masked
        self._text = UNIT
        self._plain = False
        self._state = State(base)

    def _move(self, operands: list[Operand]) -> None:
        self._state.ctm = times(matrix_of(operands), self._state.ctm)

    def _line(self, operands: list[Operand]) -> None:
        self._state.line = abs(last(operands))

    def _graphics(self, operands: list[Operand]) -> None:
        if not operands or not isinstance(operands[-1], str):
            return
        new, state = self._resources.graphics(operands[-1]), self._state
        if new.line is not None:
            state.line = new.line
        if new.over_fill is not None:
            state.over_fill = new.over_fill
        if new.over_stroke is not None:
            state.over_stroke = new.over_stroke
        if new.overprint_mode is not None:
            state.overprint_mode = new.overprint_mode
        if new.font is not None:
            state.font, state.size = new.font
        if new.transfer:
            self._walk.report.add("transfer-function", "a transfer function", "none", page=1)
        self._mask(new.mask)

    def _mask(self, group: pikepdf.Stream | None) -> None:
        """From here on everything is painted through a drawing, which whoever draws looks at."""

    def _fill_with(self, inks: Inks, values: tuple[float, ...], pattern: Pattern = None) -> None:
        if not self._plain:
            self._state.fill, self._state.fill_values, self._state.pattern = inks, values, pattern

    def _stroke_with(self, inks: Inks, values: tuple[float, ...], pattern: Pattern = None) -> None:
        if not self._plain:
            state = self._state
            state.stroke, state.stroke_values, state.stroke_pattern = inks, values, pattern

    def _device(self, inks: Inks, stroke: bool, operands: list[Operand]) -> None:
        values = plain(operands)[-inks.parts :]
        (self._stroke_with if stroke else self._fill_with)(self._resources.device(inks), values)

    def _space(self, stroke: bool, operands: list[Operand]) -> None:
        if operands and isinstance(operands[-1], str):
            inks = self._resources.space(operands[-1])
            (self._stroke_with if stroke else self._fill_with)(inks, inks.first())

    def _colour(self, stroke: bool, operands: list[Operand]) -> None:
        inks = self._state.stroke if stroke else self._state.fill
        # Its name has a meaning only here, and the colour may hold in a form with other resources.
        pattern = self._named("/Pattern", operands)
        (self._stroke_with if stroke else self._fill_with)(inks, plain(operands), pattern)

    def _put(self, inks: Inks, values: tuple[float, ...] | None, overprint: bool) -> None:
        self._walk.judge.paint(inks, values, overprint, self._state.overprint_mode, self._masked)

    def _named(self, kind: str, operands: list[Operand]) -> pikepdf.Object | None:
        if operands and isinstance(operands[-1], str):
            return self._resources.find(kind, operands[-1])
        return None


def plain(operands: list[Operand]) -> tuple[float, ...]:
    """The numbers among operands."""
    return tuple(value for value in operands if isinstance(value, float))


def matrix_of(operands: list[Operand]) -> Matrix:
    """Six of them as a matrix."""
    made = plain(operands)
    return (made[0], made[1], made[2], made[3], made[4], made[5]) if len(made) == 6 else UNIT


def last(operands: list[Operand]) -> float:
    """The last operand, if it is a number."""
    return operands[-1] if operands and isinstance(operands[-1], float) else 0.0
