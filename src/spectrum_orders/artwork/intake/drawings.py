"""Uploaded drawings (ASCII DXF): pairs of a group code and a value, in sections."""

from __future__ import annotations

import io
from typing import Any

from spectrum_orders.artwork.intake.verdict import refused

# Outlines for cutting have some hundred kilobytes. Preflight loads them whole, at about 30 times their size.
_MOST_BYTES = 16 << 20
_UNITS = {"0": "none", "1": "in", "2": "ft", "4": "mm", "5": "cm", "6": "m"}
_LONGEST_LINE = 100_000


def look(data: bytes) -> dict[str, Any]:
    """Version, unit and number of entities.

    Raises:
        Invalid: too large, cut off, or not pairs of code and value.
    """
    if len(data) > _MOST_BYTES:
        message = f"The drawing has more than {_MOST_BYTES >> 20} MB."
        raise refused("drawing", message, "Save only the outlines.")
    # Any byte is a letter in it, and only ASCII words are looked at.
    lines = io.StringIO(data.removeprefix(b"\xef\xbb\xbf").decode("latin-1"), newline=None)
    section = variable = kind = ""
    facts: dict[str, Any] = {"entities": 0}
    for line in lines:
        value = lines.readline()
        if len(line) > 20 or len(value) > _LONGEST_LINE:
            raise _damaged()
        try:
            code = int(line)
        except ValueError:
            raise _damaged() from None
        value = value.strip()
        if code == 0:
            kind = value
            if kind == "EOF":
                return facts
            if section == "ENTITIES" and kind not in ("SECTION", "ENDSEC"):
                facts["entities"] += 1
        elif code == 2 and kind == "SECTION":
            # A header's values may have the code of a section's name as well.
            section, kind = value, ""
        elif section == "HEADER" and code == 9:
            variable = value
        elif section == "HEADER" and (variable, code) == ("$ACADVER", 1):
            facts["dxfVersion"] = value[:20]
        elif section == "HEADER" and (variable, code) == ("$INSUNITS", 70):
            facts["unit"] = _UNITS.get(value, "other")
    raise refused("drawing", "The drawing is cut off before its end.", "Export it again and upload it whole.")


def _damaged() -> Exception:
    return refused("drawing", "The drawing is damaged.", "Export it again as an ASCII DXF.")
