"""ICC profiles, and the conversions between them. Everything here is kept for the life of the process.

Without an upload, CMYK is the profile that libvips brings along and RGB is sRGB. Conversion is
relative colorimetric with black point compensation, the usual choice of a press.
"""

from __future__ import annotations

import functools
import hashlib
import io
import zlib
from typing import cast

import msgspec
import pyvips
from PIL import ImageCms

from spectrum_orders.domain.catalogue.product import Area, Output, Space
from spectrum_orders.errors import Invalid, Problem

_ICC_SPACE = {Space.CMYK: "CMYK", Space.RGB: "RGB"}
MODE = {Space.CMYK: "CMYK", Space.RGB: "RGB"}
# Formats that know red, green and blue only, whatever the product's inks are.
_LIGHT_ONLY = (Output.PNG, Output.SVG)


class Profile(msgspec.Struct, frozen=True):
    """An ICC profile. ``digest`` is the SHA-256 (hex) of ``data``, and is all that is hashed of it."""

    space: Space
    digest: str
    data: bytes

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Profile({self.space.value}, {self.digest[:8]})"


@functools.cache
def builtin(space: Space) -> Profile:
    """The profile that needs no upload."""
    name = "cmyk" if space is Space.CMYK else "srgb"
    data = bytes(cast("bytes", pyvips.Operation.call("profile_load", name)))
    return Profile(space, hashlib.sha256(data).hexdigest(), data)


def of(area: Area, assets: dict[str, bytes]) -> Profile:
    """The profile that the area's file is made in.

    Raises:
        Invalid: the area names a profile that is missing, unreadable or of another colour space.
    """
    space = Space.RGB if area.output in _LIGHT_ONLY else area.space
    if area.profile is None or space is not area.space:
        return builtin(space)
    profile = Profile(space, area.profile, assets.get(area.profile, b""))
    if _icc_space(profile) != _ICC_SPACE[space]:
        message = f"The area's profile is not an ICC profile for {_ICC_SPACE[space]} printers or displays."
        raise Invalid(
            f"{message} Upload the right one, or leave it out.",
            problems=(Problem("/profile", "profile", message),),
        )
    return profile


def embedded(data: bytes | None, space: Space) -> Profile:
    """The profile that a picture carries; the built-in one if there is none or it does not fit."""
    if data:
        profile = Profile(space, hashlib.sha256(data).hexdigest(), data)
        if _icc_space(profile) == _ICC_SPACE[space]:
            return profile
    return builtin(space)


@functools.lru_cache(maxsize=16)
def transform(source: Profile, target: Profile) -> ImageCms.ImageCmsTransform:
    """A conversion of 8-bit pixels between two profiles."""
    # Building one takes 20-50 ms, applying it to a small picture less than one.
    return ImageCms.buildTransform(
        _opened(source),
        _opened(target),
        MODE[source.space],
        MODE[target.space],
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


@functools.lru_cache(maxsize=16)
def description(profile: Profile) -> str:
    """What the profile calls itself, in ASCII."""
    text = ImageCms.getProfileDescription(_opened(profile)).strip()
    return text.encode("ascii", "replace").decode() or "Custom"


@functools.lru_cache(maxsize=16)
def deflated(profile: Profile) -> bytes:
    """The profile's bytes as a PDF holds them: compressing 1 MB anew for each file took 100 ms."""
    return zlib.compress(profile.data, 9)


@functools.lru_cache(maxsize=16)
def _icc_space(profile: Profile) -> str | None:
    try:
        space: str = _opened(profile).profile.xcolor_space
    except (OSError, ImageCms.PyCMSError):
        return None
    return space.strip()


def _opened(profile: Profile) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(io.BytesIO(profile.data))
