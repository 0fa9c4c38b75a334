"""Small pictures of finished files of strangers, for sheets and people. Their bytes are printed unchanged."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import pikepdf
import pyvips
import typst
from PIL import Image, ImageChops, ImageCms, ImageDraw

from spectrum_orders.artwork import preview as small
from spectrum_orders.artwork import profiles, typesetting
from spectrum_orders.artwork.inks import Inks
from spectrum_orders.artwork.intake import vectors
from spectrum_orders.artwork.intake.opening import open_pdf
from spectrum_orders.artwork.preflight import channels, tags
from spectrum_orders.domain.catalogue.product import Area, Output, Space

_GREY = (120, 120, 120)


def preview(data: bytes, area: Area) -> bytes:
    """A PNG of the trim, as far as the file can be drawn here.

    What cannot be drawn, because it is damaged or not what the area wants, becomes a picture that
    says "finished file" and shows the area's shape: why it cannot is preflight's to say.
    """
    try:
        picture = _drawn(data, area)
    except Exception:  # noqa: BLE001  # five readers meet a stranger's bytes; a missing preview must not lose the file
        picture = None
    if picture is None:
        picture = _placeholder(area)
    return small.png(picture)


def _drawn(data: bytes, area: Area) -> Image.Image | None:
    match area.output:
        case Output.PDF_X4:
            return _pdf(data)
        case Output.TIFF | Output.PNG:
            return _trimmed(_pixels(data, area), area)
        case Output.SVG:
            return _trimmed(_svg(data), area)
        case Output.DXF:
            return _dxf(data, area)
        case Output.DST:
            return _dst(data, area)


def _pdf(data: bytes) -> Image.Image | None:
    """The first page's trim, drawn by the typesetter. It shows inks roughly and no overprint."""
    with open_pdf(data) as pdf, tempfile.TemporaryDirectory(prefix="spectrum-pdf-") as folder:
        page = pdf.pages[0]
        trim = page.trimbox
        page.mediabox = page.cropbox = trim
        sides = float(trim[2]) - float(trim[0]), float(trim[3]) - float(trim[1])
        with pikepdf.new() as alone:
            alone.pages.append(page)
            alone.save(Path(folder) / "page.pdf")
        longest = max(*sides, 1.0)
        source = b'#set page(width: auto, height: auto, margin: 0pt, fill: white)\n#image("page.pdf")\n'
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)
        compiler = typst.Compiler(root=folder, font_paths=fonts, ignore_system_fonts=True)
        (made,) = typesetting.run(compiler, source, "png", ppi=72 * small.LONGEST / longest)
    with Image.open(io.BytesIO(made), formats=("PNG",)) as picture:
        return picture.convert("RGB")


def _pixels(data: bytes, area: Area) -> Image.Image:
    """A picture with its spot channels, shrunk while it is read, so that a banner takes no more memory."""
    whole = pyvips.Image.new_from_buffer(data, "", access="sequential")
    factor = max(1, max(whole.width, whole.height) // (2 * small.LONGEST))
    shrunk = whole.shrink(factor, factor) if factor > 1 else whole
    if shrunk.format == "ushort":
        shrunk = shrunk >> 8
    pixels = bytes(shrunk.cast("uchar").write_to_memory())
    size = (shrunk.width, shrunk.height)
    bands = [Image.frombytes("L", size, pixels[band :: shrunk.bands]) for band in range(shrunk.bands)]
    if area.output is Output.TIFF and (whole.interpretation == "cmyk" or len(bands) > 4):
        return _inked(data, whole, bands, area)
    if len(bands) in (2, 4):
        mode = "LA" if len(bands) == 2 else "RGBA"
        return _on_paper(Image.merge(mode, bands).convert("RGBA"))
    return Image.merge("RGB", bands[:3] if len(bands) > 2 else bands[:1] * 3)


def _inked(data: bytes, whole: pyvips.Image, bands: list[Image.Image], area: Area) -> Image.Image:
    space = Space.CMYK if whole.interpretation == "cmyk" else Space.RGB
    base = len(profiles.MODE[space])
    icc = bytes(whole.get("icc-profile-data")) if "icc-profile-data" in whole.get_fields() else None
    own, screen = profiles.embedded(icc, space), profiles.builtin(Space.RGB)
    made = ImageCms.applyTransform(
        Image.merge(profiles.MODE[space], bands[:base]), profiles.transform(own, screen)
    )
    assert made is not None
    plates = Inks(area, profiles.builtin(area.space)).plates
    for band, name in zip(bands[base:], channels.spots(tags.read(data)[0], len(bands) - base), strict=True):
        if name in plates:
            light = Image.new("RGB", made.size, (255, 255, 255))
            # They count light: 0 is full ink.
            light.paste(plates[name].shown, mask=ImageChops.invert(band))
            made = ImageChops.multiply(made, light)
    return made


def _on_paper(picture: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    paper.alpha_composite(picture)
    return paper.convert("RGB")


def _svg(data: bytes) -> Image.Image:
    # Refuses what reaches out; a drawing that came in before today's checks is looked at again.
    vectors.look(data)
    whole = pyvips.Image.svgload_buffer(data)
    made = pyvips.Image.svgload_buffer(data, scale=2 * small.LONGEST / max(whole.width, whole.height))
    pixels = bytes(made.write_to_memory())
    return _on_paper(Image.frombytes("RGBA", (made.width, made.height), pixels))


def _trimmed(picture: Image.Image, area: Area) -> Image.Image:
    """Without its bleed, if it has the shape of the area with bleed."""
    width, height = area.width + 2 * area.bleed, area.height + 2 * area.bleed
    if abs(picture.width / picture.height - width / height) > 0.02 * width / height:
        return picture
    across, down = picture.width * area.bleed / width, picture.height * area.bleed / height
    return picture.crop(
        (round(across), round(down), round(picture.width - across), round(picture.height - down))
    )


def _paper(area: Area) -> tuple[Image.Image, ImageDraw.ImageDraw, float]:
    """Paper of the area's shape, twice as large as it will be, and pixels in a millimetre."""
    scale = 2 * small.LONGEST / max(area.width, area.height)
    size = max(1, round(area.width * scale)), max(1, round(area.height * scale))
    paper = Image.new("RGB", size, (255, 255, 255))
    return paper, ImageDraw.Draw(paper), scale


def _dxf(data: bytes, area: Area) -> Image.Image:
    """Lines in the drawing's own place: its origin is the trim's lower left corner."""
    from ezdxf import disassemble, recover

    document, _ = recover.read(io.BytesIO(data))
    paper, draw, scale = _paper(area)
    for primitive in disassemble.to_primitives(disassemble.recursive_decompose(document.modelspace())):
        points = [(point.x * scale, (area.height - point.y) * scale) for point in primitive.vertices()]
        if len(points) > 1:
            draw.line(points, fill=(0, 0, 0), width=2)
    return paper


def _dst(data: bytes, area: Area) -> Image.Image:
    """Stitches as thin lines; the format knows no colours, so each thread gets another grey."""
    import pyembroidery

    pattern = pyembroidery.read_dst(io.BytesIO(data))
    paper, draw, scale = _paper(area)
    middle = paper.width / 2, paper.height / 2
    shade, last = 0, None
    for x, y, word in pattern.stitches:
        command = word & pyembroidery.COMMAND_MASK
        point = middle[0] + x / 10 * scale, middle[1] + y / 10 * scale
        if command == pyembroidery.COLOR_CHANGE:
            shade = (shade + 70) % 210
        if command == pyembroidery.STITCH and last is not None:
            draw.line((last, point), fill=(shade, shade, shade), width=2)
        last = point
    return paper


def _placeholder(area: Area) -> Image.Image:
    paper, draw, _ = _paper(area)
    draw.rectangle((0, 0, paper.width - 1, paper.height - 1), outline=_GREY, width=4)
    draw.line((0, 0, paper.width, paper.height), fill=(225, 225, 225), width=2)
    draw.line((0, paper.height, paper.width, 0), fill=(225, 225, 225), width=2)
    text = f"finished file, {area.width:g} x {area.height:g} mm"
    draw.text((paper.width / 2, paper.height / 2), text, fill=_GREY, anchor="mm", font_size=40)
    return paper
