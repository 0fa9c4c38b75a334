"""The fonts that texts may use: those that Typst brings along, and uploaded ones. Never the machine's."""

from __future__ import annotations

import collections
import functools
import io
import tempfile
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

from spectrum_orders.artwork import typesetting
from spectrum_orders.errors import Internal, Invalid, Problem

# Pictures inside fonts have colours of their own, which no plate can follow; without these tables
# the same glyphs are drawn as outlines.
_COLOURED = ("COLR", "CPAL", "CBDT", "CBLC", "sbix", "SVG ")
_KEPT = 16


class Face:
    """A compiler with its fonts, and the family to ask it for."""

    def __init__(self, compiler: typst.Compiler, family: str, uploaded: bool = False) -> None:
        self.compiler = compiler
        self.family = family
        self.uploaded = uploaded


# By the font's SHA-256. The oldest leaves when there are too many.
_uploaded: collections.OrderedDict[str, Face] = collections.OrderedDict()


def face(font: str, assets: dict[str, bytes], pointer: str) -> Face:
    """The face of a family's name, or of an uploaded font by its SHA-256 (hex).

    Raises:
        Invalid: no such family, or the file is no font with outlines.
    """
    bundled, families = _bundle()
    if font in families:
        return Face(bundled, font)
    if font in _uploaded:
        _uploaded.move_to_end(font)
        return _uploaded[font]
    data = assets.get(font)
    if data is None:
        message = "There is no such font."
        raise Invalid(
            f"{message} Name an uploaded font by its SHA-256, or one of: {', '.join(sorted(families))}.",
            problems=(Problem(f"{pointer}/font", "font", message),),
        )
    found = _uploaded[font] = _load(data, pointer)
    if len(_uploaded) > _KEPT:
        _uploaded.popitem(last=False)
    return found


@functools.cache
def _bundle() -> tuple[typst.Compiler, frozenset[str]]:
    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True), frozenset(fonts.families())


def _load(data: bytes, pointer: str) -> Face:
    data = _outlines(data, pointer)
    # Typst reads fonts from a folder only, and each not before its first use.
    with tempfile.TemporaryDirectory(prefix="spectrum-font-") as folder:
        (Path(folder) / "font.otf").write_bytes(data)
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[Path(folder)])
        own = [info for info in fonts.fonts() if info.path is not None]
        if not own:
            raise unusable(pointer, "The typesetter cannot read this font.")
        compiler = typst.Compiler(font_paths=fonts, ignore_system_fonts=True)
        family = own[0].family
        use = b"#set page(width: auto, height: auto)\n#text(font: sys.inputs.family)[x \xd7\x90]"
        try:
            typesetting.run(compiler, use, "svg", sys_inputs={"family": family})
        except Internal as error:
            raise unusable(pointer, "The typesetter cannot read this font.") from error
    return Face(compiler, family, uploaded=True)


def _outlines(data: bytes, pointer: str) -> bytes:
    try:
        # Of a collection the first: a recipe names a file and not a font in it.
        number = 0 if data[:4] == b"ttcf" else -1
        font = TTFont(io.BytesIO(data), fontNumber=number, recalcTimestamp=False)
        tables = set(font.keys())
        if not tables & {"glyf", "CFF ", "CFF2"} or "cmap" not in tables:
            raise unusable(pointer, "The font has no outlines.")
        for table in tables.intersection(_COLOURED):
            del font[table]
        if font.flavor is not None:
            # A few bytes of one may unpack to gigabytes.
            raise unusable(pointer, "The file is a web font.")
        if tables.isdisjoint(_COLOURED) and data[:4] in (b"\0\1\0\0", b"OTTO", b"true"):
            return data
        out = io.BytesIO()
        font.save(out)
    except Invalid:
        raise
    except Exception as error:
        raise unusable(pointer, "The file cannot be read as one font.") from error
    return out.getvalue()


def unusable(pointer: str, message: str) -> Invalid:
    """The refusal of a layer's font."""
    return Invalid(
        f"{message} Upload an OpenType or TrueType font.",
        problems=(Problem(f"{pointer}/font", "font", message),),
    )
