"""What a laid out page shows: its glyphs without any colour, and which fonts they are really of."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
import pikepdf

from spectrum_orders.domain.catalogue.work import Font

_COLOURS = {"g", "G", "rg", "RG", "k", "K", "cs", "CS", "sc", "scn", "SC", "SCN"}

FAMILIES: Mapping[str, str] = {
    "LibertinusSerif": "Libertinus Serif",
    "DejaVuSansMono": "DejaVu Sans Mono",
    "NewCM10": "New Computer Modern",
    "NewCMMath": "New Computer Modern Math",
}
"""The families that the typesetter brings along, by how their PostScript names begin."""

_WORD = re.compile(r"[A-Z][a-z]+")


class Shown(msgspec.Struct, frozen=True):
    """A page's content stream without colours, whether a glyph is missing in it, and the PostScript names
    of its fonts, each once and in order."""

    stream: bytes
    missing: bool
    fonts: tuple[str, ...]


def shown(page: pikepdf.Page) -> Shown:
    """What is on a page that the typesetter made."""
    kept = []
    missing = False
    font = ""
    used: dict[str, None] = {}
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        if operator in _COLOURS:
            continue
        if operator == "Tf":
            font = str(instruction.operands[0])
        elif operator in ("TJ", "Tj"):
            used[font] = None
            text = instruction.operands[0]
            for piece in text if operator == "TJ" else (text,):  # type: ignore[union-attr,unused-ignore]  # an array of strings and numbers
                if isinstance(piece, pikepdf.String):
                    glyphs = bytes(piece)
                    # Glyph 0 of any font is the box that says: not there.
                    missing |= any(glyphs[at : at + 2] == b"\0\0" for at in range(0, len(glyphs), 2))
        kept.append(instruction)
    fonts = page.resources.get("/Font", pikepdf.Dictionary())
    names = dict.fromkeys(_postscript(fonts[name]) for name in used)
    return Shown(pikepdf.unparse_content_stream(kept), missing, tuple(names))


def bundled(postscript: str) -> Font:
    """A face that comes along, by its PostScript name."""
    start, _, style = postscript.partition("-")
    family = FAMILIES.get(start, start)
    words = [word.lower() for word in _WORD.findall(style) if word != "Regular"]
    return Font(
        family, " ".join((family, *words)), "bold" in words, not {"italic", "oblique"}.isdisjoint(words)
    )


def _postscript(font: pikepdf.Object) -> str:
    """Without the six letters that mark a subset."""
    below = font.get("/DescendantFonts")
    if below is not None:
        font = below[0]
    return str(font.get("/BaseFont", "/")).removeprefix("/").partition("+")[2]
