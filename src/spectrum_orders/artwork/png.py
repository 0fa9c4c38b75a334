"""A scene as a PNG: sRGB with opacity, spot plates shown as they look. Pillow cannot write it in strips."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from PIL import Image, ImageMath

from spectrum_orders.artwork import packing, profiles, strips
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.artwork.raster import Planes
from spectrum_orders.artwork.scene import Scene
from spectrum_orders.domain.catalogue.product import Area

# "The difference from the pixel to the left", the only filter used.
_SUB = 1
_RGBA = 6


def write(scene: Scene, area: Area, profile: Profile) -> bytes:
    """The file, with bleed, at the area's resolution; transparent where nothing is painted.

    Raises:
        Invalid: it would be too large.
    """
    width, height = strips.size(area)
    metre = round(area.dpi / 0.0254)
    out = [
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _RGBA, 0, 0, 0)),
        _chunk(b"iCCP", b"sRGB\0\0" + profiles.deflated(profile)),
        _chunk(b"pHYs", struct.pack(">IIB", metre, metre, 1)),
    ]
    packer = packing.packer()
    total = 0
    for strip in strips.planes(scene, area, profile):
        of = packing.pixels([*_unmixed(strip), strip.coverage])
        rows = np.full((len(of), 1 + 4 * width), _SUB, np.uint8)
        rows[:, 1:] = packing.differences(of).reshape(len(of), -1)
        packed = packer.compress(rows.tobytes())
        total += len(packed)
        strips.check_bytes(total, area)
        if packed:
            out.append(_chunk(b"IDAT", packed))
    out.append(_chunk(b"IDAT", packer.flush()))
    out.append(_chunk(b"IEND", b""))
    return b"".join(out)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _unmixed(strip: Planes) -> list[Image.Image]:
    """The colours without the white paper that soft edges were painted on."""
    seen = list(strip.seen().split())
    if not any(strip.coverage.histogram()[1:255]):
        return seen
    opacity = strip.coverage
    return [
        # Pillow divides by zero to zero: white where nothing is.
        ImageMath.lambda_eval(
            lambda own: own["convert"](255 - own["min"]((255 - own["c"]) * 255 / own["a"], 255), "L"),
            c=channel,
            a=opacity,
        )
        for channel in seen
    ]
