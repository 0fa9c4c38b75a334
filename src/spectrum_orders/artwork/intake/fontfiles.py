"""Uploaded fonts: with outlines, and allowed by their makers to be embedded in print files."""

from __future__ import annotations

import io
import logging
from typing import Any

from fontTools.ttLib import TTFont

from spectrum_orders.artwork.intake.verdict import refused

# A damaged font would write a line for each of its sixty thousand names.
logging.getLogger("fontTools").setLevel(logging.CRITICAL)

_MOST_FONTS = 64
_OUTLINES = ("glyf", "CFF ", "CFF2")
_NEEDED = ("cmap", "head", "hhea", "maxp", "name")
# OpenType 1.9, OS/2, fsType. Of the first four bits the least restrictive holds (before version 3
# several might be set).
_USAGE, _RESTRICTED, _NO_SUBSETS, _BITMAPS_ONLY = 0x000E, 0x0002, 0x0100, 0x0200


def look(data: bytes) -> dict[str, Any]:
    """Family, style and number of glyphs of the first font.

    Raises:
        Invalid: no outlines, damaged, or it may not be embedded.
    """
    count = int.from_bytes(data[8:12], "big") if data[:4] == b"ttcf" else 1
    if not 1 <= count <= _MOST_FONTS:
        message = f"The collection has no font, or more than {_MOST_FONTS}."
        raise refused("font", message, "Upload the one font that is used.")
    facts = [_font(data, number if data[:4] == b"ttcf" else -1) for number in range(count)]
    return {**facts[0], "fonts": count}


def _font(data: bytes, number: int) -> dict[str, Any]:
    with TTFont(io.BytesIO(data), fontNumber=number, lazy=True, recalcTimestamp=False) as font:
        # Bytes as they lie there: fontTools would make four billion entries of a few bytes' character map.
        raw = font.reader
        tables = set(raw.keys())
        if not any(len(raw[name]) > 0 for name in tables.intersection(_OUTLINES)):
            message = "The font has no outlines: its letters are pictures."
            raise refused("font", message, "Upload an OpenType or TrueType font with outlines.")
        if not tables.issuperset(_NEEDED):
            message = "The font is damaged: tables that every font has are missing."
            raise refused("font", message, "Upload the font's own file, unchanged.")
        if "OS/2" in tables:
            _check_permission(int.from_bytes(raw["OS/2"][8:10], "big"))
        for name in tables:
            # A table that reaches over the end of the file.
            if len(raw[name]) != raw.tables[name].length:
                raise refused("font", "The font is cut off.", "Upload it again, whole.")
        return {
            "family": (font["name"].getBestFamilyName() or "")[:100],
            "style": (font["name"].getBestSubFamilyName() or "")[:100],
            "glyphs": int.from_bytes(raw["maxp"][4:6], "big"),
        }


def _check_permission(embedding: int) -> None:
    if embedding & _USAGE == _RESTRICTED:
        message = "The font's maker does not allow to embed it (OS/2 fsType: restricted licence)."
    elif embedding & _BITMAPS_ONLY:
        message = "The font's maker allows to embed its pictures only, not its outlines (OS/2 fsType)."
    elif embedding & _NO_SUBSETS:
        message = "The font's maker does not allow to embed a part of it, as print files do (OS/2 fsType)."
    else:
        return
    mend = (
        "Ask for a licence with a font file that allows it, or turn the text into outlines and upload that."
    )
    raise refused("font-embedding", message, mend)
