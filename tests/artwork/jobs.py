"""One print job of every kind that customers send, small enough to be made in a moment."""

from __future__ import annotations

import functools
import hashlib
import io

import msgspec
from PIL import Image as Pixels
from PIL import ImageDraw

from spectrum_orders.domain.catalogue.colour import Cmyk, Rgb, Tint
from spectrum_orders.domain.catalogue.product import Area, Output, Space, Spot
from spectrum_orders.domain.catalogue.recipe import (
    Box,
    Code,
    Fill,
    Filling,
    Fit,
    Image,
    Layer,
    Outline,
    Symbology,
    Text,
    TextFit,
)
from spectrum_orders.domain.catalogue.work import PrintJob

WHITE = Spot("White", Cmyk(0.08, 0.0, 0.02, 0.0), overprint=False)
CUT = Spot("CutContour", Cmyk(0.0, 1.0, 0.0, 0.0))
BRAND = Spot("PANTONE 286 C", Cmyk(1.0, 0.75, 0.0, 0.02))
BLUE = Cmyk(0.85, 0.35, 0.0, 0.1)
PAPER = Cmyk(0.0, 0.0, 0.0, 0.0)


@functools.cache
def photo(width: int = 1200, height: int = 900, form: str = "JPEG") -> bytes:
    """A sunset: gradients, a disc and two hills."""
    sky = Pixels.linear_gradient("L").resize((width, height))
    picture = Pixels.merge("RGB", (sky.point(lambda v: 255 - v // 3), sky.point(lambda v: 190 - v // 2), sky))
    draw = ImageDraw.Draw(picture)
    w, h = width / 100, height / 100
    draw.ellipse((40 * w, 33 * h, 60 * w, 60 * h), fill=(255, 236, 150))
    draw.polygon([(0, 100 * h), (35 * w, 57 * h), (65 * w, 100 * h)], fill=(70, 40, 90))
    draw.polygon(
        [(40 * w, 100 * h), (75 * w, 63 * h), (100 * w, 87 * h), (100 * w, 100 * h)], fill=(50, 28, 70)
    )
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def job(area: Area, *layers: Layer, assets: tuple[bytes, ...] = (), file: str | None = None) -> PrintJob:
    """A job whose assets are named as uploads are."""
    named = {name(data): data for data in assets}
    return PrintJob(area, Filling(area.handle, layers, file), named)


def name(data: bytes) -> str:
    """The SHA-256 of an upload, in hex."""
    return hashlib.sha256(data).hexdigest()


def finished(area: Area, data: bytes) -> PrintJob:
    """A job that is a finished file."""
    return job(area, assets=(data,), file=name(data))


def to(one: PrintJob, output: Output, **changes: object) -> PrintJob:
    """The same artwork for another format."""
    space = Space.RGB if output in (Output.PNG, Output.SVG) else one.area.space
    area = msgspec.structs.replace(one.area, **{"output": output, "space": space, **changes})
    return msgspec.structs.replace(one, area=area)


MUG = job(
    Area("wrap", 120, 60, spots=(WHITE,)),
    Fill(BLUE),
    Text("Good morning, Grace", Box(6, 6, 74, 16), size=30, colour=PAPER, bold=True),
    Text("صباح الخير", Box(6, 24, 74, 14), size=26, colour=PAPER, font="DejaVu Sans Mono"),
    Fill(Tint("White"), Box(84, 14, 32, 32)),
    Code("https://example.com/mug", Box(85, 15, 30, 30)),
)
STICKER = job(
    Area("face", 50, 50, bleed=2, spots=(CUT, BRAND)),
    Fill(Tint("PANTONE 286 C", 0.4)),
    Text("TEAM\nSPECTRUM", Box(5, 10, 40, 30), size=20, colour=Tint("PANTONE 286 C"), bold=True),
    Fill(Cmyk(0, 0.9, 0.9, 0), Box(8, 36, 30, 4, rotation=10)),
    Outline(Tint("CutContour"), radius=8),
)
LETTERS = job(
    Area("label", 80, 64),
    Text("Straße, Ærøskøbing, Łódź", Box(4, 3, 72, 9), size=18),
    Text("Ελληνικά, Українська", Box(4, 13, 72, 9), size=18),
    Text("נועה ישראלי", Box(4, 23, 72, 9), size=18),
    Text("محمد عبد الله", Box(4, 33, 72, 9), size=18, font="DejaVu Sans Mono"),
    Text(
        "A text that is wrapped because it is longer than its box is wide",
        Box(4, 44, 40, 18),
        size=9,
        fit=TextFit.WRAP,
    ),
    Code("4006381333931", Box(48, 46, 30, 14), symbology=Symbology.EAN13),
)
GIFT = job(
    Area("card", 60, 40, spots=(WHITE,)),
    Fill(Tint("White")),
    Image(name(photo()), Box(-3, -3, 40, 46)),
    Image(name(photo(form="PNG")), Box(40, 4, 16, 20, rotation=8), fit=Fit.CONTAIN),
    Text("For Wilhelmina", Box(38, 27, 20, 10), size=12, italic=True, colour=Rgb(0.5, 0, 0)),
    assets=(photo(), photo(form="PNG")),
)

TEMPLATES: dict[str, PrintJob] = {"mug": MUG, "sticker": STICKER, "letters": LETTERS, "gift": GIFT}
