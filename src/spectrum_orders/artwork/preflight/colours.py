"""Colour spaces of a PDF, reduced to what a press asks: which inks, and what else stands in the way."""

from __future__ import annotations

import enum
import zlib

import msgspec
import pikepdf

from spectrum_orders.artwork.preflight.bounds import DamagedError
from spectrum_orders.artwork.preflight.streams import called, unpacked
from spectrum_orders.domain.catalogue.product import Space

_DEEPEST = 8
_PROCESS = ("Cyan", "Magenta", "Yellow", "Black")


class Model(enum.Enum):
    """How a colour is given."""

    GREY = "grey"
    RGB = "RGB"
    CMYK = "CMYK"
    LAB = "Lab"
    PLATES = "spot plates"
    PATTERN = "a pattern"
    UNKNOWN = "an unknown colour space"


class Inks(msgspec.Struct, frozen=True):
    """A colour space. ``names`` are the plates of Separation and DeviceN. ``icc`` when it has a profile
    of its own, ``broken`` when that is not one for these colours. ``indexed`` numbers point into a table.
    ``below`` is the space that a pattern without colours of its own is painted in."""

    model: Model
    parts: int
    names: tuple[str, ...] = ()
    icc: bool = False
    broken: bool = False
    indexed: bool = False
    below: Inks | None = None

    def ink(self, values: tuple[float, ...]) -> float | None:
        """The sum of the process inks of a colour, 1 for each solid one; None when it cannot be told."""
        if self.indexed or len(values) != self.parts:
            return None
        if self.model is Model.CMYK:
            return sum(min(1.0, max(0.0, value)) for value in values)
        if self.model is Model.PLATES:
            return sum(
                min(1.0, max(0.0, value))
                for name, value in zip(self.names, values, strict=True)
                if name in _PROCESS
            )
        return None

    def first(self) -> tuple[float, ...]:
        """The colour that holds before any is set: black, or full plates."""
        if self.model is Model.CMYK:
            return (0.0, 0.0, 0.0, 1.0)
        return (1.0 if self.model is Model.PLATES else 0.0,) * self.parts

    def spots(self) -> tuple[str, ...]:
        """The plates that are not process inks."""
        return tuple(name for name in self.names if name not in (*_PROCESS, "None"))


GREY = Inks(Model.GREY, 1)
RGB = Inks(Model.RGB, 3)
CMYK = Inks(Model.CMYK, 4)
UNKNOWN = Inks(Model.UNKNOWN, 0)
_DEVICE = {
    "/DeviceGray": GREY,
    "/DeviceRGB": RGB,
    "/DeviceCMYK": CMYK,
    "/G": GREY,
    "/RGB": RGB,
    "/CMYK": CMYK,
    "/CalGray": GREY,
    "/CalRGB": RGB,
    "/Pattern": Inks(Model.PATTERN, 0),
}
_MODELS = {1: Model.GREY, 3: Model.RGB, 4: Model.CMYK}
_SIGNATURES = {b"GRAY": 1, b"RGB ": 3, b"Lab ": 3, b"CMYK": 4}
MODEL_OF_SPACE = {Space.CMYK: Model.CMYK, Space.RGB: Model.RGB}


def device(name: str) -> Inks | None:
    """A space by its name alone; None when it has to be looked up in the resources."""
    return _DEVICE.get(name)


def read(space: object, deep: int = 0) -> Inks:
    """A colour space object, whatever it is."""
    if isinstance(space, pikepdf.Name):
        return _DEVICE.get(called(space), UNKNOWN)
    if not isinstance(space, pikepdf.Array) or len(space) == 0 or deep > _DEEPEST:
        return UNKNOWN
    if not isinstance(space[0], pikepdf.Name):
        return UNKNOWN
    family = called(space[0])
    if family == "/ICCBased" and len(space) > 1:
        return _icc(space[1])
    if family in ("/Indexed", "/I") and len(space) > 1:
        base = read(space[1], deep + 1)
        return msgspec.structs.replace(base, indexed=True, parts=1)
    if family == "/Separation" and len(space) > 1:
        return Inks(Model.PLATES, 1, (_plate(space[1]),))
    if family == "/DeviceN" and len(space) > 1 and isinstance(space[1], pikepdf.Array):
        names = tuple(_plate(name) for name in list(space[1])[:64])
        return Inks(Model.PLATES, len(names), names)
    if family == "/Pattern" and len(space) > 1:
        below = read(space[1], deep + 1)
        return Inks(Model.PATTERN, below.parts, below=below)
    if family == "/Lab":
        return Inks(Model.LAB, 3)
    return _DEVICE.get(family, UNKNOWN)


def _plate(name: object) -> str:
    return called(name).removeprefix("/") if isinstance(name, pikepdf.Name) else ""


def _icc(stream: object) -> Inks:
    if not isinstance(stream, pikepdf.Stream):
        return UNKNOWN
    number = stream.get("/N")
    if not isinstance(number, int) or number not in _MODELS:
        return UNKNOWN
    said = profile_parts(stream)
    model = Model.LAB if number == 3 and header(stream)[16:20] == b"Lab " else _MODELS[number]
    return Inks(model, number, icc=True, broken=said != number)


def profile_parts(stream: pikepdf.Stream) -> int | None:
    """How many parts a colour of this ICC profile has, by its own header; None when it is no profile."""
    head = header(stream)
    if len(head) < 128 or head[36:40] != b"acsp":
        return None
    return _SIGNATURES.get(head[16:20])


def header(stream: pikepdf.Stream) -> bytes:
    """The first 128 bytes of a stream, fewer when it is damaged; unpacking all of a profile takes
    milliseconds. Raises TooComplexError."""
    if stream.get("/Filter") == pikepdf.Name.FlateDecode and "/DecodeParms" not in stream:
        try:
            return zlib.decompressobj().decompress(stream.read_raw_bytes(), 128)
        except zlib.error:
            return b""
    try:
        return unpacked(stream)[:128]
    except DamagedError:
        return b""
