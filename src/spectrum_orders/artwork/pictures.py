"""Uploaded pictures: decoded within limits, turned upright, cropped, and converted to the area's colours."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator

import msgspec
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from spectrum_orders.artwork import conversion, drawn, photographs, profiles
from spectrum_orders.artwork.intake.images import FORMATS, MOST_PIXELS
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.domain.catalogue.product import Space
from spectrum_orders.domain.catalogue.recipe import Box, Fit
from spectrum_orders.errors import Invalid, Problem

# Drawings keep up to twice the press's resolution, which sharpens their edges. A photograph has no
# more to show than that resolution; from one and a half times on it is worth the reduction.
_ENOUGH = 2.0
_SPARE = 1.5

_ORIENTATION = 0x0112

# Left, top, right and bottom in pixels; or left, top, width and height in mm.
Part = tuple[float, float, float, float]


class Prepared(msgspec.Struct, frozen=True):
    """A picture as it is placed: pixels, opacity (None: opaque), and the part of its box that it covers."""

    image: Image.Image
    alpha: Image.Image | None
    x: float
    y: float
    width: float
    height: float
    photo: bool


def prepare(data: bytes, box: Box, fit: Fit, dpi: int, profile: Profile | None, pointer: str) -> Prepared:
    """The picture for its box; ``profile`` None makes it grey, for a plate.

    Raises:
        Invalid: it cannot be read, or has too many pixels.
    """
    with _refusing(pointer):
        picture, photo = _opened(data, box, dpi)
        orientation = 1
        if photo:
            # No pixel of it is read before it is known how many are wanted.
            orientation = picture.getexif().get(_ORIENTATION, 1)
        else:
            picture = _loaded(picture)
        crop, (x, y, width, height) = _placed(photographs.upright(picture.size, orientation), box, fit)
        spare = photo and (crop[2] - crop[0]) * 25.4 / width > _SPARE * dpi
        enough = 1.0 if spare else _ENOUGH
        most = (
            max(1, round(width / 25.4 * dpi * enough)),
            max(1, round(height / 25.4 * dpi * enough)),
        )
        if spare and picture.mode in photographs.MODES:
            alpha = None
            scaled = photographs.reduced(data, orientation, crop, _size(crop, most))
            scaled.info["icc_profile"] = picture.info.get("icc_profile")
        else:
            scaled, alpha = _split(_loaded(picture) if photo else picture, crop, most)
    image = _grey(scaled, alpha) if profile is None else _converted(scaled, profile)
    return Prepared(image, alpha if profile else None, x, y, width, height, photo)


def _refused(pointer: str, message: str, mend: str) -> Invalid:
    return Invalid(f"{message} {mend}".strip(), problems=(Problem(f"{pointer}/asset", "image", message),))


@contextlib.contextmanager
def _refusing(pointer: str) -> Iterator[None]:
    """What goes wrong with a picture, as its layer's fault."""
    try:
        with warnings.catch_warnings():
            # Our own limit is checked before any pixel is read.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)
            yield
    except MemoryError:  # which is no fault of its bytes
        raise
    except Image.DecompressionBombError as error:
        raise _refused(
            pointer,
            f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels.",
            "Upload a smaller one.",
        ) from error
    except UnidentifiedImageError as error:
        raise _refused(
            pointer, "The file is no JPEG, PNG, TIFF, WebP or SVG picture.", "Upload one."
        ) from error
    except Invalid as error:
        raise _refused(pointer, error.message, "").with_traceback(None) from error
    except Exception as error:
        raise _refused(pointer, "The picture is damaged.", "Upload it again.") from error


def _opened(data: bytes, box: Box, dpi: int) -> tuple[Image.Image, bool]:
    """The picture, of which nothing but its head was read, and whether it is a photograph."""
    if drawn.is_drawing(data):
        return drawn.picture(data, box, dpi, MOST_PIXELS), False
    opened = Image.open(io.BytesIO(data), formats=FORMATS)
    if opened.width * opened.height > MOST_PIXELS:
        raise Image.DecompressionBombError
    # MPO is what telephones call a JPEG with a second one behind it.
    return opened, opened.format in ("JPEG", "MPO")


def _loaded(picture: Image.Image) -> Image.Image:
    """The picture upright, as L, LA, RGB, RGBA or CMYK."""
    picture.load()
    icc = picture.info.get("icc_profile")
    ImageOps.exif_transpose(picture, in_place=True)
    mode = picture.mode
    if mode.startswith("I;16"):
        picture = picture.convert("I").point(lambda value: value * (1 / 256) + 0).convert("L")
    elif mode == "1":
        picture = picture.convert("L")
    elif mode in ("P", "PA", "La", "RGBa", "RGBX") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    elif mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        raise Invalid("The picture's colour mode is not supported. Save it as RGB or CMYK.")
    picture.info["icc_profile"] = icc
    return picture


def _placed(size: tuple[int, int], box: Box, fit: Fit) -> tuple[Part, Part]:
    """(the part of the picture in pixels, the part of the box in mm)"""
    width, height = size
    whole = (0.0, 0.0, float(width), float(height))
    if fit is Fit.STRETCH:
        return whole, (0.0, 0.0, box.width, box.height)
    if fit is Fit.CONTAIN:
        scale = min(box.width / width, box.height / height)
        w, h = width * scale, height * scale
        return whole, ((box.width - w) / 2, (box.height - h) / 2, w, h)
    scale = max(box.width / width, box.height / height)
    w, h = min(width, box.width / scale), min(height, box.height / scale)
    left, top = (width - w) / 2, (height - h) / 2
    return (left, top, left + w, top + h), (0.0, 0.0, box.width, box.height)


def _split(picture: Image.Image, crop: Part, most: tuple[int, int]) -> tuple[Image.Image, Image.Image | None]:
    """Colours and opacity of the part, with as many pixels as it may have."""
    alpha, info = None, picture.info
    if picture.mode in ("RGBA", "LA"):
        alpha = _scaled(picture.getchannel("A"), crop, most)
        picture = picture.convert(picture.mode[:-1])
        if alpha.getextrema() == (255, 255):
            alpha = None
    scaled = _scaled(picture, crop, most)
    scaled.info = info
    return scaled, alpha


def _scaled(picture: Image.Image, crop: Part, most: tuple[int, int]) -> Image.Image:
    left, top, right, bottom = crop
    if right - left <= most[0] and bottom - top <= most[1]:
        # Enough pixels to lose a part of one at the edge rather than blur all of them.
        sharp = (int(left), int(top), max(int(left) + 1, round(right)), max(int(top) + 1, round(bottom)))
        return picture if sharp == (0, 0, *picture.size) else picture.crop(sharp)
    return picture.resize(_size(crop, most), Image.Resampling.HAMMING, box=crop, reducing_gap=2.0)


def _size(crop: Part, most: tuple[int, int]) -> tuple[int, int]:
    """As many pixels as the part has, and no more than it may have."""
    return max(1, min(most[0], round(crop[2] - crop[0]))), max(1, min(most[1], round(crop[3] - crop[1])))


def _grey(picture: Image.Image, alpha: Image.Image | None) -> Image.Image:
    if picture.mode == "CMYK":
        picture = picture.convert("RGB")
    grey = picture.convert("L")
    if alpha is not None:
        paper = Image.new("L", grey.size, 255)
        paper.paste(grey, mask=alpha)
        return paper
    return grey


def _converted(picture: Image.Image, target: Profile) -> Image.Image:
    """In the area's own numbers. Grey stays grey, so that it is printed with black alone."""
    if picture.mode == "L":
        return picture
    space = Space.CMYK if picture.mode == "CMYK" else Space.RGB
    icc = picture.info.get("icc_profile")
    if icc is None and space is target.space is Space.CMYK:
        # Ink numbers without a profile are meant as they are.
        return picture
    source = profiles.embedded(icc, space)
    if source == target:
        return picture
    try:
        return conversion.between(source, target).apply(picture)
    except ImageCms.PyCMSError:
        # A profile that opens but cannot be read from, such as a printer's without the way back.
        return conversion.between(profiles.builtin(space), target).apply(picture)
