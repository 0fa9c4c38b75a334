"""A recipe set's sheet as it is kept: complete but for the order, which ``stamp`` puts in."""

from __future__ import annotations

import base64
import io
from importlib import resources

import msgspec
import pikepdf
import segno
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image

from spectrum_orders.artwork.sheet import font, strip
from spectrum_orders.artwork.sheet.saying import sheet_data
from spectrum_orders.artwork.sheet.spec import SheetSpec
from spectrum_orders.artwork.sheet.spelling import compiler

HOOK = Name("/SpectrumStrip1")
"""In the trailer: the forms that an order's strip replaces. Another number: other letters or boxes."""

_JPEG_FROM = 60_000
_CHECK = 12


def make_sheet(spec: SheetSpec) -> bytes:
    """The sheet as a PDF (A4) with room for an order; the same spec gives the same bytes.

    Nothing in it is anybody's address. Texts are set as data: no markup in them has any effect.
    """
    qr = io.BytesIO()
    segno.make_qr(spec.recipe_set_id, error="m").save(
        qr, kind="svg", border=2, xmldecl=False, svgns=True, nl=False, light="#fff"
    )
    pictures: dict[str, bytes] = {}
    names: list[str] = []
    for recipe in spec.recipes:
        for area in recipe.areas:
            names.append(f"picture{len(names)}.svg")
            pictures[names[-1]] = _picture(area.preview)
    source = {
        "main.typ": _template(),
        "data.json": msgspec.json.encode(sheet_data(spec, names)),
        "qr.svg": qr.getvalue(),
        **pictures,
    }
    made = compiler().compile(  # type: ignore[type-var]  # files by name are taken; the stub forgets it
        source, format="pdf", timestamp=0, pdf_tags=False
    )
    assert isinstance(made, bytes)
    return _with_room(made)


def _template() -> bytes:
    return (resources.files(__package__) / "sheet.typ").read_bytes()


def _picture(preview: bytes) -> bytes:
    """A preview as the sheet shows it: small, and on a chequered ground where nothing is printed.

    Wrapped as SVG, because the typesetter takes files as text alone.
    """
    with Image.open(io.BytesIO(preview)) as opened:
        clear = "A" in opened.getbands() or "transparency" in opened.info
        image = _on_chequers(opened.convert("RGBA")) if clear else opened.convert("RGB")
    out, form = io.BytesIO(), "png"
    if len(preview) < _JPEG_FROM:
        image.save(out, "PNG")
    else:
        form = "jpeg"
        image.save(out, "JPEG", quality=85, subsampling=0)
    size = f'width="{image.width}" height="{image.height}"'
    data = base64.b64encode(out.getvalue()).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {image.width} {image.height}">'
        f'<image {size} preserveAspectRatio="none" href="data:image/{form};base64,{data}"/></svg>'
    ).encode()


def _on_chequers(image: Image.Image) -> Image.Image:
    tile = Image.new("RGB", (2 * _CHECK, 2 * _CHECK), (255, 255, 255))
    for corner in ((0, 0), (_CHECK, _CHECK)):
        tile.paste((222, 222, 222), (*corner, corner[0] + _CHECK, corner[1] + _CHECK))
    ground = Image.new("RGB", image.size)
    for left in range(0, image.width, 2 * _CHECK):
        for top in range(0, image.height, 2 * _CHECK):
            ground.paste(tile, (left, top))
    ground.paste(image, (0, 0), image)
    return ground


def _with_room(made: bytes) -> bytes:
    with Pdf.open(io.BytesIO(made)) as pdf:
        face = font.embed(pdf)
        forms = [
            pdf.make_indirect(
                pikepdf.Stream(
                    pdf,
                    strip.empty(place),
                    Type=Name.XObject,
                    Subtype=Name.Form,
                    BBox=Array([*place.box]),
                    Resources=Dictionary(Font=Dictionary(F=face)),
                )
            )
            for place in (strip.PANEL, strip.RUNNING)
        ]
        for number, page in enumerate(pdf.pages):
            page.contents_add(b"q\n", prepend=True)
            page.contents_add(b"\nQ q /SpectrumOrder Do Q\n")
            page.add_resource(forms[1 if number else 0], Name.XObject, Name("/SpectrumOrder"))
            page.contents_coalesce()
        if len(pdf.pages) == 1:
            # Nothing draws it, and what nothing draws is not written.
            pdf.pages[0].Resources.XObject[Name("/SpectrumRunning")] = forms[1]
        pdf.trailer[HOOK] = Array([*forms, face])
        out = io.BytesIO()
        pdf.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            compress_streams=True,
            deterministic_id=True,
        )
    return out.getvalue()
