"""A recipe's colours as the inks of one area."""

from __future__ import annotations

import msgspec
from PIL import Image, ImageCms

from spectrum_orders.artwork import profiles
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.domain.catalogue.colour import Cmyk, Colour, Rgb, Tint
from spectrum_orders.domain.catalogue.product import Area, Space
from spectrum_orders.errors import Invalid, Problem

Light = tuple[int, int, int]


class Plate(msgspec.Struct, frozen=True):
    """A spot plate: its exact name, its stand-in in process colour (0 to 1), and how a screen shows it."""

    name: str
    alternate: tuple[float, ...]
    overprint: bool
    shown: Light


class Ink(msgspec.Struct, frozen=True):
    """What an element is painted with: ``process`` (0 to 1, three or four values), or a ``plate`` and tint.

    ``shown`` is sRGB, 0 to 255, for screens.
    """

    process: tuple[float, ...]
    shown: Light
    plate: Plate | None = None
    tint: float = 1.0


class Inks:
    """The colours of one area.

    Pure black (only K, or sRGB 0, 0, 0) stays pure: text made of four inks would need a perfect register.
    """

    def __init__(self, area: Area, profile: Profile) -> None:
        self.profile = profile
        self.plates = {
            spot.name: Plate(
                spot.name,
                process := self._process(spot.alternate, f"/spots/{number}/alternate"),
                spot.overprint,
                self._shown(process),
            )
            for number, spot in enumerate(area.spots)
        }

    def ink(self, colour: Colour, pointer: str) -> Ink:
        """The ink of a colour. Raises Invalid for a number outside 0 to 1 and a plate that is not there."""
        if isinstance(colour, Tint):
            return self.spot(colour.name, pointer, colour.tint)
        process = self._process(colour, pointer)
        return Ink(process, self._shown(process))

    def spot(self, name: str, pointer: str, tint: float = 1.0) -> Ink:
        """The ink of a plate."""
        plate = self.plates.get(name)
        if plate is None:
            message = "The area has no spot plate of this name."
            known = ", ".join(self.plates) or "none"
            raise Invalid(f"{message} It has: {known}.", problems=(Problem(pointer, "spot", message),))
        _check((tint,), pointer)
        paper = 1.0 if self.profile.space is Space.RGB else 0.0
        process = tuple(paper + (full - paper) * tint for full in plate.alternate)
        return Ink(process, _towards(plate.shown, tint), plate, tint)

    def _process(self, colour: Colour, pointer: str) -> tuple[float, ...]:
        if isinstance(colour, Tint):
            message = "A plate's alternate is a process colour, not another plate."
            raise Invalid(message, problems=(Problem(pointer, "alternate", message),))
        values: tuple[float, ...]
        if isinstance(colour, Cmyk):
            values = (colour.c, colour.m, colour.y, colour.k)
        else:
            values = (colour.r, colour.g, colour.b)
        _check(values, pointer)
        light = self.profile.space is Space.RGB
        if isinstance(colour, Cmyk):
            if not light:
                return values
            if colour.c == colour.m == colour.y == 0:
                return (1.0 - colour.k,) * 3
            return _converted(values, profiles.builtin(Space.CMYK), self.profile)
        assert isinstance(colour, Rgb)
        if light and self.profile == profiles.builtin(Space.RGB):
            return values
        if values == (0, 0, 0):
            return values if light else (0.0, 0.0, 0.0, 1.0)
        if values == (1, 1, 1):
            return values if light else (0.0, 0.0, 0.0, 0.0)
        return _converted(values, profiles.builtin(Space.RGB), self.profile)

    def _shown(self, process: tuple[float, ...]) -> Light:
        screen = profiles.builtin(Space.RGB)
        seen = process if self.profile == screen else _converted(process, self.profile, screen)
        red, green, blue = (round(255 * value) for value in seen)
        return red, green, blue


def _check(values: tuple[float, ...], pointer: str) -> None:
    # Written so that NaN fails.
    if not all(0.0 <= value <= 1.0 for value in values):
        message = "Each part of a colour is a number from 0 to 1."
        raise Invalid(message, problems=(Problem(pointer, "colour", message),))


def _converted(values: tuple[float, ...], source: Profile, target: Profile) -> tuple[float, ...]:
    pixel = Image.new(profiles.MODE[source.space], (1, 1), tuple(round(255 * value) for value in values))
    out = ImageCms.applyTransform(pixel, profiles.transform(source, target))
    assert out is not None
    found = out.getpixel((0, 0))
    assert isinstance(found, tuple)
    return tuple(value / 255 for value in found)


def _towards(light: Light, tint: float) -> Light:
    red, green, blue = (round(255 - (255 - value) * tint) for value in light)
    return red, green, blue
