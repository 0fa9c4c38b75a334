"""Print files a second on one core, with preview and preflight, as a rendering process makes them."""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pikepdf
import typst
from PIL import Image as Pixels

from bench.figures import Column, Dishonest, Figure, at_least
from bench.lab import Lab
from spectrum_orders.artwork import rendering
from spectrum_orders.domain.catalogue.colour import Cmyk, Tint
from spectrum_orders.domain.catalogue.product import Area, Spot
from spectrum_orders.domain.catalogue.recipe import Box, Code, Fill, Filling, Image, Layer, Outline, Text
from spectrum_orders.domain.catalogue.work import PrintFile, PrintJob

NAME = "rendering"

WARMING = 3
"""Files before the clock runs: profiles and fonts are loaded by the first, and the third photograph has the
table of its colours made (``artwork/conversion.py``)."""

LABEL = Area("label", 100, 60, spots=(Spot("CutContour", Cmyk(0, 1, 0, 0)),))
PHOTO = Area("photo", 148, 210, dpi=300)
LATIN = Box(5, 5, 60, 15)
ARABIC = Box(5, 22, 60, 15)
QR = Box(70, 10, 25, 25)

# The bundled font that has both scripts.
FONT = "DejaVu Sans Mono"

PIXELS = (3000, 4000)
"""12 megapixels, upright."""

PHOTOS = 2
QUALITY = 95
"""As print files have it."""

TYPST = """
#set page(width: 100mm, height: 60mm, margin: 5mm)
#set text(font: "{font}", size: 20pt)
#sys.inputs.latin

#sys.inputs.arabic
"""


def run(lab: Lab) -> list[Figure]:
    """Each kind, and below it what the library that does most of its work takes alone."""
    vector = Column("vector files", "files/s", at_least(60), note="fill, two texts, QR, outline on a plate")
    photo = Column("photo files", "files/s", at_least(40), note="12 megapixels on A5, 300 dpi")
    bare_typst = Column("bare Typst", "files/s", yardstick=True, note="the same two texts")
    bare_pillow = Column("bare Pillow", "files/s", yardstick=True)
    of_typst = Column("share of bare Typst", "")
    of_pillow = Column("share of bare Pillow", "")
    seconds = lab.options.seconds
    photos = [_photo(number) for number in range(PHOTOS)]
    for number in range(lab.options.runs):
        with _one_core():
            vector.add(_make(_label, seconds))
            bare_typst.add(_time(_typesetter(), seconds))
            size = _pixels(rendering.make(_picture(photos, 0)))
            photo.add(_make(lambda n: _picture(photos, n), seconds))
            bare_pillow.add(_time(_encoder(photos, size), seconds))
        of_typst.add(vector.values[-1] / bare_typst.values[-1])
        of_pillow.add(photo.values[-1] / bare_pillow.values[-1])
        bare_pillow.note = f"decode and encode, {size[0]:,} × {size[1]:,} pixels"
        lab.say(f"{NAME} {number + 1}: {vector.values[-1]:.1f} vector, {photo.values[-1]:.1f} photo files/s")
    columns = (vector, bare_typst, of_typst, photo, bare_pillow, of_pillow)
    return [column.figure(NAME) for column in columns]


@contextmanager
def _one_core() -> Iterator[None]:
    """Stay on one core; threads that a library starts meanwhile do so too."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _make(job: Callable[[int], PrintJob], seconds: float) -> float:
    """Files a second. Raises Dishonest unless each is another, opens, and may be printed."""
    digests: set[bytes] = set()
    made: list[PrintFile] = []

    def look() -> None:
        # One by one beside the clock, so that no heap of files is in memory.
        for file in made:
            if file.rejected:
                codes = ", ".join(finding.code for finding in file.findings)
                raise Dishonest(f"A file was made that must not be printed: {codes}.")
            with pikepdf.open(io.BytesIO(file.data)) as pdf:
                if len(pdf.pages) != 1:
                    raise Dishonest("A file has not one page.")
            digest = hashlib.sha256(file.data).digest()
            if digest in digests:
                raise Dishonest("The same file was made twice: something remembered it.")
            digests.add(digest)
        made.clear()

    return _time(lambda number: made.append(rendering.make(job(number))), seconds, look)


def _time(act: Callable[[int], object], seconds: float, after: Callable[[], None] = lambda: None) -> float:
    """How often a second ``act`` is done; ``after`` is called after each and is not timed."""
    for number in range(WARMING):
        act(number)
        after()
    taken, count = 0.0, 0
    while taken < seconds:
        before = time.perf_counter()
        act(WARMING + count)
        taken += time.perf_counter() - before
        count += 1
        after()
    return count / taken


def _latin(number: int) -> str:
    return f"Grace {number}"


def _arabic(number: int) -> str:
    return f"مرحبا {number}"


def _label(number: int) -> PrintJob:
    layers: tuple[Layer, ...] = (
        Fill(Cmyk(0.1, (number % 50) / 100, 0.2, 0)),
        Text(_latin(number), LATIN, FONT, 20),
        Text(_arabic(number), ARABIC, FONT, 20),
        Code(f"https://print.example/{number}", QR),
        Outline(Tint("CutContour"), radius=3),
    )
    return PrintJob(LABEL, Filling("label", layers), {})


def _picture(photos: list[bytes], number: int) -> PrintJob:
    # A comment of its own makes it another upload, whatever might be remembered by its bytes.
    remark = b"bench %d" % number
    data = photos[number % PHOTOS]
    data = data[:2] + b"\xff\xfe" + (len(remark) + 2).to_bytes(2, "big") + remark + data[2:]
    digest = hashlib.sha256(data).hexdigest()
    text = Text(_latin(number), Box(10, 180, 128, 20), FONT, 28, colour=Cmyk(0, 0, 0, 0))
    return PrintJob(PHOTO, Filling("photo", (Image(digest), text)), {digest: data})


def _photo(number: int) -> bytes:
    """A JPEG with the coarse and fine detail of a photograph, as large as one from a telephone."""
    width, height = PIXELS
    planes = []
    for plane in range(3):
        light = Pixels.linear_gradient("L").rotate(90 * ((number + plane) % 4)).resize(PIXELS)
        coarse = Pixels.effect_noise((width // 40, height // 40), 90).resize(
            PIXELS, Pixels.Resampling.BICUBIC
        )
        fine = Pixels.effect_noise((width // 2, height // 2), 20).resize(PIXELS, Pixels.Resampling.BICUBIC)
        planes.append(Pixels.blend(Pixels.blend(light, coarse, 0.4), fine, 0.3))
    out = io.BytesIO()
    Pixels.merge("RGB", planes).save(out, "JPEG", quality=90)
    return out.getvalue()


def _pixels(file: PrintFile) -> tuple[int, int]:
    """The size of the largest picture in a file."""
    with pikepdf.open(io.BytesIO(file.data)) as pdf:
        images = pdf.pages[0].images.values()
        return max((int(image.Width), int(image.Height)) for image in images)


def _typesetter() -> Callable[[int], object]:
    fonts = typst.Fonts(include_system_fonts=False)
    compiler = typst.Compiler(font_paths=fonts, ignore_system_fonts=True)
    source = TYPST.replace("{font}", FONT).encode()

    def compile_one(number: int) -> object:
        texts = {"latin": _latin(number), "arabic": _arabic(number)}
        return compiler.compile(source, format="pdf", sys_inputs=texts)

    return compile_one


def _encoder(photos: list[bytes], size: tuple[int, int]) -> Callable[[int], object]:
    """Reads a photo and writes it as a JPEG of this size, with nothing between."""

    def encode(number: int) -> object:
        picture: Pixels.Image = Pixels.open(io.BytesIO(photos[number % PHOTOS]))
        # Lets the decoder leave out what would be scaled away.
        picture.draft("RGB", size)
        left, top = ((have - want) // 2 for have, want in zip(picture.size, size, strict=True))
        if left >= 0 <= top:
            picture = picture.crop((left, top, left + size[0], top + size[1]))
        else:
            picture = picture.resize(size)
        picture.save(out := io.BytesIO(), "JPEG", quality=QUALITY, subsampling=0)
        return out

    return encode
