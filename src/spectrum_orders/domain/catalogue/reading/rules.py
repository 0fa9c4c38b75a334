"""What must hold between the members of one object; see ``record.Rule``."""

from __future__ import annotations

import math
import re

from spectrum_orders.domain.catalogue.product import Output, Space
from spectrum_orders.domain.catalogue.reading.limits import (
    LONGEST_CODE128,
    MOST_IN_FILE,
    MOST_IN_MICRO_QR,
    MOST_IN_QR,
    MOST_PIXELS,
)
from spectrum_orders.domain.catalogue.reading.record import Values
from spectrum_orders.domain.catalogue.recipe import Symbology
from spectrum_orders.domain.package import naming
from spectrum_orders.domain.reading import Reading

RESERVED = ("all", "none", "cyan", "magenta", "yellow", "black")
"""Names of colorants that a PDF gives a meaning of its own (ISO 32000-1, 8.6.6.4 and 8.6.6.5): a plate
called so would mark every plate, none, or one of the process inks."""

LIGHT_ONLY = frozenset((Output.PNG, Output.SVG))
"""File formats that know RGB and no process inks."""

_MM_PER_INCH = 25.4
_WEIGHTS = (1, 3) * 6


def space_of_output(sent: Values) -> None:
    """Without a ``space`` the file format decides."""
    if sent.get("output") in LIGHT_ONLY:
        sent.setdefault("space", Space.RGB)


def area(seen: Values, at: str, reading: Reading) -> None:
    """Margins that leave something between them, a colour space that the file format knows, and no more
    pixels than can be made; a warning where a photograph may be too large."""
    width, height, output = seen.get("width"), seen.get("height"), seen.get("output")
    if width is not None and height is not None:
        half = min(width, height) / 2
        for name in ("bleed", "safe"):
            margin = seen.get(name, 0.0)
            if margin >= half:
                reading.problem(
                    f"{at}/{name}",
                    "contradiction",
                    f"{name} is {margin:g} mm, which must be less than half of the area's smaller side, "
                    f"{half:g} mm.",
                )
    if output in LIGHT_ONLY and seen.get("space") is Space.CMYK:
        reading.problem(
            f"{at}/space",
            "contradiction",
            f"The output {seen['output'].value} knows only rgb; send rgb or leave it out.",
        )
    if width is not None and height is not None and seen.get("dpi") and output is not None and output.dotted:
        _check_pixels(seen, at, reading)


def _check_pixels(seen: Values, at: str, reading: Reading) -> None:
    edge = 2 * seen.get("bleed", 0.0)
    inches = (seen["width"] + edge) * (seen["height"] + edge) / _MM_PER_INCH**2
    # A PNG holds its opacity.
    process = 4 if seen["output"] is Output.PNG or seen.get("space") is Space.CMYK else 3
    channels = process + (len(seen.get("spots", ())) if seen["output"] is Output.TIFF else 0)
    pixels = inches * seen["dpi"] ** 2
    always = f"at most {_finest(MOST_IN_FILE / channels, inches)} dpi always do, and so does pdf-x4."
    if pixels > MOST_PIXELS:
        reading.problem(
            f"{at}/dpi",
            "contradiction",
            f"At this size and dpi a file has {pixels / 1e6:,.0f} million pixels, of which "
            f"{MOST_PIXELS // 1_000_000} million can be made: take at most "
            f"{_finest(MOST_PIXELS, inches)} dpi; {always}",
        )
    elif pixels * channels > MOST_IN_FILE:
        reading.warn(
            f"{at}/dpi",
            "large-file",
            f"At this size and dpi a file has up to {pixels * channels / 2**20:,.0f} MB, of which "
            f"{MOST_IN_FILE >> 20} can be made: pictures with many details may not fit; {always}",
        )


def _finest(pixels: float, inches: float) -> int:
    return math.floor(math.sqrt(pixels / inches))


def spot(seen: Values, at: str, reading: Reading) -> None:
    """A plate is not called what a PDF calls something else."""
    if seen.get("name", "").casefold() in RESERVED:
        reading.problem(
            f"{at}/name",
            "reserved",
            "A PDF gives this name a meaning of its own; call the plate what the ink is called.",
        )


def product(seen: Values, at: str, reading: Reading) -> None:
    """A template of which names of files can be made."""
    wrong = naming.check_template(seen["file_name"]) if "file_name" in seen else None
    if wrong is not None:
        reading.problem(f"{at}/fileName", "malformed", wrong)


def filling(seen: Values, at: str, reading: Reading) -> None:
    """Layers, or a finished file, and not both."""
    layers, file = seen.get("layers"), seen.get("file")
    if layers and file is not None:
        reading.problem(
            f"{at}/file", "contradiction", "An area is filled by layers or by a file; send one of the two."
        )
    elif layers == () and "file" in seen and file is None:
        reading.problem(
            f"{at}/layers",
            "too-few",
            "At least one layer, or a file, is needed; an area that stays blank gets a fill without ink.",
        )


def code(seen: Values, at: str, reading: Reading) -> None:
    """A value that the symbology can hold."""
    value, symbology = seen.get("value"), seen.get("symbology")
    if value is None or symbology is None:
        return
    wanted = _CODES[symbology](value)
    if wanted is not None:
        reading.problem(f"{at}/value", "malformed", wanted)


def _qr(value: str) -> str | None:
    if _fits(value, MOST_IN_QR):
        return None
    return "A QR code holds at most {} digits, {} capitals and digits, or {} bytes.".format(*MOST_IN_QR)


def _micro_qr(value: str) -> str | None:
    if _fits(value, MOST_IN_MICRO_QR):
        return None
    return "A Micro QR code holds at most {} digits, {} capitals and digits, or {} bytes; take qr.".format(
        *MOST_IN_MICRO_QR
    )


def _fits(value: str, most: tuple[int, int, int]) -> bool:
    digits, capitals, in_bytes = most
    if re.fullmatch(r"[0-9]+", value):
        return len(value) <= digits
    if re.fullmatch(r"[0-9A-Z $%*+./:-]+", value):
        return len(value) <= capitals
    try:
        return len(value.encode("latin-1")) <= in_bytes
    except UnicodeEncodeError:
        return len(value.encode()) <= in_bytes


def _code128(value: str) -> str | None:
    if value.isascii() and len(value) <= LONGEST_CODE128:
        return None
    return f"Code 128 holds at most {LONGEST_CODE128} ASCII characters."


def _ean13(value: str) -> str | None:
    if re.fullmatch(r"[0-9]{12,13}", value) is None or value.endswith("\n"):
        return "An EAN-13 has 12 digits, or 13 with its check digit."
    total = sum(int(digit) * weight for digit, weight in zip(value, _WEIGHTS, strict=False))
    if len(value) == 13 and int(value[12]) != -total % 10:
        return "The 13th digit is not the check digit of the other 12."
    return None


_CODES = {
    Symbology.QR: _qr,
    Symbology.MICRO_QR: _micro_qr,
    Symbology.CODE128: _code128,
    Symbology.EAN13: _ean13,
}
