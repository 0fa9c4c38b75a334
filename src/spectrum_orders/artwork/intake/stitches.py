"""Uploaded embroidery (Tajima DST): a head of 512 bytes, then three bytes a stitch."""

from __future__ import annotations

import re
from typing import Any

from spectrum_orders.artwork.intake.verdict import refused

HEAD = 512
"""Bytes before the first stitch."""

END = 0xF3
"""The third byte of what is behind the last stitch."""

# Four times what the largest machines keep.
_MOST_STITCHES = 8_000_000


def look(data: bytes) -> dict[str, Any]:
    """Stitches, colours and size.

    Raises:
        Invalid: cut off, without an end, or longer than any machine reads.
    """
    body = data[HEAD:]
    if len(body) > 3 * _MOST_STITCHES:
        message = f"The embroidery has more than {_MOST_STITCHES:,} stitches."
        raise refused("embroidery", message, "Digitise it with fewer stitches.")
    last = body[2::3]
    end = last.find(END)
    if end < 1:
        message = "The embroidery has no stitches, or is cut off before its end."
        raise refused("embroidery", message, "Export it again and upload it whole.")
    # The two lowest bits are always set; the two highest say whether it is a stitch, a jump or a stop.
    controls = last[:end].translate(_CONTROLS)
    if 0 in controls:
        raise refused("embroidery", "The embroidery is damaged.", "Export it again and upload it whole.")
    facts: dict[str, Any] = {
        "stitches": controls.count(1),
        "jumps": controls.count(2),
        "colours": controls.count(3) + 1,
    }
    sides = [_number(data, name) for name in (b"+X:", b"-X:", b"+Y:", b"-Y:")]
    if None not in sides:
        right, left, up, down = (side or 0 for side in sides)
        facts["widthMm"], facts["heightMm"] = (right + left) / 10, (up + down) / 10
    return facts


def _control(byte: int) -> int:
    """0 what is none, 1 a stitch, 2 a jump, 3 a stop for the next colour."""
    if byte & 0x03 != 0x03:
        return 0
    return {0x00: 1, 0x80: 2, 0xC0: 3}.get(byte & 0xC0, 0)


_CONTROLS = bytes(_control(byte) for byte in range(256))


def _number(data: bytes, name: bytes) -> int | None:
    found = re.search(re.escape(name) + rb" *(\d{1,6})\s", data[:HEAD])
    return int(found[1]) if found else None
