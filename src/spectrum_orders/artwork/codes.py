"""QR codes and barcodes as rectangles."""

from __future__ import annotations

import segno
from reportlab.graphics.barcode.code128 import Code128

from spectrum_orders.artwork.scene import Rect, Symbol
from spectrum_orders.domain.catalogue.recipe import Code, Symbology
from spectrum_orders.errors import Invalid, Problem

_LEFT = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111",
         "0001011")  # fmt: skip
# Which of the left digits are mirrored tells the first digit of an EAN (ISO/IEC 15420, table 3).
_PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")
# Quiet zones in modules: ISO/IEC 18004 (QR 4, Micro QR 2), ISO/IEC 15417 (10), ISO/IEC 15420 (11 and 7).
_QUIET = {
    Symbology.QR: (4, 4),
    Symbology.MICRO_QR: (2, 2),
    Symbology.CODE128: (10, 10),
    Symbology.EAN13: (11, 7),
}


def drawn(code: Code, pointer: str) -> tuple[tuple[Rect, ...], Symbol]:
    """The dark parts in mm from the box's corner, as large as fits with the quiet zone, and what they are.

    Raises:
        Invalid: the value does not fit the symbology.
    """
    before, after = _QUIET[code.symbology]
    width, height = code.box.width, code.box.height
    if code.symbology in (Symbology.QR, Symbology.MICRO_QR):
        modules = _matrix(code, pointer)
        count = len(modules) + before + after
        module = min(width, height) / count
        side = module * count
        zone: Rect = ((width - side) / 2, (height - side) / 2, side, side)
        left, top, inner = zone[0] + before * module, zone[1] + before * module, len(modules) * module
        rects = tuple(
            (left + x * module, top + y * module, w * module, h * module) for x, y, w, h in _merged(modules)
        )
        return rects, Symbol(pointer, code.symbology, module, (left, top, inner, inner), zone)
    bars = _code128(code, pointer) if code.symbology is Symbology.CODE128 else _ean13(code, pointer)
    module = width / (len(bars) + before + after)
    rects = tuple(
        ((before + x) * module, 0.0, w * module, height) for x, w in _runs([bit == "1" for bit in bars])
    )
    whole = (before * module, 0.0, len(bars) * module, height)
    return rects, Symbol(pointer, code.symbology, module, whole, (0.0, 0.0, width, height))


def _refused(pointer: str, message: str) -> Invalid:
    # The value may be a person's, so it is not repeated.
    return Invalid(message, problems=(Problem(f"{pointer}/value", "code", message),))


def _matrix(code: Code, pointer: str) -> list[list[bool]]:
    make = segno.make_qr if code.symbology is Symbology.QR else segno.make_micro
    try:
        made = make(code.value)
    except (segno.DataOverflowError, ValueError) as error:
        # segno repeats the value in some messages.
        raise _refused(pointer, f"The value does not fit a {code.symbology.value} code.") from error
    return [[bool(module) for module in row] for row in made.matrix]


def _code128(code: Code, pointer: str) -> str:
    if not code.value or not code.value.isascii():
        raise _refused(pointer, "A Code 128 holds one or more ASCII characters.")
    made = Code128(code.value, quiet=0)
    made.validate()
    if not made.valid:
        raise _refused(pointer, "The value has a character that Code 128 does not have.")
    made.encode()
    made.decompose()
    # Upper case letters are bars, lower case ones spaces, A is one module wide.
    return "".join(
        "1" * (ord(part) - 64) if part.isupper() else "0" * (ord(part) - 96) for part in made.decomposed
    )


def _ean13(code: Code, pointer: str) -> str:
    if len(code.value) not in (12, 13) or not (code.value.isascii() and code.value.isdigit()):
        raise _refused(pointer, "An EAN-13 is 12 digits, or 13 with its check digit.")
    digits = [int(digit) for digit in code.value]
    check = -sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits[:12])) % 10
    if len(digits) == 13 and digits[12] != check:
        raise _refused(pointer, "The EAN-13's check digit is wrong.")
    digits = [*digits[:12], check]
    left = "".join(
        _LEFT[digit] if parity == "L" else _mirrored(_LEFT[digit])
        for digit, parity in zip(digits[1:7], _PARITY[digits[0]], strict=True)
    )
    right = "".join(_inverted(_LEFT[digit]) for digit in digits[7:])
    return f"101{left}01010{right}101"


def _inverted(bits: str) -> str:
    return bits.translate({48: "1", 49: "0"})


def _mirrored(bits: str) -> str:
    return _inverted(bits)[::-1]


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """(start, length) of each dark run."""
    found = []
    start = None
    for place, dark in enumerate([*row, False]):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            found.append((start, place - start))
            start = None
    return found


def _merged(modules: list[list[bool]]) -> list[tuple[int, int, int, int]]:
    """(x, y, width, height): runs, joined with the same run in the rows below."""
    found = []
    growing: dict[tuple[int, int], int] = {}
    for y, row in enumerate([*modules, []]):
        runs = _runs(row)
        for run in [run for run in growing if run not in runs]:
            start = growing.pop(run)
            found.append((run[0], start, run[1], y - start))
        for run in runs:
            growing.setdefault(run, y)
    return found
