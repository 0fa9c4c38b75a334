"""Decodes a whole picture in strips, and keeps a small copy of it to look at."""

from __future__ import annotations

import math

import pyvips

from spectrum_orders.artwork.preflight.bounds import DamagedError
from spectrum_orders.artwork.preflight.pictures import LOOKED_AT, MOST_DECODED

# Its cache would keep files of strangers alive after they were judged.
pyvips.cache_set_max(0)


def small(data: bytes, width: int, height: int) -> pyvips.Image | None:
    """The picture with all its channels, each pixel the mean of many; None when it has too many of them.

    Raises DamagedError for a picture that is cut off or cannot be unpacked.
    """
    if width * height > MOST_DECODED:
        return None
    try:
        picture = pyvips.Image.new_from_buffer(data, "", access="sequential", fail_on="error")
        step = max(1, math.isqrt(picture.width * picture.height // LOOKED_AT))
        step = min(step, picture.width, picture.height)
        return picture.shrink(step, step).copy_memory()
    except pyvips.Error:
        raise DamagedError("a picture that cannot be unpacked to its end") from None


def extent(picture: pyvips.Image, channel: int, channels: int = 1) -> tuple[float, float]:
    """The smallest and the largest value of some channels."""
    part = picture.extract_band(channel, n=channels)
    return part.min(), part.max()


def most_ink(picture: pyvips.Image) -> float:
    """The largest sum of the first four channels, 1 for each."""
    return float(picture.extract_band(0, n=4).bandmean().max()) * 4 / 255
