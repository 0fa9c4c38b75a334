"""Goes through a content stream as a press would: forms, patterns, soft masks, letters that are drawn."""

from __future__ import annotations

from collections.abc import Callable

import pikepdf

from spectrum_orders.artwork.preflight import colours, fonts, images
from spectrum_orders.artwork.preflight.bounds import TooComplexError
from spectrum_orders.artwork.preflight.canvas import Canvas, last, matrix_of
from spectrum_orders.artwork.preflight.colours import CMYK, GREY, RGB, Inks, Model
from spectrum_orders.artwork.preflight.lexer import Lexer, Operand
from spectrum_orders.artwork.preflight.resources import Resources
from spectrum_orders.artwork.preflight.space import UNIT, Matrix, matrix, scales, times
from spectrum_orders.artwork.preflight.state import State
from spectrum_orders.artwork.preflight.walk import Walk

DEEPEST = 20
"""Forms in forms. The deepest that drawing programs make is about ten."""
MOST_STATES = 512
"""States that ``q`` keeps at once; ISO 32000-1, annex C, speaks of 28."""
_INNER = 100
"""Tokens that beginning a drawing inside of another counts for."""
_COSTLY = 20
"""Tokens that looking something up in the resources counts for, because it takes as long."""

_INVISIBLE = (3, 7)
_FILLED = (0, 2, 4, 6)
_STROKED = (1, 2, 5, 6)


class Drawing(Canvas):
    """What is painted on a canvas, ``deep`` drawings inside of the page. Everything here may raise
    TooComplexError and DamagedError."""

    def __init__(self, walk: Walk, resources: Resources, base: Matrix, masked: bool, deep: int) -> None:
        if deep > DEEPEST:
            raise TooComplexError(f"more than {DEEPEST} drawings in each other")
        super().__init__(walk, resources, base, masked)
        self._deep = deep

    def run(self, data: bytes, state: State) -> None:
        """Everything that the stream does."""
        self._state = state
        kept: list[State] = []
        lexer, walk = Lexer(data), self._walk
        before = 0
        for word, operands in lexer:
            walk.count(lexer.tokens - before)
            before = lexer.tokens
            if word == "q":
                if len(kept) >= MOST_STATES:
                    raise TooComplexError(f"more than {MOST_STATES} graphics states kept at once")
                kept.append(self._state.copy())
            elif word == "Q":
                if kept:
                    self._state = kept.pop()
            else:
                action = _ACTIONS.get(word)
                if action is not None:
                    action(self, operands)
        walk.count(lexer.tokens - before)
        if lexer.broken:
            walk.report.add("damaged", "page contents that cannot be read", "a whole file", page=1)

    # Painting

    def _paint(self, operands: list[Operand]) -> None:
        state = self._state
        if state.fill.model is Model.PATTERN:
            self._pattern(state.pattern, state.fill, state.fill_values)
        else:
            self._put(state.fill, state.fill_values, state.over_fill)

    def _stroke(self, operands: list[Operand]) -> None:
        state = self._state
        if state.stroke.model is Model.PATTERN:
            self._pattern(state.stroke_pattern, state.stroke, state.stroke_values)
        else:
            self._put(state.stroke, state.stroke_values, state.over_stroke)
        if not self._masked:
            self._walk.line(state.line * min(scales(state.ctm)))

    def _both(self, operands: list[Operand]) -> None:
        self._paint(operands)
        self._stroke(operands)

    def _shade(self, operands: list[Operand]) -> None:
        self._walk.count(_COSTLY)
        self._shading(self._named("/Shading", operands))

    def _shading(self, shading: object) -> None:
        if isinstance(shading, (pikepdf.Dictionary, pikepdf.Stream)):
            inks = self._resources.read(shading.get("/ColorSpace"))
            self._put(inks, None, self._state.over_fill)

    def _pattern(self, found: object, inks: Inks, values: tuple[float, ...]) -> None:
        self._walk.count(_COSTLY)
        if not isinstance(found, (pikepdf.Dictionary, pikepdf.Stream)):
            return
        if not isinstance(found, pikepdf.Stream):
            self._shading(found.get("/Shading"))
            return
        state = State(times(matrix(found.get("/Matrix")), self._base))
        state.over_fill, state.over_stroke = self._state.over_fill, self._state.over_stroke
        state.overprint_mode = self._state.overprint_mode
        plain = found.get("/PaintType") == 2
        if plain and inks.below is not None:
            state.fill = state.stroke = inks.below
            state.fill_values = state.stroke_values = values
        self._inner(found, state, self._masked, plain)

    # What is drawn inside

    def _draw(self, operands: list[Operand]) -> None:
        found = self._named("/XObject", operands)
        if not isinstance(found, pikepdf.Stream):
            return
        walk, kind = self._walk, found.get("/Subtype")
        walk.count(_COSTLY)
        if "/OPI" in found or "/Ref" in found:
            walk.report.add("external-content", "a stand-in for another file", "everything embedded", page=1)
        if kind == pikepdf.Name.Image:
            walk.outside(found)
            self._image(found)
        elif kind == pikepdf.Name.Form:
            if found.get("/Subtype2") == pikepdf.Name.PS:
                self._postscript()
            self._form(found, self._state.copy(), self._masked)
        elif kind == pikepdf.Name.PS:
            self._postscript()

    def _mask(self, group: pikepdf.Stream | None) -> None:
        if group is not None:
            self._walk.count(_COSTLY)
            self._form(group, State(self._state.ctm), masked=True)

    def _postscript(self) -> None:
        self._walk.report.add("script", "PostScript", "nothing that is a program", page=1)

    def _form(self, form: pikepdf.Stream, state: State, masked: bool) -> None:
        state.ctm = times(matrix(form.get("/Matrix")), state.ctm)
        group = form.get("/Group")
        if isinstance(group, pikepdf.Dictionary) and (space := group.get("/CS")) is not None:
            self._walk.judge.blending(self._resources.read(space))
        self._inner(form, state, masked, plain=False)

    def _inner(self, stream: pikepdf.Stream, state: State, masked: bool, plain: bool) -> None:
        walk, key = self._walk, stream.objgen
        if key in walk.open:
            raise TooComplexError("a drawing that draws itself")
        own = stream.get("/Resources")
        if isinstance(own, pikepdf.Dictionary):
            if walk.again((key, masked, plain, *state.look())):
                return
            resources = Resources(own)
        else:
            # Without its own it takes those of whoever draws it, and may look different each time.
            resources = self._resources
        inner = Drawing(walk, resources, state.ctm, masked, self._deep + 1)
        inner._plain = plain
        walk.count(_INNER)
        walk.open.add(key)
        inner.run(walk.unpack(stream), state)
        walk.open.discard(key)

    def _image(self, image: pikepdf.Stream) -> None:
        walk, state = self._walk, self._state
        across, upwards = scales(state.ctm)
        walk.fine(image.get("/Width"), image.get("/Height"), across, upwards)
        for name in ("/SMask", "/Mask"):
            mask = image.get(name)
            if isinstance(mask, pikepdf.Stream):
                walk.outside(mask)
                walk.fine(mask.get("/Width"), mask.get("/Height"), across, upwards)
        stencil = image.get("/ImageMask")
        if isinstance(stencil, bool) and stencil:
            self._paint([])
            return
        space = image.get("/ColorSpace")
        inks = self._resources.read(space) if space is not None else images.inks(image)
        self._put(inks, None, state.over_fill)
        if inks.model is Model.CMYK and not inks.indexed and not self._masked:
            walk.ink(image)

    def _inline(self, operands: list[Operand]) -> None:
        about = images.inline(operands)
        self._walk.fine(about.width, about.height, *scales(self._state.ctm))
        if about.stencil:
            self._paint([])
        elif about.table:
            self._put(images.table(about, self._resources), None, self._state.over_fill)
        else:
            self._put(self._resources.space(about.space), None, self._state.over_fill)

    # Letters

    def _begin(self, operands: list[Operand]) -> None:
        self._text = UNIT

    def _text_matrix(self, operands: list[Operand]) -> None:
        self._text = matrix_of(operands)

    def _font(self, operands: list[Operand]) -> None:
        if len(operands) >= 2 and isinstance(operands[-2], str):
            font = self._resources.find("/Font", operands[-2])
            self._state.font = font if isinstance(font, pikepdf.Dictionary) else None
            self._state.size = last(operands)

    def _render(self, operands: list[Operand]) -> None:
        self._state.render = int(last(operands))

    def _show(self, operands: list[Operand]) -> None:
        if not operands or not _letters(operands[-1]):
            return
        walk, state, font = self._walk, self._state, self._state.font
        if font is None:
            walk.report.add("font-not-embedded", "text in no font at all", "all fonts embedded", page=1)
            return
        walk.font(font)
        if fonts.drawn(font):
            self._glyphs(font)
            return
        if state.render in _INVISIBLE:
            return
        if state.render in _FILLED:
            self._paint([])
        if state.render in _STROKED:
            self._stroke([])
        if not self._masked:
            points = abs(state.size) * scales(times(self._text, state.ctm))[1]
            walk.letters(points, _inks(state.fill, state.fill_values))

    def _glyphs(self, font: pikepdf.Object) -> None:
        state = self._state
        size = state.size
        space = times((size, 0.0, 0.0, size, 0.0, 0.0), times(self._text, state.ctm))
        space = times(fonts.glyph_matrix(font), space)
        inner = state.copy()
        inner.ctm = space
        if font.objgen != (0, 0) and self._walk.again(("letters", *inner.look())):
            return
        own = font.get("/Resources")
        resources = Resources(own) if isinstance(own, pikepdf.Dictionary) else self._resources
        for glyph in fonts.glyphs(font):
            self._walk.count(_COSTLY)
            Drawing(self._walk, resources, space, self._masked, self._deep)._inner(
                glyph, inner.copy(), self._masked, plain=False
            )

    def _stencil(self, operands: list[Operand]) -> None:
        # From here on a letter takes the colour of its text, whatever it says itself.
        self._plain = True


def _letters(shown: Operand) -> bool:
    if isinstance(shown, list):
        return any(isinstance(piece, bytes) and piece for piece in shown)
    return isinstance(shown, bytes) and bool(shown)


def _inks(inks: Inks, values: tuple[float, ...]) -> int:
    if inks.model in (Model.CMYK, Model.PLATES) and not inks.indexed:
        return sum(1 for value in values if value > 0)
    return 1


Action = Callable[[Drawing, list[Operand]], None]


def _device(inks: Inks, stroke: bool) -> Action:
    return lambda drawing, operands: drawing._device(inks, stroke, operands)


def _space(stroke: bool) -> Action:
    return lambda drawing, operands: drawing._space(stroke, operands)


def _colour(stroke: bool) -> Action:
    return lambda drawing, operands: drawing._colour(stroke, operands)


_ACTIONS: dict[str, Action] = {
    "cm": Drawing._move,
    "w": Drawing._line,
    "gs": Drawing._graphics,
    **{word: _device(inks, stroke=False) for word, inks in (("g", GREY), ("rg", RGB), ("k", CMYK))},
    **{word: _device(inks, stroke=True) for word, inks in (("G", GREY), ("RG", RGB), ("K", CMYK))},
    "cs": _space(stroke=False),
    "CS": _space(stroke=True),
    **dict.fromkeys(("sc", "scn"), _colour(stroke=False)),
    **dict.fromkeys(("SC", "SCN"), _colour(stroke=True)),
    **dict.fromkeys(("f", "F", "f*"), Drawing._paint),
    **dict.fromkeys(("S", "s"), Drawing._stroke),
    **dict.fromkeys(("B", "B*", "b", "b*"), Drawing._both),
    "sh": Drawing._shade,
    "Do": Drawing._draw,
    "BI": Drawing._inline,
    "BT": Drawing._begin,
    "Tm": Drawing._text_matrix,
    "Tf": Drawing._font,
    "Tr": Drawing._render,
    **dict.fromkeys(("Tj", "TJ", "'", '"'), Drawing._show),
    "d1": Drawing._stencil,
}


def page(walk: Walk, contents: object, resources: object, group: object, unit: float) -> None:
    """All that stands on a page. ``unit`` is what a unit of its space measures in points (its UserUnit)."""
    base: Matrix = (unit, 0.0, 0.0, unit, 0.0, 0.0)
    if isinstance(group, pikepdf.Dictionary) and (space := group.get("/CS")) is not None:
        walk.judge.blending(colours.read(space))
    Drawing(walk, Resources(resources), base, masked=False, deep=0).run(walk.contents(contents), State(base))
