"""Files to preflight: clean ones of ours, and for each kind of finding those that have exactly this fault."""

from __future__ import annotations

import functools
import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import msgspec
import pikepdf
import pyembroidery
from ezdxf.filemanagement import new
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from spectrum_orders.artwork import composing, profiles, remarks, rendering
from spectrum_orders.artwork.preflight.report import Remark
from spectrum_orders.domain.catalogue.colour import Cmyk, Tint
from spectrum_orders.domain.catalogue.product import Area, Level, Output, Space, Spot
from spectrum_orders.domain.catalogue.recipe import (
    Across,
    Box,
    Code,
    Down,
    Fill,
    Filling,
    Layer,
    Symbology,
    Text,
    TextFit,
)
from spectrum_orders.domain.catalogue.recipe import Image as Photo
from spectrum_orders.domain.catalogue.work import PrintJob
from tests.artwork import uploads

CANARY = "Zaphod-Beeblebrox"
"""Stands wherever a file has a text or a name of its own, and must never stand in a finding."""

AREA = Area("front", 90, 50)
SPOTTED = msgspec.structs.replace(AREA, spots=(Spot("White", Cmyk(0, 0, 0, 0.1)),))
CMYK_PROFILE = profiles.builtin(Space.CMYK).data
SRGB_PROFILE = profiles.builtin(Space.RGB).data

FONT = uploads.font()
PAPER = Cmyk(0, 0, 0, 0)

Change = Callable[[pikepdf.Pdf, Any], None]
Sample = tuple[bytes, PrintJob, tuple[Remark, ...]]


def job(area: Area = AREA, *layers: Layer, **assets: bytes) -> PrintJob:
    """A print job of this area."""
    return PrintJob(area, Filling(area.handle, layers), assets)


@functools.cache
def clean(area: Area = AREA) -> bytes:
    """A file of ours without a fault: a background, a text, a code, and something on each plate."""
    layers: list[Layer] = [Fill(Cmyk(0.1, 0.2, 0.0, 0.0))]
    layers += [Fill(Tint(spot.name), Box(0, 0, 10, 10)) for spot in area.spots]
    layers += [Text(CANARY, Box(5, 5, 80, 20), size=20), Code(CANARY, Box(30, 25, 22, 22))]
    return rendering.make(job(area, *layers)).data


@functools.cache
def photographed() -> tuple[bytes, PrintJob]:
    """A file of ours with a photograph in it, and its job."""
    out = io.BytesIO()
    sky = Image.linear_gradient("L").resize((1200, 700))
    Image.merge("RGB", (sky, sky.point(lambda value: 255 - value), sky)).save(out, "JPEG", quality=88)
    digest = hashlib.sha256(out.getvalue()).hexdigest()
    made = job(AREA, Photo(digest), **{digest: out.getvalue()})
    return rendering.make(made).data, made


def changed(change: Change, area: Area = AREA, start: bytes | None = None, **saving: Any) -> bytes:
    """The clean file after a change with pikepdf."""
    with pikepdf.Pdf.open(io.BytesIO(start or clean(area))) as pdf:
        change(pdf, pdf.pages[0].obj)
        out = io.BytesIO()
        pdf.save(out, **saving)
        return out.getvalue()


def painted(contents: bytes, area: Area = AREA, **resources: dict[str, Any]) -> bytes:
    """The clean file with something more painted. Resources by kind and name; a function gets the PDF."""

    def change(pdf: pikepdf.Pdf, page: Any) -> None:
        for kind, entries in resources.items():
            if f"/{kind}" not in page.Resources:
                page.Resources[f"/{kind}"] = Dictionary()
            table = page.Resources[f"/{kind}"]
            for name, value in entries.items():
                table[f"/{name}"] = value(pdf) if callable(value) else value
        # Ours are drawn in millimetres; what comes after them is in points again.
        page.Contents = Array([pdf.make_stream(b"q"), page.Contents, pdf.make_stream(b"Q " + contents)])

    return changed(change, area)


def form(contents: bytes, **more: Any) -> Callable[[pikepdf.Pdf], Stream]:
    """A form XObject."""

    def made(pdf: pikepdf.Pdf) -> Stream:
        entries = {name: value(pdf) if callable(value) else value for name, value in more.items()}
        return pdf.make_stream(contents, Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9], **entries)

    return made


def picture(
    space: Any, size: tuple[int, int] = (500, 500), pixel: bytes = b"\0\0\0\0", **more: Any
) -> Callable[[pikepdf.Pdf], Stream]:
    """A picture of one colour."""

    def made(pdf: pikepdf.Pdf) -> Stream:
        return pdf.make_stream(
            zlib.compress(pixel * (size[0] * size[1])),
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=size[0],
            Height=size[1],
            BitsPerComponent=8,
            ColorSpace=space(pdf) if callable(space) else space,
            Filter=Name.FlateDecode,
            **{name: value(pdf) if callable(value) else value for name, value in more.items()},
        )

    return made


def icc(data: bytes, parts: int) -> Callable[[pikepdf.Pdf], Array]:
    """An ICC based colour space."""
    return lambda pdf: Array([Name.ICCBased, pdf.make_stream(data, N=parts)])


def separation(name: str) -> Array:
    """A spot plate."""
    tint = Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0, 0], C1=[0, 1, 0, 0], N=1)
    return Array([Name.Separation, Name(f"/{name}"), Name.DeviceCMYK, tint])


def other_profile(data: bytes) -> bytes:
    """A profile that says the same and was made at another time."""
    return data[:24] + struct.pack(">6H", 1999, 1, 1, 0, 0, 0) + data[36:]


def intent(data: bytes, parts: int) -> Change:
    """Puts another profile into the output intent."""

    def change(pdf: pikepdf.Pdf, _: Any) -> None:
        pdf.Root.OutputIntents[0].DestOutputProfile = pdf.make_stream(data, N=parts)

    return change


def root(**entries: Any) -> Change:
    """Puts entries into the document's catalogue."""

    def change(pdf: pikepdf.Pdf, _: Any) -> None:
        for name, value in entries.items():
            pdf.Root[f"/{name}"] = value(pdf) if callable(value) else value

    return change


def page(**entries: Any) -> Change:
    """Puts entries into the page; None takes one away."""

    def change(pdf: pikepdf.Pdf, page: Any) -> None:
        for name, value in entries.items():
            if value is None:
                del page[f"/{name}"]
            else:
                page[f"/{name}"] = value(pdf) if callable(value) else value

    return change


def script() -> Dictionary:
    """An action that runs JavaScript."""
    return Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{CANARY}')"))


def text(font: Any, contents: bytes) -> bytes:
    """The clean file with a text in this font (F) more."""
    return painted(b"BT /F 12 Tf " + contents + b" ET", Font={"F": font})


def unnamed_x4(pdf: pikepdf.Pdf, _: Any) -> None:
    """Takes away what says PDF/X-4."""
    del pdf.trailer.Info.GTS_PDFXVersion
    del pdf.Root.Metadata


def attach(pdf: pikepdf.Pdf, _: Any) -> None:
    """Embeds a file."""
    pdf.attachments[f"{CANARY}.txt"] = b"text"


def twice(pdf: pikepdf.Pdf, _: Any) -> None:
    """One more page of the same."""
    pdf.pages.append(pdf.pages[0])


def layered(pdf: pikepdf.Pdf, _: Any) -> None:
    """A layer that can be switched off."""
    group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(CANARY)))
    pdf.Root.OCProperties = Dictionary(OCGs=[group], D=Dictionary(Order=[group]))


def locked() -> bytes:
    """The clean file, encrypted, with a password only for its owner."""
    lock = pikepdf.Encryption(owner=CANARY, user="", R=4)
    return changed(lambda *_: None, encryption=lock, force_version="1.6")


# Pictures

PNG_AREA = msgspec.structs.replace(AREA, output=Output.PNG, space=Space.RGB)
TIFF_AREA = msgspec.structs.replace(AREA, output=Output.TIFF)
PIXELS = (1134, 661)
"""96 by 56 mm at 300 dpi."""


def png(size: tuple[int, int] = PIXELS, mode: str = "RGB", icc: bytes | None = SRGB_PROFILE) -> bytes:
    """A PNG of one colour."""
    out = io.BytesIO()
    colour = 30_000 if mode.startswith("I") else (200, 30, 90)
    Image.new(mode, size, colour).save(out, "PNG", icc_profile=icc, dpi=(300, 300))
    return out.getvalue()


def tiff(
    mode: str = "CMYK",
    colour: tuple[int, ...] = (90, 0, 30, 0),
    icc: bytes | None = CMYK_PROFILE,
    **more: Any,
) -> bytes:
    """A TIFF of one colour."""
    out = io.BytesIO()
    picture = Image.new(mode, PIXELS, colour if len(colour) > 1 else colour[0])
    picture.save(out, "TIFF", icc_profile=icc, dpi=(300, 300), compression="tiff_lzw", **more)
    return out.getvalue()


def blotted() -> bytes:
    """A TIFF with a hole in its pixels."""
    data = bytearray(tiff())
    with TiffImageFile(io.BytesIO(data)) as opened:
        start = opened.tag_v2[273][0]
    data[start : start + 400] = b"\xff" * 400
    return bytes(data)


def animated() -> bytes:
    """A PNG of two pictures."""
    out = io.BytesIO()
    frames = [Image.new("RGB", PIXELS, colour) for colour in ("red", "green")]
    frames[0].save(
        out, "PNG", icc_profile=SRGB_PROFILE, dpi=(300, 300), save_all=True, append_images=frames[1:]
    )
    return out.getvalue()


# Drawings and embroidery

SVG_AREA = msgspec.structs.replace(PNG_AREA, output=Output.SVG)
DXF_AREA = msgspec.structs.replace(AREA, output=Output.DXF)
DST_AREA = msgspec.structs.replace(AREA, output=Output.DST)


def svg(inside: str = "", head: str = 'width="96mm" height="56mm"', before: str = "") -> bytes:
    """An SVG of the area with its bleed."""
    shape = '<rect width="40" height="20" fill="#204080"/>'
    return (
        f'{before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {head}'
        f' viewBox="0 0 96 56">{shape}{inside}</svg>'
    ).encode()


def dxf(unit: int = 4, width: float = 90, change: Callable[[Any], object] = lambda _: None) -> bytes:
    """A drawing of a rectangle."""
    document = new("R2000", units=unit)
    document.modelspace().add_lwpolyline([(0, 0), (width, 0), (width, 50), (0, 50)], close=True)
    change(document)
    out = io.StringIO()
    document.write(out)
    return out.getvalue().encode()


def dst(width: float = 80, stitches: int = 20) -> bytes:
    """A zigzag, ``width`` mm wide."""
    pattern = pyembroidery.EmbPattern()
    for number in range(stitches):
        pattern.add_stitch_absolute(
            pyembroidery.STITCH, 10 * width * number / (stitches - 1), 100 * (number % 2)
        )
    pattern.end()
    out = io.BytesIO()
    pyembroidery.write_dst(pattern, out)
    return out.getvalue()


def hashed(data: bytes) -> str:
    """The name of an upload."""
    return hashlib.sha256(data).hexdigest()


def of(data: bytes, area: Area = AREA) -> Sample:
    """A PDF against an area."""
    return data, job(area), ()


def composed(*layers: Layer, area: Area = AREA, font: bytes = b"", off: str = "") -> Sample:
    """A file of ours, with what is known of its layers; ``off`` is a finding that follows from another."""
    levels = {off: Level.OFF} if off else {}
    one = PrintJob(area, Filling(area.handle, layers), {hashed(font): font} if font else {}, levels)
    profile = profiles.of(area, one.assets)
    return rendering.make(one).data, one, remarks.of(composing.compose(one, profile), area, profile)


def resized(**sides: Any) -> Area:
    """The area with something else about it."""
    return msgspec.structs.replace(AREA, **sides)


_BIG = b"q 200 0 0 100 20 20 cm "
_TR: dict[str, Any] = {"FunctionType": 2, "Domain": [0, 1], "N": 2}

SAMPLES: dict[str, list[Callable[[], Sample]]] = {
    "wrong-format": [
        lambda: (png(), job(), ()),
        lambda: (clean(), job(TIFF_AREA), ()),
        lambda: (svg(), job(DXF_AREA), ()),
        lambda: (b"", job(), ()),
    ],
    "unreadable": [lambda: of(b"%PDF-1.6\nnothing of it is left")],
    "damaged": [
        lambda: of(clean()[: clean().rindex(b"startxref")]),
        lambda: of(painted(b"[ ( no end")),
        lambda: of(painted(b"/X0 gs /Bad cs 1 scn 0 0 9 9 re f", ColorSpace={"Bad": Array([Name.Odd])})),
        lambda: of(changed(page(MediaBox=[0, 0, 0, 0], TrimBox=None, BleedBox=None))),
        lambda: (png()[:-40], job(PNG_AREA), ()),
        lambda: (blotted(), job(TIFF_AREA), ()),
        lambda: (svg()[:-3], job(SVG_AREA), ()),
        lambda: (dxf()[: len(dxf()) // 2], job(DXF_AREA), ()),
        lambda: (dst()[:-30], job(DST_AREA), ()),
    ],
    "too-complex": [
        lambda: of(painted(b"q " * 600)),
        lambda: of(clean() + b"%/LZWDecode"),
        lambda: (svg("<g>" * 300 + "</g>" * 300), job(SVG_AREA), ()),
        lambda: (svg(before="<!DOCTYPE svg [<!ENTITY a 'b'>]>"), job(SVG_AREA), ()),
    ],
    "encrypted": [lambda: of(locked())],
    "script": [
        lambda: of(changed(root(OpenAction=script()))),
        lambda: of(changed(root(Names=Dictionary(JavaScript=Dictionary(Names=[String("a"), script()]))))),
        lambda: of(changed(page(AA=Dictionary(O=script())))),
        lambda: of(changed(root(Outlines=Dictionary(First=Dictionary(Title=String("a"), A=script()))))),
        lambda: of(
            painted(b"/P Do", XObject={"P": lambda pdf: pdf.make_stream(b"showpage", Subtype=Name.PS)})
        ),
        lambda: (svg("<script>1</script>"), job(SVG_AREA), ()),
        lambda: (svg('<g onclick="alert(1)"/>'), job(SVG_AREA), ()),
        lambda: (svg('<use xlink:href=" java&#10;script:alert(1)"/>'), job(SVG_AREA), ()),
    ],
    "external-content": [
        lambda: of(painted(b"/E Do", XObject={"E": form(b"", Ref=Dictionary(F=String("other.pdf")))})),
        lambda: of(
            painted(_BIG + b"/E Do Q", XObject={"E": picture(Name.DeviceCMYK, F=String("other.tif"))})
        ),
        lambda: (svg('<image width="5" height="5" xlink:href="http://a.test/a.png"/>'), job(SVG_AREA), ()),
        lambda: (svg('<image width="5" height="5" href="data:image/svg+xml;base64,AA"/>'), job(SVG_AREA), ()),
        lambda: (svg("<style>@import 'a.css';</style>"), job(SVG_AREA), ()),
        lambda: (svg('<rect fill="url(//a.test/#a)"/>'), job(SVG_AREA), ()),
        lambda: (svg(before='<?xml-stylesheet href="a.css"?>'), job(SVG_AREA), ()),
        lambda: (svg("<foreignObject/>"), job(SVG_AREA), ()),
        lambda: (dxf(change=lambda drawing: drawing.modelspace().add_image(
            drawing.add_image_def("other.png", (9, 9)), (0, 0), (9, 9))), job(DXF_AREA), ()),
    ],
    "page-count": [
        lambda: of(changed(twice)),
        lambda: (tiff(save_all=True, append_images=[Image.new("CMYK", PIXELS)]), job(TIFF_AREA), ()),
        lambda: (animated(), job(PNG_AREA), ()),
    ],
    "page-size": [
        lambda: of(clean(), resized(width=91)),
        lambda: of(changed(page(Rotate=0, UserUnit=2.0))),
        lambda: (png((1134, 800)), job(PNG_AREA), ()),
        lambda: (svg(head='width="10cm" height="56mm"'), job(SVG_AREA), ()),
        lambda: (dxf(width=120), job(DXF_AREA), ()),
        lambda: (dxf(change=lambda drawing: (
            drawing.blocks.new("B").add_line((0, 0), (60, 0)),
            drawing.modelspace().add_blockref("B", (0, 0), dxfattribs={"xscale": 2}))), job(DXF_AREA), ()),
        lambda: (dst(width=100), job(DST_AREA), ()),
    ],
    "bleed": [
        lambda: of(clean(), resized(bleed=5)),
        lambda: (png((1063, 591)), job(PNG_AREA), ()),
        lambda: (svg(head='width="90mm" height="50mm"'), job(SVG_AREA), ()),
    ],
    "trim-box-missing": [lambda: of(changed(page(TrimBox=None)))],
    "box-order": [lambda: of(changed(page(BleedBox=[-20, -20, 400, 400])))],
    "bleed-box-missing": [lambda: of(changed(page(BleedBox=None)))],
    "page-rotated": [lambda: of(changed(page(Rotate=180)))],
    "units": [
        lambda: (dxf(unit=0), job(DXF_AREA), ()),
        lambda: (svg(head='width="96" height="56"'), job(SVG_AREA), ()),
        lambda: (svg(head=""), job(SVG_AREA), ()),
    ],
    "pdf-version": [
        lambda: of(changed(lambda *_: None, force_version="2.0")),
        lambda: of(changed(root(Version=Name("/1.7")))),
    ],
    "pdfx-missing": [lambda: of(changed(unnamed_x4))],
    "output-intent-missing": [
        lambda: of(changed(root(OutputIntents=Array()))),
        lambda: of(changed(lambda pdf, _: pdf.Root.OutputIntents[0].__delitem__("/DestOutputProfile"))),
    ],
    "output-intent-space": [lambda: of(changed(intent(SRGB_PROFILE, 3)))],
    "output-intent-other": [lambda: of(changed(intent(other_profile(CMYK_PROFILE), 4)))],
    "action": [
        lambda: of(changed(root(OpenAction=Dictionary(S=Name.URI, URI=String("http://a.test"))))),
        lambda: (svg('<a href="http://a.test"/>'), job(SVG_AREA), ()),
        lambda: (svg('<animate attributeName="x"/>'), job(SVG_AREA), ()),
    ],
    "annotation": [
        lambda: of(changed(page(Annots=[Dictionary(Subtype=Name.Square, Rect=[0, 0, 9, 9])]))),
        lambda: of(changed(root(AcroForm=Dictionary(Fields=[Dictionary(T=String(CANARY))])))),
    ],
    "embedded-file": [lambda: of(changed(attach))],
    "layers": [lambda: of(changed(layered))],
    "transfer-function": [
        lambda: of(painted(b"/T gs", ExtGState={"T": Dictionary(TR=Dictionary(**_TR))})),
        lambda: of(
            painted(b"/T gs", ExtGState={"T": Dictionary(HT=Dictionary(TransferFunction=Dictionary(**_TR)))})
        ),
    ],
    "font-not-embedded": [
        lambda: of(text(Dictionary(Subtype=Name.Type1, BaseFont=Name.Helvetica), b"(x) Tj")),
        lambda: of(
            text(
                Dictionary(Subtype=Name.Type0, DescendantFonts=[Dictionary(BaseFont=Name(f"/{CANARY}"))]),
                b"<01> Tj",
            )
        ),
        lambda: (svg(f"<text>{CANARY}</text>"), job(SVG_AREA), ()),
        lambda: (dxf(change=lambda drawing: drawing.modelspace().add_text(CANARY)), job(DXF_AREA), ()),
    ],
    "glyph-missing": [lambda: composed(Text("\U0010fffd", Box(5, 5, 80, 20), size=20))],
    "font-substituted": [
        lambda: composed(Text("AB", Box(5, 5, 80, 20), font=hashed(FONT), size=20), font=FONT),
        lambda: composed(Text("B", Box(5, 5, 80, 20), font=hashed(FONT), size=20), font=FONT),
    ],
    "font-fallback": [lambda: composed(Text("سلام", Box(5, 5, 80, 20), size=20))],
    "font-style": [
        lambda: composed(Text("A", Box(5, 5, 80, 20), font=hashed(FONT), size=20, bold=True), font=FONT),
        lambda: composed(Text("A", Box(5, 5, 80, 20), font="New Computer Modern Math", italic=True)),
    ],
    "text-cut": [
        lambda: composed(Text(CANARY, Box(-9, 5, 80, 20), size=60, fit=TextFit.NONE)),
        lambda: composed(Text(CANARY, Box(100, 100, 80, 20), size=20)),
        lambda: composed(Text(CANARY, Box(5, 5, 80, 20, rotation=90), size=20)),
    ],
    "code-cut": [
        lambda: composed(Code(CANARY, Box(-5, 5, 20, 20)), off="code-quiet"),
        lambda: composed(Code("4006381333931", Box(30, 40, 40, 20), Symbology.EAN13), off="code-quiet"),
        lambda: composed(Code(CANARY, Box(30, 60, 20, 20))),
    ],
    "code-small": [
        lambda: composed(Code(CANARY, Box(30, 15, 9, 9))),
        lambda: composed(Code(CANARY, Box(30, 15, 40, 9), Symbology.CODE128)),
        lambda: composed(Code("4006381333931", Box(30, 15, 29, 20), Symbology.EAN13)),
    ],
    "code-contrast": [
        lambda: composed(Code(CANARY, Box(30, 15, 20, 20), colour=Cmyk(0, 0, 1, 0))),
        lambda: composed(Fill(Cmyk(0, 0, 0, 1)), Code(CANARY, Box(30, 15, 20, 20))),
        lambda: composed(Fill(Cmyk(0, 0, 0, 1)), Code(CANARY, Box(30, 15, 20, 20), colour=Cmyk(0, 0, 0, 0))),
        lambda: composed(Code(CANARY, Box(5, 15, 80, 20), Symbology.CODE128, colour=Cmyk(0, 1, 1, 0))),
        lambda: composed(Code(CANARY, Box(30, 15, 20, 20)), Fill(Cmyk(0, 0, 1, 0), Box(30, 15, 12, 20))),
    ],
    "code-quiet": [
        lambda: composed(Code(CANARY, Box(30, 15, 20, 20)), Fill(Cmyk(0, 0, 0, 1), Box(26, 10, 6, 30))),
        lambda: composed(
            Fill(Cmyk(0, 0, 0, 1)), Fill(PAPER, Box(33, 18, 14, 14)), Code(CANARY, Box(30, 15, 20, 20))
        ),
    ],
    "text-over-box": [
        lambda: composed(Text(f"{CANARY} " * 3, Box(20, 20, 50, 10), size=12, fit=TextFit.WRAP)),
        lambda: composed(Text(CANARY, Box(30, 10, 30, 30), size=20, fit=TextFit.WRAP)),
    ],
    "outside-safe": [
        lambda: composed(Text(CANARY, Box(1, 5, 80, 20), size=20, across=Across.START)),
        lambda: composed(Text("Å", Box(5, 0.5, 80, 20), size=20, down=Down.TOP)),
        lambda: composed(Code(CANARY, Box(0, 5, 20, 20))),
    ],
    "rgb-in-cmyk": [
        lambda: of(painted(b"1 0 0 rg 0 0 9 9 re f")),
        lambda: of(painted(b"0 0 1 RG 0 0 9 9 re S")),
        lambda: of(painted(b"/I cs 1 0 0 scn 0 0 9 9 re f", ColorSpace={"I": icc(SRGB_PROFILE, 3)})),
        lambda: of(
            painted(_BIG + b"/I Do Q", XObject={"I": picture(Name.DeviceRGB, pixel=b"\1\2\3")})
        ),
        lambda: of(painted(
            b"/S sh", Shading={"S": Dictionary(ShadingType=2, ColorSpace=Name.DeviceRGB)})),
        lambda: of(painted(b"q 1 0 0 1 0 0 cm BI /W 4 /H 4 /BPC 8 /CS /RGB ID " + b"abc" * 16 + b"\nEI Q")),
        lambda: (tiff("RGB", (9, 9, 90), SRGB_PROFILE), job(TIFF_AREA), ()),
    ],
    "cmyk-in-rgb": [
        lambda: of(
            painted(b"0 1 0 0 k 0 0 9 9 re f", resized(space=Space.RGB)), resized(space=Space.RGB)
        ),
        lambda: (tiff(), job(resized(output=Output.TIFF, space=Space.RGB)), ()),
        lambda: (svg('<rect style="fill:#000 icc-color(a, 1, 0, 0, 0)"/>'), job(SVG_AREA), ()),
    ],
    "blend-space": [
        lambda: of(changed(page(Group=Dictionary(S=Name.Transparency, CS=Name.DeviceRGB)))),
        lambda: of(painted(
            b"/G Do", XObject={"G": form(b"", Group=Dictionary(S=Name.Transparency, CS=Name.DeviceRGB))})),
    ],
    "lab-colour": [
        lambda: of(painted(
            b"/L cs 50 9 9 scn 0 0 9 9 re f",
            ColorSpace={"L": Array([Name.Lab, Dictionary(WhitePoint=Array([1, 1, 1]))])})),
    ],
    "icc-cmyk": [
        lambda: of(painted(b"/I cs 1 0 0 0 scn 0 0 9 9 re f", ColorSpace={"I": icc(CMYK_PROFILE, 4)})),
        lambda: of(painted(b"1 0 0 0 k 0 0 9 9 re f", ColorSpace={"DefaultCMYK": icc(CMYK_PROFILE, 4)})),
    ],
    "unknown-spot": [
        lambda: of(painted(b"/P cs 1 scn 0 0 9 9 re f", ColorSpace={"P": separation(CANARY)})),
        lambda: (clean(msgspec.structs.replace(SPOTTED, output=Output.TIFF)), job(TIFF_AREA), ()),
        lambda: (svg(f'<g data-plate="{CANARY}"/>'), job(SVG_AREA), ()),
    ],
    "registration-colour": [
        lambda: of(painted(b"/P cs 1 scn 0 0 9 9 re f", ColorSpace={"P": separation("All")})),
    ],
    "missing-spot": [
        lambda: of(clean(), SPOTTED),
        lambda: (tiff(), job(msgspec.structs.replace(SPOTTED, output=Output.TIFF)), ()),
        lambda: (svg(), job(msgspec.structs.replace(SVG_AREA, spots=SPOTTED.spots)), ()),
        lambda: (dxf(), job(msgspec.structs.replace(DXF_AREA, spots=SPOTTED.spots)), ()),
    ],
    "spot-overprint": [
        lambda: of(painted(
            b"/P cs 1 scn 0 0 9 9 re f", SPOTTED, ColorSpace={"P": separation("White")}), SPOTTED),
    ],
    "white-overprint": [
        lambda: of(painted(
            b"/O gs 0 0 0 0 k 0 0 9 9 re f", ExtGState={"O": Dictionary(op=True, OPM=1)})),
    ],
    "total-ink": [
        lambda: of(painted(b"1 1 1 1 k 0 0 9 9 re f")),
        lambda: of(
            painted(_BIG + b"/I Do Q", XObject={"I": picture(Name.DeviceCMYK, pixel=b"\xf0\xf0\xf0\xf0")})
        ),
        lambda: (tiff(colour=(240, 240, 240, 240)), job(TIFF_AREA), ()),
    ],
    "profile-missing": [
        lambda: (tiff(icc=None), job(TIFF_AREA), ()),
        lambda: (png(icc=None), job(PNG_AREA), ()),
    ],
    "profile-other": [lambda: (tiff(icc=other_profile(CMYK_PROFILE)), job(TIFF_AREA), ())],
    "profile-broken": [
        lambda: (tiff(icc=SRGB_PROFILE), job(TIFF_AREA), ()),
        lambda: (png(icc=b"no profile"), job(PNG_AREA), ()),
        lambda: of(changed(intent(b"no profile", 4))),
        lambda: of(painted(b"/I cs 1 scn 0 0 9 9 re f", ColorSpace={"I": icc(CMYK_PROFILE, 1)})),
    ],
    "colour-mode": [
        lambda: (png(mode="I;16", icc=SRGB_PROFILE), job(PNG_AREA), ()),
        lambda: (tiff("LAB", (99, 0, 0), SRGB_PROFILE), job(TIFF_AREA), ()),
    ],
    "image-ppi": [
        lambda: of(painted(_BIG + b"/I Do Q", XObject={"I": picture(Name.DeviceCMYK, (99, 99))})),
        lambda: of(painted(
            _BIG + b"/I Do Q",
            XObject={"I": picture(Name.DeviceCMYK, SMask=picture(Name.DeviceGray, (9, 9), b"\7"))})),
        lambda: of(painted(_BIG + b"BI /W 4 /H 4 /BPC 8 /CS /G ID " + b"\7" * 16 + b"\nEI Q")),
        lambda: (png((400, 233)), job(PNG_AREA), ()),
    ],
    "pixel-size": [
        lambda: (png((800, 467)), job(PNG_AREA), ()),
        lambda: (clean(PNG_AREA), job(msgspec.structs.replace(PNG_AREA, dpi=200)), ()),
    ],
    "hairline": [
        lambda: of(painted(b"0.1 w 0 0 9 9 re S")),
        lambda: of(painted(b"q 0.1 0 0 0.1 0 0 cm 1 w 0 0 m 9 9 l S Q")),
        lambda: of(painted(b"/W gs 0 0 9 9 re s", ExtGState={"W": Dictionary(LW=0)})),
    ],
    "small-text": [
        lambda: of(rendering.make(job(AREA, Text(CANARY, Box(0, 0, 80, 20), size=4))).data),
    ],
    "small-text-inks": [
        lambda: of(
            rendering.make(job(AREA, Text("a", Box(0, 0, 80, 20), size=7, colour=Cmyk(0.5, 0.5, 0, 0)))).data
        ),
    ],
    "empty": [
        lambda: of(rendering.make(job()).data),
        lambda: (dxf(change=lambda drawing: drawing.modelspace().delete_all_entities()), job(DXF_AREA), ()),
        lambda: (dst(stitches=2)[:512] + b"\0\0\xf3", job(DST_AREA), ()),
        lambda: (svg().replace(b"rect", b"g"), job(SVG_AREA), ()),
        lambda: (transparent(), job(PNG_AREA), ()),
    ],
}  # fmt: skip


def transparent() -> bytes:
    """A PNG on which nothing is."""
    out = io.BytesIO()
    Image.new("RGBA", PIXELS).save(out, "PNG", icc_profile=SRGB_PROFILE, dpi=(300, 300))
    return out.getvalue()
