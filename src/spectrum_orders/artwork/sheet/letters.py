"""The letters that an order's strip can show.

They are addressed by their Unicode code points, so that a strip can be written without the font, which is
embedded in every base sheet.
"""

from __future__ import annotations

ADVANCE = 0.602
"""Width of every letter in sizes of the font."""

_RANGES = (
    (0x20, 0x7F),  # ASCII
    (0xA1, 0xAD),  # Latin-1
    (0xAE, 0x180),  # and Latin Extended-A
    (0x391, 0x3A2),  # Greek
    (0x3A3, 0x3CF),
    (0x400, 0x460),  # Cyrillic
    (0x2013, 0x2015),
    (0x2018, 0x201F),
    (0x2026, 0x2027),
    (0x2039, 0x203B),
    (0x20AC, 0x20AD),
    (0x2116, 0x2117),
)
LETTERS = frozenset(chr(code) for start, end in _RANGES for code in range(start, end))
"""What a strip can show. Whoever changes it changes ``stamp.VERSION``: old base sheets have the old set."""


def code_point(character: str) -> str:
    """``U+00E4``."""
    return f"U+{ord(character):04X}"


def shown(text: str) -> str:
    """``text`` in letters of the strip; others as ``‹U+6F22›``, so that they can still be compared."""
    return "".join(one if one in LETTERS else f"‹{code_point(one)}›" for one in text)


def encoded(text: str) -> str:
    """``shown`` text as a PDF hexadecimal string."""
    return f"<{text.encode('utf-16-be').hex()}>"
