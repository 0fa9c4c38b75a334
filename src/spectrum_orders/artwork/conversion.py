"""The pixels of a picture, from one profile to another.

Little CMS takes 30 ns for each, which was a third of the time of a photograph. Three channels of 8 bits can
say 16.8 million things, so all its answers are 64 MB, and finding one there takes 4 ns. They are its own
answers: a picture has the same bytes whether it was calculated or looked up.
"""

from __future__ import annotations

import functools
import resource

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from spectrum_orders.artwork import profiles
from spectrum_orders.artwork.profiles import Profile

_COLOURS = 1 << 24

PATIENCE = 1 << 23
"""Pixels that are calculated before all answers are written down: two photographs on A5. Writing takes a
second, as long as calculating seven of them; a process that makes fewer in its life than that loses less
than the second, and one that makes none never does it."""

_KEPT = 3
"""Pairs of profiles that are remembered: telephones and cameras have three between them (sRGB, Display P3,
Adobe RGB), and three answers are 192 MB of the 2 GiB that a process may have."""

_LEAST_MEMORY = 1 << 30
"""Bytes that a process must be allowed for answers to be kept in it: one that was given less by
``SPECTRUM_RENDER_MEMORY`` has none to spare, and calculates."""

_STRIP = 1 << 17
"""Pixels that are looked up at once, with what they take meanwhile in a processor's cache."""

# Four bytes a pixel, as Pillow keeps both.
_FOUR = {"RGB": "RGBX", "CMYK": "CMYK"}

Answers = npt.NDArray[np.uint32]


class Conversion:
    """From one profile to another, for the life of the process."""

    def __init__(self, source: Profile, target: Profile) -> None:
        self._calculated = 0
        self._transform = profiles.transform(source, target)
        self._mode = profiles.MODE[target.space]
        self._answers: Answers | None = None
        self._keeps = True

    def apply(self, picture: Image.Image) -> Image.Image:
        """The picture in the target's numbers. Raises PyCMSError when the profiles cannot do that."""
        if picture.mode != "RGB":
            return self._asked(picture)
        if self._answers is None:
            if not self._keeps or self._calculated < PATIENCE or not _room():
                self._calculated += picture.width * picture.height
                return self._asked(picture)
            try:
                self._answers = self._all()
            except MemoryError:
                # The file may yet fit without them. They are not tried again: what a process holds becomes
                # no less, and each try would cost up to a second.
                self._keeps = False
                return self._asked(picture)
        return self._found(picture, self._answers)

    def _asked(self, picture: Image.Image) -> Image.Image:
        made = ImageCms.applyTransform(picture, self._transform)
        assert made is not None
        return made

    def _all(self) -> Answers:
        """The answers by the number that a pixel's bytes are: red first, so it is the lowest."""
        answers = np.empty(_COLOURS, "<u4")
        plane = np.zeros((256, 256, 3), np.uint8)
        plane[..., 0] = np.arange(256)
        plane[..., 1] = np.arange(256)[:, None]
        for blue in range(256):
            plane[..., 2] = blue
            made = self._asked(Image.frombytes("RGB", (256, 256), plane.tobytes()))
            answers[blue << 16 : blue + 1 << 16] = np.frombuffer(
                made.tobytes("raw", _FOUR[self._mode]), "<u4"
            )
        return answers

    def _found(self, picture: Image.Image, answers: Answers) -> Image.Image:
        made = Image.new(self._mode, picture.size)
        rows = max(1, _STRIP // picture.width)
        for top in range(0, picture.height, rows):
            box = 0, top, picture.width, min(top + rows, picture.height)
            strip = picture.crop(box)
            numbers = np.frombuffer(strip.tobytes("raw", "RGBX"), "<u4") & (_COLOURS - 1)
            # No number can be beyond the end, and "clip" is the quickest way of not asking.
            pixels = answers.take(numbers, mode="clip").tobytes()
            made.paste(Image.frombytes(self._mode, strip.size, pixels, "raw", _FOUR[self._mode]), box)
        return made


def _room() -> bool:
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    return allowed == resource.RLIM_INFINITY or allowed >= _LEAST_MEMORY


@functools.lru_cache(maxsize=_KEPT)
def between(source: Profile, target: Profile) -> Conversion:
    """The conversion from ``source`` to ``target``. Raises PyCMSError when there is none."""
    return Conversion(source, target)
