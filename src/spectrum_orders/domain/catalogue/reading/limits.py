"""How much and how large a product or a recipe set may be. Lengths in millimetres, type in points."""

from __future__ import annotations

MOST_AREAS = 64
MOST_SPOTS = 32
"""A PDF may name that many plates and more; a press has a dozen."""
MOST_LAYERS = 200
"""On one print area."""
MOST_RECIPES = 100
MOST_LEVELS = 200
"""Preflight levels that one product sets."""

MOST_VALUES = 250_000
"""Commas and opening brackets of one document, an upper bound for the values that reading it would
make: the same as for an order, and room for more than 10 000 layers."""
DEEPEST = 64
"""Arrays and objects that may stand in each other. A recipe set needs eight."""

LEAST_SIZE = 0.1
MOST_SIZE = 20_000.0
"""20 m: the longest banner that a roll gives in one piece."""
FARTHEST = 20_000.0
"""How far from the trim's corner a box may begin."""

LEAST_DPI = 36
MOST_DPI = 2_400
MOST_PPI = 2_400
MOST_PIXELS = 500_000_000
"""Of one TIFF or PNG with its bleed: a banner of 3.5 by 1 m at 300 dpi. Painting more takes minutes, however
well it packs."""
MOST_IN_FILE = 512 << 20
"""Bytes of one packed TIFF or PNG, which is held in memory once, and once more while it goes from process to
process. Flat designs pack to a hundredth, photographs hardly at all: what an area has before it is packed is
a reason for a warning, and none to refuse a poster that was always made."""

LEAST_TYPE = 0.5
MOST_TYPE = 10_000.0
LEAST_LINE = 0.01
MOST_LINE = 1_000.0
"""Width of an outline."""

LONGEST_NAME = 255
LONGEST_SPOT = 100
LONGEST_FONT = 100
LONGEST_TEXT = 10_000

MOST_IN_QR = (7_089, 4_296, 2_953)
MOST_IN_MICRO_QR = (35, 21, 15)
"""Digits, capitals and digits, or bytes of the largest code at its lowest level of correction
(ISO/IEC 18004, versions 40-L and M4-L)."""
LONGEST_CODE128 = 80
"""Characters. The symbology sets no end, but a longer one is wider than any reader."""
