"""One small good file of every kind that may be uploaded."""

from __future__ import annotations

import functools
import io
import struct
import zlib

import pikepdf
import pyembroidery
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

from spectrum_orders.artwork import profiles
from spectrum_orders.domain.catalogue.product import Space

DXF = (
    b"0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1015\n9\n$INSUNITS\n70\n4\n0\nENDSEC\n"
    b"0\nSECTION\n2\nENTITIES\n0\nLINE\n8\n0\n10\n0.0\n20\n0.0\n11\n9.0\n21\n9.0\n0\nENDSEC\n0\nEOF\n"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="20mm" height="10mm"><path d="M0 0h9v9z"/></svg>'


def picture(
    mode: str = "RGB", size: tuple[int, int] = (40, 30), form: str = "PNG", **options: object
) -> bytes:
    """A picture with a little in it: a gradient, brighter downwards."""
    grey = Image.linear_gradient("L").resize(size)
    if mode == "CMYK":
        image = grey.convert("RGB").convert(mode)
    elif mode == "I;16":
        image = grey.convert("I").point(lambda value: value * 257 + 0).convert(mode)
    else:
        image = grey.convert(mode)
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def png_of(width: int, height: int, pixels: bytes) -> bytes:
    """An RGB PNG that says it is so large, with these packed pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def document(width: float = 100, height: float = 50, pages: int = 1, **options: object) -> bytes:
    """A PDF of empty pages; points."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(width, height))
        pdf.save(out, **options)  # type: ignore[arg-type]  # options of a library that checks them
    return out.getvalue()


@functools.cache
def font(
    permission: int = 0,
    *,
    outlines: bool = True,
    family: str = "Test Sans",
    cff: bool = False,
    weight: int = 400,
) -> bytes:
    """A font whose only letters are A, a square, and a space."""
    builder = FontBuilder(1000, isTTF=not cff)
    builder.setupGlyphOrder([".notdef", "A", "space"])
    builder.setupCharacterMap({ord("A"): "A", ord(" "): "space"})
    glyphs = {}
    for name in (".notdef", "A", "space"):
        pen = T2CharStringPen(600, None) if cff else TTGlyphPen(None)
        if name == "A":
            for number, point in enumerate(((50, 0), (50, 700), (550, 700), (550, 0))):
                (pen.lineTo if number else pen.moveTo)(point)
            pen.closePath()
        glyphs[name] = pen.getCharString() if cff else pen.glyph()
    if cff:
        builder.setupCFF("TestSans", {"FullName": family}, glyphs, {})
    else:
        builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable(
        {
            "familyName": family,
            "styleName": "Regular",
            "fullName": f"{family} Regular",
            "psName": "TestSans-Regular",
        }
    )
    builder.setupOS2(
        sTypoAscender=800,
        sTypoDescender=-200,
        usWinAscent=800,
        usWinDescent=200,
        fsType=permission,
        usWeightClass=weight,
    )
    builder.setupPost()
    if not outlines:
        del builder.font["glyf"], builder.font["loca"]
    builder.font["head"].created = builder.font["head"].modified = 3_000_000_000
    builder.font.recalcTimestamp = False
    out = io.BytesIO()
    builder.font.save(out)
    return out.getvalue()


@functools.cache
def embroidery() -> bytes:
    """Two colours, a square each."""
    pattern = pyembroidery.EmbPattern()
    for x in (0, 100):
        pattern.add_block([(x, 0), (x + 50, 0), (x + 50, 50), (x, 50), (x, 0)], "black")
    out = io.BytesIO()
    pyembroidery.write_dst(pattern, out)
    return out.getvalue()


def samples() -> dict[str, bytes]:
    """By a name that says what it is."""
    return {
        "png": picture("RGBA"),
        "png-16": picture("I;16"),
        "jpeg": picture(form="JPEG", dpi=(300, 300)),
        "jpeg-cmyk": picture("CMYK", form="JPEG"),
        "jpeg-progressive": picture(form="JPEG", progressive=True),
        "tiff": picture("CMYK", form="TIFF", compression="tiff_lzw"),
        "webp": picture(form="WEBP"),
        "svg": SVG,
        "pdf": document(),
        "dxf": DXF,
        "dst": embroidery(),
        "font": font(),
        "font-cff": font(cff=True),
        "profile": profiles.builtin(Space.RGB).data,
        "profile-cmyk": profiles.builtin(Space.CMYK).data,
    }
