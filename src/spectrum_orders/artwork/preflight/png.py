"""Preflight of PNG pictures."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from spectrum_orders.artwork.preflight import decoding, embedded, resolution
from spectrum_orders.artwork.preflight.bounds import DamagedError, TooComplexError
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.domain.catalogue.product import Space
from spectrum_orders.domain.catalogue.work import PrintJob

_MOST_CHUNKS = 200_000
"""A file of 500 MB in pieces of 8 kB, which is how most programs write them, has 60 000."""
_MOST_INTERLACED = 50_000_000
"""Pixels of an interlaced picture, which is decoded as a whole: 200 MB."""
_ALPHA = (4, 6)
_METRE = 0.0254


def check(data: bytes, job: PrintJob, report: Report) -> None:
    """Raises DamagedError and TooComplexError."""
    found: dict[bytes, bytes] = {}
    for kind, value in _chunks(data):
        if kind in (b"IHDR", b"iCCP", b"sRGB", b"pHYs", b"acTL", b"cICP"):
            found.setdefault(kind, value)
    header = found.get(b"IHDR", b"")
    if len(header) != 13:
        raise DamagedError("a picture without its header")
    width, height, depth, colours, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if not width or not height:
        raise DamagedError("a picture without a size")
    if found.get(b"acTL", b"\0\0\0\1")[:4] != b"\0\0\0\1":
        report.add("page-count", "an animation", "one picture")
    if depth > 8:
        report.add("colour-mode", f"{depth} bits a channel", "8 bits a channel")
    resolution.check(width, height, _said(found.get(b"pHYs")), job.area, report)
    if b"iCCP" in found:
        embedded.check(_profile(found[b"iCCP"]), Space.RGB, job, report)
    elif b"sRGB" not in found:
        embedded.check(None, Space.RGB, job, report)
    if interlaced and width * height > _MOST_INTERLACED:
        return
    picture = decoding.small(data, width, height)
    if picture is not None and colours in _ALPHA and decoding.extent(picture, picture.bands - 1)[1] == 0:
        report.add("empty", "a picture that is transparent everywhere", "artwork")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and contents of each, after its checksum has been compared; ends with the picture."""
    at, view = 8, memoryview(data)
    for _ in range(_MOST_CHUNKS):
        if at + 12 > len(data):
            raise DamagedError("a picture that is cut off")
        (length,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        end = at + 8 + length
        if end + 4 > len(data):
            raise DamagedError("a picture that is cut off")
        if struct.unpack_from(">I", data, end)[0] != zlib.crc32(view[at + 4 : end]):
            raise DamagedError("a picture with a wrong checksum")
        if kind == b"IEND":
            return
        yield kind, b"" if kind == b"IDAT" else data[at + 8 : end]
        at = end + 4
    raise TooComplexError(f"a picture in more than {_MOST_CHUNKS:,} pieces")


def _said(physical: bytes | None) -> float | None:
    if physical is None or len(physical) != 9 or physical[8] != 1:
        return None
    across, _ = struct.unpack(">II", physical[:8])
    return float(across) * _METRE if across else None


def _profile(chunk: bytes) -> bytes:
    name, _, packed = chunk.partition(b"\0")
    if not name or packed[:1] != b"\0":
        return b""
    try:
        return zlib.decompressobj().decompress(packed[1:], embedded.MOST_PROFILE)
    except zlib.error:
        return b""
