"""Uploaded ICC profiles: of the right colours, and able to be printed with."""

from __future__ import annotations

import hashlib
import io
from typing import Any

from PIL import ImageCms

from spectrum_orders.artwork import profiles
from spectrum_orders.artwork.intake.verdict import refused
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.domain.catalogue.product import Space

# The largest that presses publish have 3 MB; it goes into every file that is made with it.
_MOST_BYTES = 16 << 20
_SPACES = {b"CMYK": Space.CMYK, b"RGB ": Space.RGB}
_CLASSES = {b"prtr": "printer", b"mntr": "display", b"spac": "colour space"}
_FITTING = {Space.CMYK: (b"prtr",), Space.RGB: tuple(_CLASSES)}


def look(data: bytes) -> dict[str, Any]:
    """Colour space, class, version and name (ICC.1:2022, 7.2).

    Raises:
        Invalid: not for process inks or RGB, damaged, or without the way from colours to inks.
    """
    if len(data) > _MOST_BYTES or len(data) < 132 or int.from_bytes(data[:4], "big") != len(data):
        message = f"The profile is cut off, padded, or larger than {_MOST_BYTES >> 20} MB."
        raise refused("profile", message, "Upload the profile's own file, unchanged.")
    space, kind = _SPACES.get(data[16:20]), data[12:16]
    if space is None:
        message = "The profile is neither for CMYK nor for RGB."
        raise refused("profile", message, "Upload the profile of the press or of the display.")
    if kind not in _FITTING[space]:
        message = "The profile is of a class that nothing can be printed in."
        raise refused(
            "profile", message, "Upload an output profile for CMYK, or a display or output one for RGB."
        )
    profile = Profile(space, hashlib.sha256(data).hexdigest(), data)
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(data))
        # Not kept: a profile that is looked at is rarely the one that is printed with next.
        ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profiles.builtin(Space.RGB).data)),
            opened,
            "RGB",
            profiles.MODE[profile.space],
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (OSError, ImageCms.PyCMSError) as error:
        message = "The profile is damaged, or cannot turn colours into its inks."
        raise refused("profile", message, "Upload the profile's own file, unchanged.") from error
    return {
        "space": space.value,
        "class": _CLASSES[kind],
        "version": f"{data[8]}.{data[9] >> 4}",
        "name": ImageCms.getProfileDescription(opened).strip()[:100],
    }
