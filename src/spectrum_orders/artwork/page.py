"""A scene as one PDF page: the content stream and everything it needs."""

from __future__ import annotations

import decimal
import functools
import io
import math
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

from spectrum_orders.artwork import packing
from spectrum_orders.artwork.inks import Ink
from spectrum_orders.artwork.lettering import POINTS
from spectrum_orders.artwork.preflight.pictures import Packed, looked_at
from spectrum_orders.artwork.scene import Element, Frame, Line, Picture, Rects, Scene, Words
from spectrum_orders.domain.catalogue.product import Area

# A circle's quarter as a Bezier curve.
_ROUND = 0.5522847498
_SPACES = {"CMYK": Name.DeviceCMYK, "RGB": Name.DeviceRGB, "L": Name.DeviceGray}
# At 95 no artefact is visible at 300 dpi; CMYK is never subsampled.
_QUALITY = 95
# Units of a side of a page (ISO 32000-1, annex C). What is longer has larger units.
_LONGEST = 14_400


class Drawing:
    """One page while it is being drawn."""

    def __init__(self, pdf: pikepdf.Pdf, area: Area) -> None:
        self._pdf = pdf
        self._area = area
        self._out: list[bytes] = []
        self._objects = Dictionary()
        self._spaces = Dictionary()
        self._plates: dict[str, Name] = {}
        self._forms: dict[tuple[int, int], Name] = {}
        self._overprint = False
        self.packed: list[Packed] = []
        """The CMYK pictures, for preflight, which then need not unpack them."""

    def draw(self, scene: Scene) -> None:
        """Puts a finished page at the end of the PDF."""
        bleed = self._area.bleed
        width, height = self._area.width + 2 * bleed, self._area.height + 2 * bleed
        unit = max(1, math.ceil(max(width, height) * POINTS / _LONGEST))
        scale = POINTS / unit
        # From here on millimetres from the trim's corner, downwards, as in the scene.
        top = (height - bleed) * scale
        self._out.append(f"{_n(scale)} 0 0 {_n(-scale)} {_n(bleed * scale)} {_n(top)} cm\n".encode())
        for element in scene.elements:
            self._element(element)
        resources = Dictionary()
        if self._objects.keys():
            resources.XObject = self._objects
        if self._spaces.keys():
            resources.ColorSpace = self._spaces
        if self._overprint:
            resources.ExtGState = Dictionary(Over=Dictionary(Type=Name.ExtGState, OP=True, op=True, OPM=1))
        media = [0, 0, _d(width * scale), _d(height * scale)]
        trim = [_d(side * scale) for side in (bleed, bleed, width - bleed, height - bleed)]
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array(media),
            BleedBox=Array(media),
            TrimBox=Array(trim),
            Resources=resources,
            Contents=self._pdf.make_stream(zlib.compress(b"".join(self._out)), Filter=Name.FlateDecode),
        )
        if unit > 1:
            page.UserUnit = unit
        self._pdf.pages.append(pikepdf.Page(self._pdf.make_indirect(page)))

    def _element(self, element: Element) -> None:
        self._out.append(b"q\n")
        match element:
            case Rects():
                self._ink(element.ink)
                self._move(element.frame)
                for rect in element.rects:
                    self._out.append(f"{' '.join(_n(side) for side in rect)} re\n".encode())
                self._out.append(b"f\n")
            case Line():
                self._ink(element.ink, stroke=True)
                self._move(element.frame)
                self._out.append(f"{_n(element.width)} w\n".encode())
                self._out.append(_rounded(element.frame, element.radius))
            case Words():
                self._ink(element.ink)
                self._move(element.frame)
                # A form's own space is points, upwards.
                scale = 1 / POINTS
                self._out.append(f"{_n(scale)} 0 0 {_n(-scale)} 0 {_n(element.frame.height)} cm\n".encode())
                self._do(self._form(element))
            case Picture():
                if element.ink is not None:
                    self._state(element.ink)
                self._move(element.frame)
                size = element.frame
                # An image fills the unit square, upwards.
                self._out.append(f"{_n(size.width)} 0 0 {_n(-size.height)} 0 {_n(size.height)} cm\n".encode())
                self._do(self._image(element))
        self._out.append(b"Q\n")

    def _move(self, frame: Frame) -> None:
        self._out.append(f"{' '.join(_n(part) for part in frame.matrix())} cm\n".encode())

    def _do(self, name: Name) -> None:
        self._out.append(f"{name} Do\n".encode())

    def _state(self, ink: Ink) -> None:
        if ink.plate is not None and ink.plate.overprint:
            self._overprint = True
            self._out.append(b"/Over gs\n")

    def _ink(self, ink: Ink, stroke: bool = False) -> None:
        self._state(ink)
        if ink.plate is not None:
            words = ("CS", "SCN") if stroke else ("cs", "scn")
            self._out.append(f"{self._separation(ink)} {words[0]} {_n(ink.tint)} {words[1]}\n".encode())
            return
        operator = {4: "k", 3: "rg"}[len(ink.process)]
        numbers = " ".join(_n(part) for part in ink.process)
        self._out.append(f"{numbers} {operator.upper() if stroke else operator}\n".encode())

    def _separation(self, ink: Ink) -> Name:
        plate = ink.plate
        assert plate is not None
        name = self._plates.get(plate.name)
        if name is None:
            name = self._plates[plate.name] = Name(f"/S{len(self._plates)}")
            light = len(plate.alternate) == 3
            tint = Dictionary(
                FunctionType=2,
                Domain=[0, 1],
                C0=[1, 1, 1] if light else [0, 0, 0, 0],
                C1=[_d(part) for part in plate.alternate],
                N=1,
            )
            device = Name.DeviceRGB if light else Name.DeviceCMYK
            space = Array([Name.Separation, Name("/" + plate.name), device, tint])
            self._spaces[str(name)] = self._pdf.make_indirect(space)
        return name

    def _form(self, words: Words) -> Name:
        key = (id(words.lettering), words.page)
        if key not in self._forms:
            source = words.lettering.pdf
            page = source.pages[words.page]
            form = self._pdf.make_stream(
                zlib.compress(words.lettering.stream(words.page)),
                Type=Name.XObject,
                Subtype=Name.Form,
                BBox=_wide(page),
                Resources=Dictionary(Font=self._fonts(words)),
                Filter=Name.FlateDecode,
            )
            self._forms[key] = self._object(form)
        return self._forms[key]

    def _fonts(self, words: Words) -> Dictionary:
        resources = words.lettering.pdf.pages[words.page].resources
        # Pages share their fonts; qpdf copies each object once.
        fonts = Dictionary()
        for name, font in resources.get("/Font", Dictionary()).items():
            fonts[name] = self._pdf.copy_foreign(font)
        return fonts

    def _image(self, picture: Picture) -> Name:
        image = picture.image
        stream = self._pixels(image, picture.photo)
        if picture.ink is not None:
            stream.ColorSpace = self._spaces[str(self._separation(picture.ink))]
            # Bright means no ink.
            stream.Decode = [1, 0]
        else:
            stream.ColorSpace = _SPACES[image.mode]
        if picture.alpha is not None:
            mask = self._pixels(picture.alpha, photo=False)
            mask.ColorSpace = Name.DeviceGray
            stream.SMask = self._pdf.make_indirect(mask)
        return self._object(stream)

    def _pixels(self, image: Image.Image, photo: bool) -> pikepdf.Stream:
        about = Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=image.width,
            Height=image.height,
            BitsPerComponent=8,
        )
        if not photo:
            about.Filter = Name.FlateDecode
            about.DecodeParms = Dictionary(
                Predictor=2, Colors=len(image.getbands()), BitsPerComponent=8, Columns=image.width
            )
            data = packing.packed(image)
        else:
            out = io.BytesIO()
            image.save(out, "JPEG", quality=_QUALITY, subsampling=0, icc_profile=None, exif=b"")
            data = out.getvalue()
            about.Filter = Name.DCTDecode
            if image.mode == "CMYK":
                # Adobe's CMYK JPEGs count light instead of ink.
                about.Decode = [1, 0] * 4
        if image.mode == "CMYK":
            self.packed.append(looked_at(image, data))
        return self._pdf.make_stream(data, about)

    def _object(self, stream: pikepdf.Stream) -> Name:
        name = Name(f"/X{len(self._objects.keys())}")
        self._objects[str(name)] = stream
        return name


def _wide(page: pikepdf.Page) -> Array:
    """A box that no letter leaves: a single long word may be wider than its page."""
    _, _, width, height = (float(side) for side in page.mediabox)
    return Array([_d(-9 * width), _d(-9 * height), _d(10 * width), _d(10 * height)])


def _rounded(frame: Frame, radius: float) -> bytes:
    width, height = frame.width, frame.height
    radius = min(radius, width / 2, height / 2)
    if radius <= 0:
        return f"0 0 {_n(width)} {_n(height)} re s\n".encode()
    pull = radius * (1 - _ROUND)
    right, bottom = width - radius, height - radius
    parts: tuple[tuple[str, tuple[float, ...]], ...] = (
        ("m", (radius, 0)),
        ("l", (right, 0)),
        ("c", (width - pull, 0, width, pull, width, radius)),
        ("l", (width, bottom)),
        ("c", (width, height - pull, width - pull, height, right, height)),
        ("l", (radius, height)),
        ("c", (pull, height, 0, height - pull, 0, bottom)),
        ("l", (0, radius)),
        ("c", (0, pull, pull, 0, radius, 0)),
    )
    return "".join(f"{' '.join(map(_n, numbers))} {word}\n" for word, numbers in parts).encode() + b"s\n"


# A code has hundreds of modules on a few dozen rows and columns.
@functools.lru_cache(maxsize=4096)
def _n(value: float) -> str:
    """A number as PDF writes it: no exponent, no needless zero."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _d(value: float) -> decimal.Decimal:
    return decimal.Decimal(_n(value))
