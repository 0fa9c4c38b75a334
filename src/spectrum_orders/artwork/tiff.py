"""A scene as a TIFF of 8 bits a channel: process colours, then a channel for each spot plate of the area.

Written here rather than by a library, because none of ours can name extra channels. The layout is
what Photoshop writes and presses read: unspecified extra samples whose names, stand-in colours and
kind stand in image resources (tag 34377). TIFF 6.0, and Photoshop's file format specification.
"""

from __future__ import annotations

import struct

from PIL import Image, ImageChops

from spectrum_orders.artwork import packing, strips
from spectrum_orders.artwork.inks import Inks, Plate
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.artwork.scene import Scene
from spectrum_orders.domain.catalogue.product import Area, Space

_SHORT, _LONG, _RATIONAL, _UNDEFINED, _ASCII, _BYTE = 3, 4, 5, 7, 2, 1
_SIZES = {_SHORT: 2, _LONG: 4, _RATIONAL: 8, _UNDEFINED: 1, _ASCII: 1, _BYTE: 1}
_DEFLATE, _DIFFERENCES = 8, 2
_SEPARATED, _LIGHT = 5, 2

Entry = tuple[int, int, bytes]


def write(scene: Scene, area: Area, profile: Profile) -> bytes:
    """The file, with bleed, at the area's resolution, with its profile.

    Spot channels count light as Photoshop's do: 0 is full ink, 255 none.

    Raises:
        Invalid: it would be too large.
    """
    inks = Inks(area, profile)
    out = bytearray(b"II*\0\0\0\0\0")
    offsets, counts = [], []
    for strip in strips.planes(scene, area, profile):
        channels = list(strip.process.split())
        for name in inks.plates:
            plane = strip.spots.get(name)
            channels.append(ImageChops.invert(plane) if plane else Image.new("L", strip.size, 255))
        pack = packing.packer()
        packed = pack.compress(packing.differences(packing.pixels(channels)).tobytes()) + pack.flush()
        offsets.append(len(out))
        counts.append(len(packed))
        out += packed + b"\0" * (len(packed) % 2)
        strips.check_bytes(len(out), area)
    _directory(out, _entries(area, profile, list(inks.plates.values()), offsets, counts))
    return bytes(out)


def _entries(
    area: Area, profile: Profile, plates: list[Plate], offsets: list[int], counts: list[int]
) -> list[Entry]:
    width, height = strips.size(area)
    ink = profile.space is Space.CMYK
    samples = (4 if ink else 3) + len(plates)
    entries = [
        (256, _LONG, _longs(width)),
        (257, _LONG, _longs(height)),
        (258, _SHORT, _shorts(*[8] * samples)),
        (259, _SHORT, _shorts(_DEFLATE)),
        (262, _SHORT, _shorts(_SEPARATED if ink else _LIGHT)),
        (273, _LONG, _longs(*offsets)),
        (274, _SHORT, _shorts(1)),
        (277, _SHORT, _shorts(samples)),
        (278, _LONG, _longs(min(strips.rows(area), height))),
        (279, _LONG, _longs(*counts)),
        (282, _RATIONAL, _longs(area.dpi, 1)),
        (283, _RATIONAL, _longs(area.dpi, 1)),
        (284, _SHORT, _shorts(1)),
        (296, _SHORT, _shorts(2)),
        (305, _ASCII, b"Spectrum Orders\0"),
        (317, _SHORT, _shorts(_DIFFERENCES)),
    ]
    if ink:
        entries.append((332, _SHORT, _shorts(1)))
    if plates:
        entries.append((338, _SHORT, _shorts(*[0] * len(plates))))
        entries.append((34377, _BYTE, _resources(area, plates)))
    entries.append((34675, _UNDEFINED, profile.data))
    return entries


def _directory(out: bytearray, entries: list[Entry]) -> None:
    """Puts the directory at the end, with the values that do not fit into it behind it."""
    start = len(out)
    struct.pack_into("<I", out, 4, start)
    directory = struct.pack("<H", len(entries))
    behind = b""
    end = start + 2 + 12 * len(entries) + 4
    for tag, kind, value in entries:
        count = len(value) // _SIZES[kind]
        if len(value) <= 4:
            place = value.ljust(4, b"\0")
        else:
            place = _longs(end + len(behind))
            behind += value + b"\0" * (len(value) % 2)
        directory += struct.pack("<HHI", tag, kind, count) + place
    out += directory + _longs(0) + behind


def _resources(area: Area, plates: list[Plate]) -> bytes:
    """Photoshop's image resources, big-endian: resolution, and what the channels are."""
    fixed = area.dpi << 16
    names = [plate.name for plate in plates]
    shown = b"".join(_display(plate) for plate in plates)
    return b"".join(
        (
            _resource(1005, struct.pack(">IHHIHH", fixed, 1, 1, fixed, 1, 1)),
            # Pascal strings for old readers, UTF-16 for new ones.
            _resource(1006, b"".join(_pascal(name) for name in names)),
            _resource(1045, b"".join(_unicode(name) for name in names)),
            # The identifiers by which 1067 knows the channels.
            _resource(1053, struct.pack(f">{len(names)}I", *range(1, len(names) + 1))),
            _resource(
                1067,
                struct.pack(">HH", 1, len(plates))
                + b"".join(struct.pack(">I", number + 1) + _colour(one) for number, one in enumerate(plates)),
            ),
            _resource(1077, struct.pack(">I", 1) + shown),
        )
    )


def _resource(number: int, data: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)


def _pascal(name: str) -> bytes:
    text = name.encode("mac_roman", "replace")[:255]
    return bytes((len(text),)) + text


def _unicode(name: str) -> bytes:
    text = (name + "\0").encode("utf-16-be")
    return struct.pack(">I", len(text) // 2) + text


def _colour(plate: Plate) -> bytes:
    """A colour space and four numbers, of which process inks count light: 65535 is none."""
    parts = [round(65535 * part) for part in plate.alternate]
    if len(parts) == 4:
        return struct.pack(">HHHHH", 2, *(65535 - part for part in parts))
    return struct.pack(">HHHHH", 0, *parts, 0)


def _display(plate: Plate) -> bytes:
    # A solidity of 100 % hides what is below; 2 is the kind of a spot channel.
    solidity = 0 if plate.overprint else 100
    return _colour(plate) + struct.pack(">HB", solidity, 2)


def _shorts(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}H", *values)


def _longs(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)
