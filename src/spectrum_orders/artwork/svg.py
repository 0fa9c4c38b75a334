"""A scene as an SVG in millimetres: texts as outlines, pictures inside, no fonts and no references.

Every run of elements on one spot plate is a group that carries the plate's name, both as an attribute
(``data-plate``) and as a layer in the way that drawing and cutting programs read.
"""

from __future__ import annotations

import base64
import io
from xml.sax.saxutils import quoteattr

from PIL import Image, ImageChops

from spectrum_orders.artwork import outlines
from spectrum_orders.artwork.inks import Ink
from spectrum_orders.artwork.outlines import Contour
from spectrum_orders.artwork.scene import Element, Line, Picture, Rects, Scene, Words
from spectrum_orders.domain.catalogue.product import Area

_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"'
)
_QUALITY = 95


def write(scene: Scene, area: Area) -> bytes:
    """The file, with bleed; the trim's corner is the origin."""
    bleed, width, height = area.bleed, area.width + 2 * area.bleed, area.height + 2 * area.bleed
    box = " ".join(_n(side) for side in (-bleed, -bleed, width, height))
    out = [f'{_HEAD} version="1.1" width="{_n(width)}mm" height="{_n(height)}mm" viewBox="{box}">\n']
    plate: str | None = None
    for element in scene.elements:
        name = element.ink.plate.name if element.ink is not None and element.ink.plate is not None else None
        if name != plate:
            out.append("</g>\n" if plate is not None else "")
            if name is not None:
                quoted = quoteattr(name)
                out.append(f'<g data-plate={quoted} inkscape:groupmode="layer" inkscape:label={quoted}>\n')
            plate = name
        out.append(_element(element))
    out.append("</g>\n</svg>\n" if plate is not None else "</svg>\n")
    return "".join(out).encode()


def _element(element: Element) -> str:
    match element:
        case Rects():
            return _filled(outlines.of_rects(element), element.ink)
        case Words():
            return _filled(outlines.of_words(element), element.ink)
        case Line():
            path = _path([outlines.of_line(element)])
            colour = _colour(element.ink)
            return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{_n(element.width)}"/>\n'
        case Picture():
            return _picture(element)


def _filled(contours: list[Contour], ink: Ink) -> str:
    return f'<path d="{_path(contours)}" fill="{_colour(ink)}"/>\n' if contours else ""


def _path(contours: list[Contour]) -> str:
    parts = []
    for contour in contours:
        parts.append(f"M{_n(contour.start[0])} {_n(contour.start[1])}")
        for piece in contour.pieces:
            letter = "L" if len(piece) == 1 else "C"
            parts.append(letter + " ".join(f"{_n(x)} {_n(y)}" for x, y in piece))
        parts.append("Z")
    return "".join(parts)


def _picture(picture: Picture) -> str:
    image, alpha = picture.image, picture.alpha
    if picture.ink is not None:
        # Its darkness is the plate's ink, which a screen shows as more or less of its colour.
        image, alpha = Image.new("RGB", image.size, picture.ink.shown), ImageChops.invert(image)
    out = io.BytesIO()
    if picture.photo and alpha is None:
        kind = "jpeg"
        image.save(out, "JPEG", quality=_QUALITY, subsampling=0, icc_profile=None, exif=b"")
    else:
        kind = "png"
        if alpha is not None:
            image = image.convert("RGB")
            image.putalpha(alpha)
        image.save(out, "PNG", compress_level=6, icc_profile=None)
    data = base64.b64encode(out.getvalue()).decode()
    frame = picture.frame
    matrix = " ".join(_n(part) for part in frame.matrix())
    return (
        f'<image width="{_n(frame.width)}" height="{_n(frame.height)}" preserveAspectRatio="none"'
        f' transform="matrix({matrix})" xlink:href="data:image/{kind};base64,{data}"/>\n'
    )


def _colour(ink: Ink) -> str:
    return "#{:02x}{:02x}{:02x}".format(*ink.shown)


def _n(value: float) -> str:
    """A ten-thousandth of a millimetre is finer than any machine."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
