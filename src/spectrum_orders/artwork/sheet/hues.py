"""Colours by the word that a person would say, for sheets that are printed in black and for eyes that do not
tell red from green."""

from __future__ import annotations

import colorsys

_HUES = (
    (15, "red"), (45, "orange"), (70, "yellow"), (165, "green"), (200, "turquoise"), (255, "blue"),
    (290, "violet"), (340, "pink"), (361, "red"),
)  # fmt: skip
"""Degrees up to which a hue is called so."""


def word(colour: str) -> str:
    """The word for a colour as ``#rrggbb``: roughly, as its exact value stands beside it."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    hue, saturation, value = colorsys.rgb_to_hsv(red, green, blue)
    if value < 0.2:
        return "black"
    if saturation < 0.12:
        return (
            "white" if value > 0.93 else "light grey" if value > 0.7 else "grey" if value > 0.25 else "black"
        )
    name = next(name for end, name in _HUES if hue * 360 < end)
    if name == "orange" and value < 0.65:
        return "brown"
    if name == "red" and saturation < 0.4:
        return "pink"
    return f"dark {name}" if value < 0.5 else f"light {name}" if saturation < 0.4 else name
