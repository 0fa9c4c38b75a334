"""Names of the extra channels of a TIFF, as Photoshop writes them down (tag 34377)."""

from __future__ import annotations

import struct

from spectrum_orders.artwork.preflight import tags
from spectrum_orders.artwork.preflight.tags import Tags

_NAMES, _UNICODE_NAMES = 1006, 1045
_MOST_BLOCKS = 1_000
_MOST_CHANNELS = 64
_OPACITY = (1, 2)


def spots(picture: Tags, extra: int) -> list[str | None]:
    """The plate of each extra channel: None is opacity, an empty text a channel without a name."""
    extra = max(0, min(extra, _MOST_CHANNELS))
    kinds = picture.numbers(tags.EXTRA)
    names = _named(picture.data(tags.RESOURCES) or b"")
    made: list[str | None] = []
    for number in range(extra):
        opaque = number < len(kinds) and kinds[number] in _OPACITY
        name = names[number] if number < len(names) else ""
        made.append(None if opaque else name)
    return made


def _named(resources: bytes) -> list[str]:
    blocks = dict(_blocks(resources))
    if _UNICODE_NAMES in blocks:
        return _unicode(blocks[_UNICODE_NAMES])
    return _pascal(blocks.get(_NAMES, b""))


def _blocks(data: bytes) -> list[tuple[int, bytes]]:
    """Photoshop's image resources: number and contents."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while data[at : at + 4] == b"8BIM" and len(found) < _MOST_BLOCKS and at + 7 <= len(data):
        (number,) = struct.unpack_from(">H", data, at + 4)
        # A name, padded to an even length together with its own.
        start = at + 6 + (data[at + 6] // 2 + 1) * 2
        if start + 4 > len(data):
            break
        (length,) = struct.unpack_from(">I", data, start)
        found.append((number, data[start + 4 : start + 4 + length]))
        at = start + 4 + length + length % 2
    return found


def _unicode(data: bytes) -> list[str]:
    found: list[str] = []
    at = 0
    while at + 4 <= len(data) and len(found) < _MOST_CHANNELS:
        (count,) = struct.unpack_from(">I", data, at)
        text = data[at + 4 : at + 4 + 2 * count]
        found.append(text.decode("utf-16-be", "replace").rstrip("\0"))
        at += 4 + 2 * count
    return found


def _pascal(data: bytes) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(data) and len(found) < _MOST_CHANNELS:
        length = data[at]
        found.append(data[at + 1 : at + 1 + length].decode("mac_roman"))
        at += 1 + length
    return found
