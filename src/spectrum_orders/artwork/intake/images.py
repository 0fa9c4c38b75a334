"""Uploaded pictures: counted before they are decoded, then decoded to the end."""

from __future__ import annotations

import io
import warnings
from typing import Any

from PIL import Image, ImageCms, TiffImagePlugin

from spectrum_orders.artwork.intake.verdict import refused
from spectrum_orders.errors import Invalid

FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")
# 100 million pixels are 400 MB as CMYK; a worker has 2 GiB.
MOST_PIXELS = 100_000_000
_MODES = {
    "1": "black and white", "L": "grey", "LA": "grey", "La": "grey", "P": "palette", "PA": "palette",
    "RGB": "RGB", "RGBA": "RGB", "RGBX": "RGB", "RGBa": "RGB", "CMYK": "CMYK",
}  # fmt: skip
_ORIENTATION = 0x0112
_TILE = (322, 323)
# A tile is decoded whole, whatever the picture's own size is.
_MOST_IN_TILE = 16_000_000
# Pillow compares each page of a TIFF with all before it, so counting to the end would be quadratic.
_MOST_PAGES = 100


def look(data: bytes) -> dict[str, Any]:
    """Size, resolution and colours of a picture, as it stands upright.

    Raises:
        Invalid: too many pixels, or damaged.
    """
    _check_webp(data)
    try:
        with warnings.catch_warnings():
            # Our own limit is checked before any pixel is read; what is odd in the metadata prints no ink.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                check_pixels(picture.width, picture.height)
                _check_tile(picture)
                facts = _facts(picture)
                if picture.format in ("JPEG", "MPO"):
                    # Reads every byte and makes an 8 by 8 block one pixel.
                    picture.draft(None, (picture.width // 8, picture.height // 8))
                picture.load()
    except Image.DecompressionBombError:
        raise _too_many() from None
    except Invalid:
        raise
    except Exception as error:
        message = "The picture is damaged, or its colour mode is not supported."
        raise refused("image", message, "Save it again as JPEG, PNG or TIFF in RGB or CMYK.") from error
    return facts


def check_pixels(width: int, height: int) -> None:
    """Raises Invalid for a picture that is larger than any printer here takes."""
    if width * height > MOST_PIXELS:
        raise _too_many()


def _too_many() -> Invalid:
    message = f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels."
    return refused("image", message, "Upload a smaller one.")


def _check_webp(data: bytes) -> None:
    """Before Pillow opens it, which takes memory for the whole canvas at once."""
    if data[:4] != b"RIFF":
        return
    if data[12:16] == b"VP8X" and len(data) >= 30:
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif data[12:16] == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif data[12:16] == b"VP8 " and len(data) >= 30:
        width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    else:
        raise refused("image", "The WebP picture is damaged.", "Save it again.")
    check_pixels(width, height)


def _check_tile(picture: Image.Image) -> None:
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        width, height = (picture.tag_v2.get(tag, 1) for tag in _TILE)
        if width * height > _MOST_IN_TILE:
            message = "A tile of the TIFF is larger than is decoded here."
            raise refused(
                "image", message, "Save it in strips, or in tiles of at most 4,000 by 4,000 pixels."
            )


def _facts(picture: Image.Image) -> dict[str, Any]:
    size = picture.size
    turned = picture.getexif().get(_ORIENTATION, 1)
    if turned in (5, 6, 7, 8):
        size = size[::-1]
    mode = picture.mode
    deep = mode.startswith(("I;16", "I", "F"))
    if mode not in _MODES and not mode.startswith("I;16"):
        message = "The picture's colour mode is not supported."
        raise refused("image", message, "Save it with 8 or 16 bits a channel as grey, RGB or CMYK.")
    facts: dict[str, Any] = {
        "widthPixels": size[0],
        "heightPixels": size[1],
        "colourMode": _MODES.get(mode, "grey"),
        "bitsPerChannel": 16 if deep else 1 if mode == "1" else 8,
        "transparent": mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in picture.info,
        "pages": _pages(picture),
    }
    ppi = _ppi(picture)
    if ppi is not None:
        facts["ppi"] = ppi
        facts["widthMm"], facts["heightMm"] = (round(side / ppi * 25.4, 1) for side in size)
    icc = picture.info.get("icc_profile")
    if icc:
        facts["profile"] = _described(icc)
    return facts


def _ppi(picture: Image.Image) -> float | None:
    """What the file says of itself; a TIFF that says nothing reads as 1."""
    try:
        ppi = round(float(picture.info["dpi"][0]), 2)
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError):
        return None
    return ppi if 10 <= ppi <= 20_000 else None


def _pages(picture: Image.Image) -> int:
    """At most ``_MOST_PAGES``."""
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return min(int(getattr(picture, "n_frames", 1)), _MOST_PAGES) if picture.format == "WEBP" else 1
    count = 1
    try:
        while count < _MOST_PAGES:
            picture.seek(count)
            count += 1
    except EOFError:
        pass
    picture.seek(0)
    return count


def _described(icc: bytes) -> str:
    try:
        text = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc))).strip()
    except (OSError, ImageCms.PyCMSError):
        return "damaged"
    return text[:100] or "without a name"
