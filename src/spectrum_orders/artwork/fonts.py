"""The fonts that texts may use: those that Typst brings along, and uploaded ones. Never the machine's."""

from __future__ import annotations

import collections
import functools
import io
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

from spectrum_orders.artwork import glyphs, typesetting
from spectrum_orders.domain.catalogue.work import Font
from spectrum_orders.errors import Internal, Invalid, Problem

# Pictures inside fonts have colours of their own, which no plate can follow; without these tables
# the same glyphs are drawn as outlines.
_COLOURED = ("COLR", "CPAL", "CBDT", "CBLC", "sbix", "SVG ")
_KEPT = 16

# OpenType 1.9, name: the family (also typographic, WWS and, with its suffix, of variations) and PostScript.
_FAMILY, _POSTSCRIPT = 1, 6
_NAMES = frozenset((_FAMILY, _POSTSCRIPT, 16, 21, 25))
_WINDOWS = 3, 1, 0x409
# What a PostScript name may be made of and how long it may be (63), less the mark that is put behind it.
_SPECIAL = re.compile(r"[^A-Za-z0-9-]")
_MARK = 12
_LONGEST_POSTSCRIPT = 63 - 1 - _MARK
_LONGEST_SHOWN = 100
_BOLD = 600
"""The weight from which a face is bold: semibold and more."""


class Face:
    """A compiler with its fonts, and the family to ask it for.

    An uploaded font is ``shown`` by its own names, and known in the compiler and in files by its
    ``postscript`` name, which is nobody else's.
    """

    def __init__(
        self, compiler: typst.Compiler, family: str, postscript: str = "", shown: Font | None = None
    ) -> None:
        self.compiler = compiler
        self.family = family
        self.shown = shown
        self._postscript = postscript

    def own(self, family: str, postscripts: Iterable[str]) -> bool:
        """Whether all of these fonts are of the family that a text asks this compiler for."""
        if self.shown is not None:
            return all(one == self._postscript for one in postscripts)
        return all(glyphs.bundled(one).family == family for one in postscripts)

    def font(self, postscript: str) -> Font:
        """What a font is called."""
        if self.shown is not None and postscript == self._postscript:
            return self.shown
        return glyphs.bundled(postscript)


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
    found = _uploaded[font] = _load(data, font, pointer)
    if len(_uploaded) > _KEPT:
        _uploaded.popitem(last=False)
    return found


@functools.cache
def _bundle() -> tuple[typst.Compiler, frozenset[str]]:
    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True), frozenset(fonts.families())


def _load(data: bytes, digest: str, pointer: str) -> Face:
    data, postscript, family, style = _renamed(data, digest, pointer)
    # Typst reads fonts from a folder only, and each not before its first use.
    with tempfile.TemporaryDirectory(prefix="spectrum-font-") as folder:
        (Path(folder) / "font.otf").write_bytes(data)
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[Path(folder)])
        own = [info for info in fonts.fonts() if info.path is not None]
        if not own:
            raise unusable(pointer, "The typesetter cannot read this font.")
        compiler = typst.Compiler(font_paths=fonts, ignore_system_fonts=True)
        found = own[0].family
        use = b"#set page(width: auto, height: auto)\n#text(font: sys.inputs.family)[x \xd7\x90]"
        try:
            typesetting.run(compiler, use, "svg", sys_inputs={"family": found})
        except Internal as error:
            raise unusable(pointer, "The typesetter cannot read this font.") from error
    shown = Font(
        family,
        f"{family} {style} (uploaded)",
        bold=own[0].weight >= _BOLD,
        italic=own[0].style != "normal",
        uploaded=True,
    )
    return Face(compiler, found, postscript, shown)


def _renamed(data: bytes, digest: str, pointer: str) -> tuple[bytes, str, str, str]:
    """The first font of a file under names that no other font has, and what it was called: its new
    PostScript name, and its own family and style.

    Under its own name it might be one of those that come along, at another weight: the typesetter would
    take theirs, or ours for theirs.
    """
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
        names = font["name"]
        family, style = names.getBestFamilyName() or "", names.getBestSubFamilyName() or ""
        before = _SPECIAL.sub("", names.getDebugName(_POSTSCRIPT) or "")[:_LONGEST_POSTSCRIPT]
        postscript = f"{before or 'Uploaded'}-{digest[:_MARK]}"
        names.names = [one for one in names.names if one.nameID not in _NAMES]
        names.setName(f"spectrum {digest}", _FAMILY, *_WINDOWS)
        names.setName(postscript, _POSTSCRIPT, *_WINDOWS)
        out = io.BytesIO()
        font.save(out)
    except Invalid:
        raise
    except Exception as error:
        raise unusable(pointer, "The file cannot be read as one font.") from error
    return out.getvalue(), postscript, family[:_LONGEST_SHOWN], style[:_LONGEST_SHOWN]


def unusable(pointer: str, message: str) -> Invalid:
    """The refusal of a layer's font."""
    return Invalid(
        f"{message} Upload an OpenType or TrueType font.",
        problems=(Problem(f"{pointer}/font", "font", message),),
    )
