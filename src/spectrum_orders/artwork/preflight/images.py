"""What a picture in a PDF says of itself, where its colour space does not stand beside it."""

from __future__ import annotations

import io

import msgspec
import pikepdf
from PIL import Image

from spectrum_orders.artwork.preflight import colours
from spectrum_orders.artwork.preflight.colours import CMYK, GREY, RGB, UNKNOWN, Inks
from spectrum_orders.artwork.preflight.lexer import Operand
from spectrum_orders.artwork.preflight.resources import Resources
from spectrum_orders.artwork.preflight.streams import filters

_MODES = {"L": GREY, "LA": GREY, "RGB": RGB, "RGBA": RGB, "CMYK": CMYK, "YCbCr": RGB}


class Inline(msgspec.Struct, frozen=True):
    """A picture that stands in the contents. ``table`` is the space of its table's colours, if it has one."""

    width: float = 0.0
    height: float = 0.0
    stencil: bool = False
    space: str = "/G"
    table: str = ""


def inks(image: pikepdf.Stream) -> Inks:
    """The colours of a picture without a colour space: only JPEG 2000 holds them itself."""
    if filters(image)[-1:] != ("/JPXDecode",):
        return UNKNOWN
    try:
        with Image.open(io.BytesIO(image.read_raw_bytes()), formats=("JPEG2000",)) as picture:
            return _MODES.get(picture.mode, UNKNOWN)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, pikepdf.PdfError):
        return UNKNOWN


def inline(operands: list[Operand]) -> Inline:
    """From a flat list of names and values. What is missing or of another type stays as it usually is."""
    about = Inline()
    for name, value in zip(operands[::2], operands[1::2], strict=False):
        if name in ("/W", "/Width") and isinstance(value, float):
            about = msgspec.structs.replace(about, width=value)
        elif name in ("/H", "/Height") and isinstance(value, float):
            about = msgspec.structs.replace(about, height=value)
        elif name in ("/IM", "/ImageMask") and isinstance(value, float):
            about = msgspec.structs.replace(about, stencil=value == 1)
        elif name in ("/CS", "/ColorSpace"):
            if isinstance(value, str):
                about = msgspec.structs.replace(about, space=value)
            elif isinstance(value, list) and len(value) > 1 and isinstance(value[1], str):
                about = msgspec.structs.replace(about, table=value[1])
    return about


def table(about: Inline, resources: Resources) -> Inks:
    """The colours of an inline picture whose pixels are numbers of a table."""
    base = resources.space(about.table)
    return msgspec.structs.replace(base, indexed=True, parts=1) if base is not colours.UNKNOWN else base
