"""Fonts of a PDF: whether they are there, and letters that are drawings."""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf

from spectrum_orders.artwork.preflight.space import Matrix, matrix
from spectrum_orders.artwork.preflight.streams import called

_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
_MOST_GLYPHS = 4_096
"""Drawings of one Type 3 font. Its codes are single bytes; more are never shown."""

# Their names are the standard's own and say nothing of the artwork.
_STANDARD = (
    "Courier", "Courier-Bold", "Courier-BoldOblique", "Courier-Oblique",
    "Helvetica", "Helvetica-Bold", "Helvetica-BoldOblique", "Helvetica-Oblique",
    "Symbol", "Times-Bold", "Times-BoldItalic", "Times-Italic", "Times-Roman", "ZapfDingbats",
)  # fmt: skip


def drawn(font: pikepdf.Object) -> bool:
    """Whether its letters are drawings of their own (Type 3)."""
    return font.get("/Subtype") == pikepdf.Name.Type3


def embedded(font: pikepdf.Object) -> bool:
    """Whether the letters' outlines are in the file."""
    if drawn(font):
        return True
    below = font.get("/DescendantFonts")
    if isinstance(below, pikepdf.Array) and len(below) > 0:
        font = below[0]
        if not isinstance(font, pikepdf.Dictionary):
            return False
    about = font.get("/FontDescriptor")
    if not isinstance(about, pikepdf.Dictionary):
        return False
    return any(isinstance(about.get(name), pikepdf.Stream) for name in _FILES)


def described(font: pikepdf.Object) -> str:
    """The font as findings call it: by name only if it is one of the fourteen that every reader has."""
    named = font.get("/BaseFont")
    name = called(named).removeprefix("/") if isinstance(named, pikepdf.Name) else ""
    return f"{name}, not embedded" if name in _STANDARD else "a font that is not embedded"


def glyphs(font: pikepdf.Object) -> Iterator[pikepdf.Stream]:
    """The drawings of a Type 3 font."""
    drawings = font.get("/CharProcs")
    if isinstance(drawings, pikepdf.Dictionary):
        for number, glyph in enumerate(drawings.values()):
            if number >= _MOST_GLYPHS:
                return
            if isinstance(glyph, pikepdf.Stream):
                yield glyph


def glyph_matrix(font: pikepdf.Object) -> Matrix:
    """From a Type 3 font's own space to that of its text."""
    return matrix(font.get("/FontMatrix"))
