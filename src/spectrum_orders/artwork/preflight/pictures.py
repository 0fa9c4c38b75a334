"""Pictures inside a PDF: how fine they are where they stand, and how much ink they hold."""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Sequence

import msgspec
import numpy as np
import pikepdf
from PIL import Image, ImageChops, ImageMath
from PIL.JpegImagePlugin import JpegImageFile

from spectrum_orders.artwork import packing
from spectrum_orders.artwork.preflight import streams
from spectrum_orders.artwork.preflight.bounds import DamagedError

LOOKED_AT = 40_000
"""Pixels of the reduced picture that is looked at for ink. A single dark pixel dries; a dark region does
not, and regions survive the reduction: of a photograph at 300 dpi every 0.7 mm are looked at."""

MOST_DECODED = 200_000_000
"""Pixels of one file's pictures that are decoded for it, in strips or reduced: about two seconds. What
goes beyond is not looked at, because too much ink is a warning and the rest of the file still counts."""

TOLERANCE = 0.08
"""A photograph that was converted to a limit and packed as JPEG goes beyond it by so much, here and there."""

_MOST_SCANS = 100
"""Passes of a progressive JPEG, each of which takes as long as all of the picture; cameras make ten."""

_PREDICTED = {"/Predictor": 2, "/Colors": 4, "/BitsPerComponent": 8}

_WIDEST = 4 << 20
"""Bytes of one row."""


class Packed(msgspec.Struct, frozen=True):
    """A CMYK picture that was packed here: the bytes of its stream, and the most ink on it before."""

    data: bytes
    ink: float


def ppi(width: int, height: int, across: float, upwards: float) -> float:
    """Pixels an inch of a picture that is ``across`` by ``upwards`` points large: the coarser direction."""
    if across <= 0 or upwards <= 0:
        return math.inf
    return min(width * 72 / across, height * 72 / upwards)


def pixels(stream: pikepdf.Stream) -> int:
    """How many a picture says it has."""
    width, height = stream.get("/Width"), stream.get("/Height")
    if not isinstance(width, int) or not isinstance(height, int):
        return 0
    return max(0, width) * max(0, height)


def ink(stream: pikepdf.Stream, known: Sequence[Packed] = ()) -> float | None:
    """The most process ink in one place of a CMYK picture, 4 at most; None when it cannot be told.

    A stream that is byte for byte one of the ``known`` is not unpacked again: that takes as long as packing
    it did. Raises DamagedError when the picture is broken.
    """
    if stream.get("/BitsPerComponent", 8) != 8 or not 0 < pixels(stream) <= MOST_DECODED:
        return None
    width, height = int(stream.get("/Width", 0)), int(stream.get("/Height", 0))
    packed = streams.filters(stream)
    picture = None
    try:
        if known:
            raw = stream.read_raw_bytes()
            for one in known:
                if one.data == raw:
                    return one.ink
        if packed == ("/DCTDecode",):
            picture = _jpeg(stream.read_raw_bytes())
        elif packed == ("/FlateDecode",) and (differences := _differences(stream, width)) is not None:
            picture = _rows(stream.read_raw_bytes(), width, height, differences)
        elif not packed and width * height * 4 <= len(raw := stream.read_raw_bytes()):
            picture = _reduced(Image.frombytes("CMYK", (width, height), raw[: width * height * 4]))
    except (OSError, SyntaxError, ValueError, zlib.error, pikepdf.PdfError):
        raise DamagedError("a picture that cannot be unpacked") from None
    if picture is None:
        return None
    if _inverted(stream):
        picture = ImageChops.invert(picture)
    return most_ink(picture)


def looked_at(picture: Image.Image, data: bytes) -> Packed:
    """What is to be known of a picture that is ``data`` in a file."""
    return Packed(data, most_ink(_reduced(picture)))


def most_ink(picture: Image.Image) -> float:
    """The largest sum of the four inks of any pixel, 1 for each."""
    inks = dict(zip("cmyk", picture.split(), strict=True))
    total = ImageMath.lambda_eval(lambda of: of["c"] + of["m"] + of["y"] + of["k"], **inks)
    return float(total.getextrema()[1]) / 255


def _inverted(stream: pikepdf.Stream) -> bool:
    decode = stream.get("/Decode")
    return isinstance(decode, pikepdf.Array) and len(decode) > 1 and float(decode[0]) > float(decode[1])


def _differences(stream: pikepdf.Stream, width: int) -> bool | None:
    """Whether a stream unpacks to each pixel's difference from the one before; None for anything else."""
    how = stream.get("/DecodeParms")
    if how is None:
        return False
    said = _PREDICTED | {"/Columns": width}
    if isinstance(how, pikepdf.Dictionary) and all(how.get(name) == value for name, value in said.items()):
        return True
    return None


def _jpeg(data: bytes) -> Image.Image | None:
    """The samples as they are stored, reduced by the decoder itself, which is quick and small."""
    if data.count(b"\xff\xda") > _MOST_SCANS:
        return None
    with JpegImageFile(io.BytesIO(data)) as picture:
        if picture.mode != "CMYK" or picture.width * picture.height > MOST_DECODED:
            return None
        if "progressive" in picture.info and picture.width * picture.height > MOST_DECODED // 8:
            return None  # the decoder would keep all of it in memory
        ratio = math.sqrt(picture.width * picture.height / LOOKED_AT)
        if ratio >= 2:
            picture.draft("CMYK", (int(picture.width / ratio), int(picture.height / ratio)))
        picture.load()
        # Pillow turns every CMYK JPEG over, as Adobe's are; a PDF does not.
        return ImageChops.invert(_reduced(picture))


def _rows(data: bytes, width: int, height: int, differences: bool) -> Image.Image | None:
    """Every so many rows are kept while the picture is unpacked in strips."""
    row = width * 4
    if row > _WIDEST:
        return None
    step = max(1, math.isqrt(width * height // LOOKED_AT))
    strip = row * step
    unpacker = zlib.decompressobj()
    kept: list[bytes] = []
    pending, left = b"", data
    for _ in range(0, height - step + 1, step):
        while len(pending) < strip:
            piece = unpacker.decompress(left, max(65_536, strip - len(pending)))
            left = unpacker.unconsumed_tail
            pending += piece
            if not piece:
                break
        if len(pending) < strip:
            break
        kept.append(pending[:row])
        pending = pending[strip:]
    if not kept:
        return None
    rows = b"".join(kept)
    if differences:
        rows = packing.restored(np.frombuffer(rows, np.uint8).reshape(len(kept), width, 4)).tobytes()
    picture = Image.frombytes("CMYK", (width, len(kept)), rows)
    return picture.reduce((step, 1)) if step > 1 else picture


def _reduced(picture: Image.Image) -> Image.Image:
    step = math.isqrt(picture.width * picture.height // LOOKED_AT)
    return picture.reduce(step) if step > 1 else picture
