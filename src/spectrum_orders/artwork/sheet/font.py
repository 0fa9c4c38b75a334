"""The font of an order's strip, as it is embedded in every base sheet.

The glyphs come out of the typesetter's own copy of DejaVu Sans Mono, whose nought and letter O, one and
letter l can be told apart.
"""

from __future__ import annotations

import functools
import io
import re
import zlib

import pikepdf
import typst
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name, Pdf, Stream

from spectrum_orders.artwork.sheet.letters import ADVANCE, LETTERS

_BFCHAR = re.compile(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]{4})>")


def embed(pdf: Pdf) -> pikepdf.Object:
    """Put the font into a PDF; the same objects every time."""
    program, glyphs = _program()
    width = round(ADVANCE * 1000)
    descriptor = pdf.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/SPECTR+DejaVuSansMono-Bold"),
            Flags=5,
            FontBBox=Array([-447, -394, 731, 1042]),
            ItalicAngle=0,
            Ascent=928,
            Descent=-236,
            CapHeight=729,
            StemV=120,
            FontFile2=pdf.make_indirect(_packed(pdf, program, Length1=len(program))),
        )
    )
    places = bytearray(2 * (max(map(ord, LETTERS)) + 1))
    for one, glyph in glyphs.items():
        places[2 * ord(one) : 2 * ord(one) + 2] = glyph.to_bytes(2, "big")
    descendant = pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name("/SPECTR+DejaVuSansMono-Bold"),
            CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
            DW=width,
            FontDescriptor=descriptor,
            CIDToGIDMap=pdf.make_indirect(_packed(pdf, bytes(places))),
        )
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name("/SPECTR+DejaVuSansMono-Bold"),
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([descendant]),
            ToUnicode=pdf.make_indirect(_packed(pdf, _to_unicode())),
        )
    )


def _packed(pdf: Pdf, data: bytes, **members: int) -> Stream:
    return Stream(pdf, zlib.compress(data, 9), Filter=Name.FlateDecode, **members)


def _to_unicode() -> bytes:
    rows = sorted({ord(one) >> 8 for one in LETTERS})
    ranges = "".join(f"<{row:02x}00> <{row:02x}ff> <{row:02x}00>\n" for row in rows)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Spectrum-Strip def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(rows)} beginbfrange\n{ranges}endbfrange\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end\n"
    ).encode()


@functools.cache
def _program() -> tuple[bytes, dict[str, int]]:
    """The font's outlines without hints, and the glyph of each letter. Made once in a process."""
    source = (
        '#set text(font: "DejaVu Sans Mono", weight: "bold", fallback: false)\n#set document(date: none)\n'
        '#for c in sys.inputs.c.split("\\n") [#c \\ ]'
    )
    compiler = typst.Compiler(font_paths=typst.Fonts(include_system_fonts=False), ignore_system_fonts=True)
    made = compiler.compile(
        source.encode(),
        format="pdf",
        # The space has no outline and takes the empty glyph 0.
        sys_inputs={"c": "\n".join(sorted(LETTERS - {" "}))},
    )
    assert isinstance(made, bytes)
    with pikepdf.open(io.BytesIO(made)) as pdf:
        (font,) = pdf.pages[0].Resources.Font.values()
        descendant = font.DescendantFonts[0]
        raw = descendant.FontDescriptor.FontFile2.read_bytes()
        mapping = font.ToUnicode.read_bytes()
    glyphs = {chr(int(text, 16)): int(cid, 16) for cid, text in _BFCHAR.findall(mapping)}
    missing = LETTERS - glyphs.keys() - {" "}
    assert not missing, sorted(missing)
    return _without_hints(raw), glyphs


def _without_hints(raw: bytes) -> bytes:
    # Hints are for screens of long ago and are half of the bytes.
    font = TTFont(io.BytesIO(raw), recalcTimestamp=False)
    for table in ("fpgm", "prep", "cvt ", "gasp", "hdmx", "VDMX"):
        if table in font:
            del font[table]
    for name in font.getGlyphOrder():
        font["glyf"][name].removeHinting()
    # The space is drawn with glyph 0, which fonts give the box of a missing letter.
    font["glyf"][".notdef"] = Glyph()
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()
