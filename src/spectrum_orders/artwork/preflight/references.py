"""What a reference in an SVG points at, and what a style may hide."""

from __future__ import annotations

import base64
import binascii
import enum
import io
import re

from PIL import Image

_DATA = re.compile(r"data:image/(?:png|jpe?g|webp)\s*;\s*base64\s*,", re.IGNORECASE)
_URL = re.compile(r"url\(\s*['\"]?\s*([^'\")]{0,64})", re.IGNORECASE)
_FORMATS = ("PNG", "JPEG", "WEBP")


class Kind(enum.Enum):
    """Something inside, a script, something outside, or a picture inside that is broken."""

    INSIDE = enum.auto()
    SCRIPT = enum.auto()
    OUTSIDE = enum.auto()
    BROKEN = enum.auto()


def kind(reference: str) -> Kind:
    """What an address is. Of a picture only the head is read, never the pixels."""
    # Readers pass over white space and control characters in front of and inside of a scheme.
    start = re.sub(r"[\x00-\x20]", "", reference[:64]).lower()
    if not start or start.startswith("#"):
        return Kind.INSIDE
    if start.startswith(("javascript:", "vbscript:", "livescript:")):
        return Kind.SCRIPT
    found = _DATA.match(reference.lstrip())
    if found is None:
        return Kind.OUTSIDE
    try:
        data = base64.b64decode(reference.lstrip()[found.end() :])
        with Image.open(io.BytesIO(data), formats=_FORMATS):
            return Kind.INSIDE
    except Image.DecompressionBombError:
        return Kind.OUTSIDE
    except (OSError, ValueError, SyntaxError, binascii.Error):
        return Kind.BROKEN


def reaches_out(style: str) -> bool:
    """Whether a style names something outside. With an escape it could do so in any spelling."""
    lower = style.lower()
    if "\\" in style or "@import" in lower or "expression(" in lower:
        return True
    return any(kind(target) is not Kind.INSIDE for target in _URL.findall(style))


def inks(style: str) -> bool:
    """Whether a colour is given in process inks."""
    lower = style.lower()
    return "device-cmyk(" in lower or "icc-color(" in lower
