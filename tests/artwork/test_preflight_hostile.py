"""Preflight of bytes that were made to break it: it answers, soon, and never raises."""

from __future__ import annotations

import functools
import io
import re
import time
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import pikepdf
import pytest
from ezdxf.filemanagement import new
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import Array, Dictionary, Name

from spectrum_orders.artwork.preflight import check
from spectrum_orders.domain.catalogue.findings import KINDS
from spectrum_orders.domain.catalogue.product import Area, Output
from tests.artwork import preflight_samples as samples
from tests.artwork.preflight_samples import CANARY, changed, form, painted

SECONDS = 15
"""Of a core. Three times what any of them takes."""


def quickly(data: bytes, area: Area = samples.AREA) -> set[str]:
    started = time.process_time()
    findings = check(data, samples.job(area))
    assert time.process_time() - started < SECONDS
    assert all(finding.code in KINDS for finding in findings)
    assert CANARY not in msgspec.json.encode(findings).decode()
    return {finding.code for finding in findings}


def flate(contents: bytes) -> bytes:
    """The clean page with other contents, packed as tightly as it goes."""

    def change(pdf: pikepdf.Pdf, page: Any) -> None:
        page.Contents = pdf.make_stream(zlib.compress(contents, 9), Filter=Name.FlateDecode)

    return changed(change)


def itself() -> bytes:
    def change(pdf: pikepdf.Pdf, page: Any) -> None:
        drawing = form(b"/A Do", Resources=Dictionary())(pdf)
        drawing.Resources.XObject = Dictionary(A=drawing)
        page.Resources.XObject = Dictionary(A=drawing)
        page.Contents = pdf.make_stream(b"/A Do")

    return changed(change)


def each_other() -> bytes:
    """A pattern painted with letters that are drawn with this pattern."""

    def change(pdf: pikepdf.Pdf, page: Any) -> None:
        glyph = pdf.make_stream(b"9 0 d0 /Pattern cs /P scn 0 0 9 9 re f")
        font = pdf.make_indirect(
            Dictionary(Subtype=Name.Type3, FontMatrix=[1, 0, 0, 1, 0, 0], CharProcs=Dictionary(a=glyph))
        )
        pattern = pdf.make_stream(b"BT /F 1 Tf (a) Tj ET", PatternType=1, PaintType=1)
        font.Resources = Dictionary(Pattern=Dictionary(P=pattern))
        pattern.Resources = Dictionary(Font=Dictionary(F=font))
        page.Resources.Pattern = Dictionary(P=pattern)
        page.Contents = pdf.make_stream(b"/Pattern cs /P scn 0 0 9 9 re f")

    return changed(change)


def tower(deep: int, wide: int) -> bytes:
    """Forms in forms, each of which draws the one below many times in different sizes."""

    def change(pdf: pikepdf.Pdf, page: Any) -> None:
        drawing = form(b"0 0 9 9 re f", Resources=Dictionary())(pdf)
        for _ in range(deep):
            contents = b" ".join(b"q 1.%d 0 0 1 0 0 cm /A Do Q" % number for number in range(wide))
            drawing = form(contents, Resources=Dictionary(XObject=Dictionary(A=drawing)))(pdf)
        page.Resources.XObject = Dictionary(A=drawing)
        page.Contents = pdf.make_stream(b"/A Do")

    return changed(change)


def bookmarks() -> bytes:
    return changed(samples.root(Outlines=Dictionary(First=Array([Dictionary()] * 60_000))))


def again_and_again() -> bytes:
    """Contents that are one large stream, five thousand times."""

    def change(pdf: pikepdf.Pdf, page: Any) -> None:
        part = pdf.make_stream(zlib.compress(b" " * 30_000_000, 9), Filter=Name.FlateDecode)
        page.Contents = Array([part] * 5_000)

    return changed(change)


def hidden_lzw() -> bytes:
    """The filter's name stands in a packed object, where no search of the bytes finds it."""

    def change(pdf: pikepdf.Pdf, page: Any) -> None:
        named = pdf.make_indirect(Array([Name.LZWDecode]))
        # What cannot be unpacked is written as it is.
        page.Contents = pdf.make_stream(b"\xff\xff\xff\xff\xff")
        page.Contents.Filter = named

    data = changed(
        change,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
    )
    assert b"LZW" not in data
    return data


def blocks(deep: int, wide: int, circle: bool = False) -> bytes:
    document = new("R2000", units=4)
    document.blocks.new("B0").add_line((0, 0), (1, 1))
    for level in range(1, deep):
        block = document.blocks.new(f"B{level}")
        for _ in range(wide):
            block.add_blockref(f"B{level - 1}", (0, 0))
    if circle:
        document.blocks.get("B0").add_blockref(f"B{deep - 1}", (0, 0))
    document.modelspace().add_blockref(f"B{deep - 1}", (0, 0))
    out = io.StringIO()
    document.write(out)
    return out.getvalue().encode()


BOMBS: dict[str, tuple[Callable[[], bytes], str, Area]] = {
    "states": (lambda: flate(b"q " * 3_000_000), "too-complex", samples.AREA),
    "a stream of 68 MB": (lambda: flate(b"q Q " * 17_000_000), "too-complex", samples.AREA),
    "numbers": (lambda: flate(b"1 " * 3_000_000), "too-complex", samples.AREA),
    "brackets in a text": (lambda: flate(b"(" * 3_000_000), "too-complex", samples.AREA),
    "arrays in arrays": (lambda: flate(b"[" * 3_000_000), "too-complex", samples.AREA),
    "no operators at all": (lambda: flate(b"{" * 3_000_000), "too-complex", samples.AREA),
    "one part again and again": (again_and_again, "too-complex", samples.AREA),
    "a form that draws itself": (itself, "too-complex", samples.AREA),
    "a pattern and a letter that draw each other": (each_other, "too-complex", samples.AREA),
    "forms 30 deep": (lambda: tower(30, 1), "too-complex", samples.AREA),
    "forms that draw 10 to the 15th": (lambda: tower(15, 10), "too-complex", samples.AREA),
    "bookmarks": (bookmarks, "too-complex", samples.AREA),
    "hidden LZW": (hidden_lzw, "too-complex", samples.AREA),
    "elements in elements": (
        lambda: samples.svg("<g>" * 1_000_000), "too-complex", samples.SVG_AREA),
    "elements": (lambda: samples.svg("<g/>" * 600_000), "too-complex", samples.SVG_AREA),
    "entities in entities": (
        lambda: samples.svg("&b;", before="<!DOCTYPE svg [<!ENTITY a 'aaa'><!ENTITY b '&a;&a;'>]>"),
        "too-complex", samples.SVG_AREA),
    "an entity of another file": (
        lambda: samples.svg("&a;", before="<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"),
        "too-complex", samples.SVG_AREA),
    "blocks in a circle": (lambda: blocks(3, 2, circle=True), "too-complex", samples.DXF_AREA),
    "a long drawing": (lambda: samples.dxf() + b"0\nLINE\n" * 500_000, "too-complex", samples.DXF_AREA),
    "too many stitches": (
        lambda: samples.dst()[:512] + b"\1\0\3" * 2_000_001 + b"\0\0\xf3", "too-complex", samples.DST_AREA),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_too_complex_soon(bomb: str):
    make, code, area = BOMBS[bomb]
    assert code in quickly(make(), area)


def test_blocks_are_measured_once_however_often_they_are_placed():
    assert quickly(blocks(15, 10), samples.DXF_AREA) == set()


def test_a_drawing_that_is_repeated_is_looked_at_once():
    symbol = form(b"0 0 0 1 k " + b"0 0 9 9 re f " * 500, Resources=Dictionary())
    # Walked anew each time, these would be a million parts.
    assert quickly(painted(b"1 0 0 1 1 0 cm /A Do " * 2_000, XObject={"A": symbol})) == set()


SEEDS: dict[str, tuple[Callable[[], bytes], Area]] = {
    "pdf": (lambda: samples.clean(samples.SPOTTED), samples.SPOTTED),
    "photo": (lambda: samples.photographed()[0], samples.AREA),
    "tiff": (samples.tiff, samples.TIFF_AREA),
    "png": (samples.png, samples.PNG_AREA),
    "svg": (lambda: samples.svg('<g style="fill:url(#a)"><use href="#b"/></g>'), samples.SVG_AREA),
    "dxf": (samples.dxf, samples.DXF_AREA),
    "dst": (samples.dst, samples.DST_AREA),
}
# What stands in a file by chance stands rarely in the wrong place.
WORDS = [
    b"/Kids",
    b"/Parent",
    b"/Length 0",
    b"<<",
    b">>",
    b"stream",
    b"endobj",
    b"1 0 R",
    b"99999999999",
    b"-1",
    b"(",
]


@functools.cache
def original(seed: str) -> bytes:
    """One file for all its examples: a drawing holds the moment in which it was made."""
    return SEEDS[seed][0]()


def edited(data: bytes, draw: Callable[[Any], Any]) -> bytes:
    """The bytes after some edits: other bytes, cuts, repetitions, words of the format."""
    made = bytearray(data)
    # The profile is most of a PDF and never the interesting part.
    places = [at for word in (b"obj", b"/", b"<", b"\n") for at in (found.start() for found in re.finditer(
        re.escape(word), data[:4_000] + data[-4_000:]))] or [0]  # fmt: skip
    for _ in range(draw(st.integers(1, 6))):
        near = draw(st.sampled_from(places))
        at = near if near < 4_000 else max(0, len(made) - 8_000 + near)
        at = min(len(made), max(0, at + draw(st.integers(-3, 20))))
        match draw(st.integers(0, 3)):
            case 0:
                made[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
            case 1:
                del made[at : at + draw(st.integers(1, 200))]
            case 2:
                made[at:at] = draw(st.sampled_from(WORDS))
            case _:
                made[at:at] = made[max(0, at - draw(st.integers(1, 400))) : at]
    return bytes(made)


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_change_of_a_real_file_makes_it_raise_or_linger(seed: str, data: st.DataObject):
    quickly(edited(original(seed), data.draw), SEEDS[seed][1])


@settings(max_examples=100)
@given(contents=st.text(alphabet="()[]<>{}/%qQfSDo BIDETj0123456789.-+\n\\", max_size=300))
def test_no_contents_make_it_raise(contents: str):
    quickly(painted(contents.encode()))


@pytest.mark.parametrize("output", list(Output), ids=lambda output: output.value)
@pytest.mark.parametrize(
    "start", [b"", b"%PDF-1.6\n", b"II*\0\x08\0\0\0", b"\x89PNG\r\n\x1a\n", b"<svg", b"0\nSECTION\n"]
)
def test_the_beginning_of_a_file_alone_is_a_rejection(output: Output, start: bytes):
    area = msgspec.structs.replace(samples.AREA, output=output)
    assert quickly(start, area) & {"wrong-format", "unreadable", "damaged"}
