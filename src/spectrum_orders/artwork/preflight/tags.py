"""The directory of a TIFF, without decoding anything."""

from __future__ import annotations

import io
import struct
import warnings

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from spectrum_orders.artwork.preflight.bounds import DamagedError

WIDTH, HEIGHT, BITS, MEANING, SAMPLES = 256, 257, 258, 262, 277
RESOLUTION, UNIT = 282, 296
INKS, INK_NAMES, EXTRA, FORMAT = 332, 333, 338, 339
RESOURCES, PROFILE = 34377, 34675
_KIND = 254
_REDUCED = 1
_MOST_PICTURES = 64
_MOST_VALUES = 64


class Tags:
    """The entries of one picture. What is missing or of another type is a default."""

    def __init__(self, directory: ImageFileDirectory_v2) -> None:
        self._directory = directory

    def number(self, tag: int, default: int) -> int:
        """A single whole number."""
        value = self._get(tag)
        first = value[0] if isinstance(value, tuple) and value else value
        return first if isinstance(first, int) else default

    def whole(self, tag: int) -> set[int]:
        """The different numbers of an entry."""
        value = self._get(tag)
        values = value if isinstance(value, tuple) else (value,)
        return {one for one in values[:_MOST_VALUES] if isinstance(one, int)}

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The first numbers of an entry."""
        value = self._get(tag)
        values = value if isinstance(value, tuple) else (value,)
        return tuple(one for one in values[:_MOST_VALUES] if isinstance(one, int))

    def ratio(self, tag: int) -> float | None:
        """A number with a fraction."""
        value = self._get(tag)
        first = value[0] if isinstance(value, tuple) and value else value
        try:
            return float(first)  # type: ignore[arg-type]  # whatever is no number is caught
        except (TypeError, ValueError, ArithmeticError):
            return None

    def data(self, tag: int) -> bytes | None:
        """An entry of bytes or text."""
        value = self._get(tag)
        first = value[0] if isinstance(value, tuple) and value else value
        if isinstance(first, str):
            return first.encode("latin-1", "replace")
        return first if isinstance(first, bytes) else None

    def _get(self, tag: int) -> object:
        found: object = self._directory.get(tag)
        return found


def read(data: bytes) -> tuple[Tags, int]:
    """The first picture's entries, and how many pictures there are but for reduced copies.

    Raises DamagedError.
    """
    stream = io.BytesIO(data)
    big = data[2:4] in (b"+\0", b"\0+")
    seen: set[int] = set()
    found: list[Tags] = []
    try:
        # It warns of what is cut off and goes on with what is left.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            directory = ImageFileDirectory_v2(data[: 16 if big else 8])
            offset = directory.next
            while offset and offset not in seen and len(seen) < _MOST_PICTURES:
                seen.add(offset)
                directory = ImageFileDirectory_v2(data[: 16 if big else 8])
                stream.seek(offset)
                directory.load(stream)
                tags = Tags(directory)
                if not tags.number(_KIND, 0) & _REDUCED:
                    found.append(tags)
                offset = directory.next
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error, OverflowError, UserWarning):
        raise DamagedError("a directory of the picture that cannot be read") from None
    if not found:
        raise DamagedError("a file without a picture")
    return found[0], len(found)
