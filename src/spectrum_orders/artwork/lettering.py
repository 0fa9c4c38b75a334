"""Texts, laid out by Typst: each becomes a page of its own, as large as its letters.

The text goes in as data and never as markup. A page has no colour of its own: whoever paints it
decides the ink.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import msgspec
import pikepdf
from PIL import Image

from spectrum_orders.artwork import glyphs, typesetting
from spectrum_orders.artwork.fonts import Face
from spectrum_orders.artwork.glyphs import Shown
from spectrum_orders.domain.catalogue.recipe import Across, Text, TextFit
from spectrum_orders.domain.catalogue.work import Font

POINTS = 72 / 25.4
"""Points in a millimetre."""

# No other fallback: the bundled font for formulas has letters of many scripts and joins none of them,
# and a name that is printed wrongly is worse than one that preflight stops.
# "ascender" and "descender" make a line as high as its font says, so that nothing sticks out of the
# block that is measured; the leading then only has to part the lines.
_PAGES = b"""
#let inputs = json(bytes(sys.inputs.data))
#set document(date: none)
#for t in inputs {
  page(width: auto, height: auto, margin: t.margin * 1pt, fill: none, {
    set text(
      font: (t.family, "Libertinus Serif", "DejaVu Sans Mono", "New Computer Modern"), fallback: false,
      size: t.size * 1pt, weight: t.weight, style: t.style, fill: black,
      dir: if t.rtl { rtl } else { ltr }, top-edge: "ascender", bottom-edge: "descender", hyphenate: false,
    )
    set par(leading: 0.15em, justify: false)
    set align(if t.across == "start" { start } else if t.across == "end" { end } else { center })
    let body = t.lines.map(line => text(line)).join(linebreak())
    if t.fit == "wrap" {
      block(width: t.width * 1pt, body)
    } else {
      context {
        let own = measure(body)
        let scale = if t.fit == "none" { 1 } else {
          calc.min(1, t.width * 1pt / calc.max(own.width, 0.01pt), t.height * 1pt / own.height)
        }
        set text(size: t.size * scale * 1pt)
        // Alignment needs a width; the widest line gives it.
        block(width: own.width * scale, body)
      }
    }
  })
}
"""
# Pixels of one page of text; drawing them takes nine bytes each for a moment.
MOST_IN_MASK = 32_000_000
_REGULAR, _BOLD = 400, 700


class Setting(msgspec.Struct, frozen=True):
    """One text as the typesetter gets it; lengths in points."""

    lines: tuple[str, ...]
    family: str
    size: float
    weight: int
    style: str
    rtl: bool
    across: str
    fit: str
    width: float
    height: float
    margin: float


def setting(text: Text, family: str) -> Setting:
    """A recipe's text, ready to be laid out."""
    lines = tuple(_visible(line) for line in re.split(r"\r\n|[\n\r\v\f\x85\u2028\u2029]", text.text))
    return Setting(
        lines=lines,
        family=family,
        size=text.size,
        weight=_BOLD if text.bold else _REGULAR,
        style="italic" if text.italic else "normal",
        rtl=rightwards(text.text),
        across=text.across.value,
        fit=text.fit.value,
        width=text.box.width * POINTS,
        height=text.box.height * POINTS,
        # Italics and swashes reach out of their advance width.
        margin=text.size,
    )


def rightwards(text: str) -> bool:
    """Whether the first letter with a direction is written from right to left."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def place(text: Text, width: float, height: float, margin: float) -> tuple[float, float]:
    """The top left corner (mm) of a page of this size (mm) so that its block stands in the text's box."""
    spare_x = text.box.width - (width - 2 * margin)
    spare_y = text.box.height - (height - 2 * margin)
    left = {Across.START: 0.0, Across.CENTRE: 0.5, Across.END: 1.0}[text.across]
    if text.across is not Across.CENTRE and rightwards(text.text):
        left = 1.0 - left
    if text.fit is TextFit.WRAP:
        left = 0.5  # the block is as wide as the box, and its lines are aligned inside it
    down = {"top": 0.0, "middle": 0.5, "bottom": 1.0}[text.down.value]
    return text.box.x + spare_x * left - margin, text.box.y + spare_y * down - margin


class Lettering:
    """Pages of text in one face, or in several of those that come along."""

    def __init__(self, face: Face, settings: Sequence[Setting]) -> None:
        self._face = face
        self._settings = settings
        self._inputs = {"data": msgspec.json.encode(settings).decode()}
        data = self._compile("pdf", timestamp=0, pdf_tags=False, pdf_standards=["1.6"])
        self.pdf = pikepdf.Pdf.open(io.BytesIO(data[0]))
        self._drawings: list[str] = []
        self._masks: tuple[float, list[Image.Image]] = (0.0, [])
        self._shown = [glyphs.shown(page) for page in self.pdf.pages]
        self._alone = {
            number: _alone(face, one)
            for number, one in enumerate(settings)
            if self._shown[number].missing or not face.own(one.family, self._shown[number].fonts)
        }

    def missing(self, page: int) -> frozenset[str]:
        """The characters of a page that no font has."""
        return frozenset(one for one, shown in self._alone.get(page, {}).items() if shown.missing)

    def substituted(self, page: int) -> frozenset[str]:
        """The characters that the page's own font has not and another one has."""
        family = self._settings[page].family
        return frozenset(
            one
            for one, shown in self._alone.get(page, {}).items()
            if not shown.missing and not self._face.own(family, shown.fonts)
        )

    def fonts(self, page: int) -> tuple[Font, ...]:
        """The faces that a page's letters are really of."""
        names = self._shown[page].fonts
        alone = self._alone.get(page)
        if alone is not None:
            # What is not seen, a space for instance, may be of any font.
            seen = {name for one in alone.values() if not one.missing for name in one.fonts}
            names = (*(name for name in names if name in seen), *sorted(seen.difference(names)))
        return tuple(self._face.font(name) for name in names)

    def lacking(self, page: int) -> tuple[str, ...]:
        """Of bold and italic those that were asked for and that one of the page's fonts has not."""
        fonts, one = self.fonts(page), self._settings[page]
        asked = {"bold": one.weight > _REGULAR, "italic": one.style != "normal"}
        return tuple(
            style for style in asked if asked[style] and not all(getattr(font, style) for font in fonts)
        )

    def family(self, page: int) -> str:
        """The family that the page was to be set in; of an uploaded font its own name for it."""
        return self._face.shown.family if self._face.shown else self._settings[page].family

    @property
    def uploaded(self) -> bool:
        """Whether the font was uploaded."""
        return self._face.shown is not None

    def size(self, page: int) -> tuple[float, float]:
        """A page's width and height in mm."""
        _, _, width, height = (float(side) for side in self.pdf.pages[page].mediabox)
        return width / POINTS, height / POINTS

    def margin(self, page: int) -> float:
        """What a page has around its lines, in mm."""
        return self._settings[page].margin / POINTS

    def usual(self, page: int) -> bool:
        """Whether the letters are of a font that comes along, and carry no marks that could be stacked."""
        lines = self._settings[page].lines
        return not self.uploaded and not any(
            unicodedata.combining(character) for line in lines for character in line
        )

    def stream(self, page: int) -> bytes:
        """A page's content stream, without any colour."""
        return self._shown[page].stream

    def mask(self, page: int, ppi: float) -> tuple[Image.Image, bool]:
        """A page as grey, 255 where it is inked, and whether it is exactly of this resolution.

        A banner's letters are drawn with fewer pixels and enlarged by whoever paints them: on letters
        that are half a metre high, edges as soft as a quarter of a millimetre are not seen.
        """
        largest = max(width * height for width, height in map(self.size, range(len(self._shown))))
        most = 25.4 * (MOST_IN_MASK / max(largest, 1.0)) ** 0.5
        own = min(ppi, most)
        if self._masks[0] != own:
            self._masks = own, [_alpha(picture) for picture in self._compile("png", ppi=own)]
        return self._masks[1][page], own == ppi

    def drawing(self, page: int) -> str:
        """A page as SVG, in points."""
        if not self._drawings:
            self._drawings = [drawing.decode() for drawing in self._compile("svg")]
        return self._drawings[page]

    def _compile(self, form: str, **options: Any) -> list[bytes]:
        return typesetting.run(self._face.compiler, _PAGES, form, sys_inputs=self._inputs, **options)


def _alpha(picture: bytes) -> Image.Image:
    # Our own typesetter made it; its size was decided above.
    with Image.open(io.BytesIO(picture), formats=("PNG",)) as opened:
        return opened.convert("RGBA").getchannel("A")


def _visible(line: str) -> str:
    """Without control characters; a tab is a space."""
    return "".join(
        character for character in line.replace("\t", " ") if unicodedata.category(character) != "Cc"
    )


def _alone(face: Face, whole: Setting) -> dict[str, Shown]:
    """Each of a text's characters as it is shown alone, which only texts pay for whose font lacks some."""
    characters = sorted({character for line in whole.lines for character in line if _seen(character)})
    alone = [msgspec.structs.replace(whole, lines=(character,), fit="none") for character in characters]
    data = msgspec.json.encode(alone).decode()
    (made,) = typesetting.run(
        face.compiler, _PAGES, "pdf", sys_inputs={"data": data}, timestamp=0, pdf_tags=False
    )
    with pikepdf.Pdf.open(io.BytesIO(made)) as pdf:
        return {one: glyphs.shown(page) for one, page in zip(characters, pdf.pages, strict=True)}


def _seen(character: str) -> bool:
    """Whether it has a shape of its own: a space or a joiner of another font is none."""
    return not character.isspace() and unicodedata.category(character) != "Cf"
