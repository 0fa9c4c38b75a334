"""Photographs that are finer than the press: decoded and reduced in one stream, which never is whole.

libvips reduces with the processor's vector instructions, in less than half of Pillow's time, while the
decoder's rows are still in the cache. It calculates with whole numbers, so that every processor gives the
same bytes, also one without such instructions.
"""

from __future__ import annotations

import math

import pyvips
from PIL import Image

MODES = ("L", "RGB")
"""What is reduced here. libvips reads CMYK as well, and turns it over or not by other rules than Pillow."""

# What the reduced pixels are a weighted mean of: sharper than the means themselves, and what layout
# programs mean by bicubic downsampling.
_KERNEL = "cubic"

# The decoder can leave out all but every so many pixels each way, which costs it almost nothing.
_LEFT_OUT = (8, 4, 2)

# The one difference between a small limit and a broken picture is in the library's words, and in those of the
# one below it ("Insufficient memory (case 4)").
_SPENT = ("out of memory", "creating thread", "nsufficient memory")

Turn = Image.Transpose
# What each EXIF orientation asks for; 1 is upright, and anything else means nothing.
_TURNS = {
    2: Turn.FLIP_LEFT_RIGHT, 3: Turn.ROTATE_180, 4: Turn.FLIP_TOP_BOTTOM, 5: Turn.TRANSPOSE,
    6: Turn.ROTATE_270, 7: Turn.TRANSVERSE, 8: Turn.ROTATE_90,
}  # fmt: skip
_LYING = (5, 6, 7, 8)

# Its cache would keep photographs of strangers alive after they were printed.
pyvips.cache_set_max(0)


def upright(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height as the photograph is looked at."""
    return size[::-1] if orientation in _LYING else size


def reduced(
    data: bytes,
    orientation: int,
    crop: tuple[float, float, float, float],
    size: tuple[int, int],
) -> Image.Image:
    """The middle of a JPEG of one of the MODES, upright, with so many pixels.

    ``crop`` says which pixels of the upright photograph are wanted, and ``size`` is not larger than that.
    Raises pyvips.Error when it is damaged, MemoryError when the process may not have what that takes.
    """
    left, top, right, bottom = crop
    if orientation in _LYING:
        # A part of the middle is the same part of the middle from all sides.
        left, top, right, bottom = top, left, bottom, right
        size = size[::-1]
    spare = min((right - left) / size[0], (bottom - top) / size[1])
    shrink = next((factor for factor in _LEFT_OUT if factor <= spare), 1)
    picture = pyvips.Image.jpegload_buffer(data, access="sequential", fail_on="truncated", shrink=shrink)
    # With the pixels that the edges cut through, so that nothing is shifted to one side.
    x, y = math.floor(left / shrink), math.floor(top / shrink)
    width = min(math.ceil(right / shrink), picture.width) - x
    height = min(math.ceil(bottom / shrink), picture.height) - y
    picture = picture.crop(x, y, width, height).resize(
        size[0] / width, vscale=size[1] / height, kernel=_KERNEL
    )
    mode = "RGB" if picture.bands == 3 else "L"
    try:
        made = Image.frombytes(mode, size, picture.write_to_memory())
    except pyvips.Error as error:
        if any(words in str(error) for words in _SPENT):
            raise MemoryError from error
        raise
    turn = _TURNS.get(orientation)
    return made if turn is None else made.transpose(turn)
