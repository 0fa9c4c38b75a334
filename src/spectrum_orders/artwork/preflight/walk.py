"""What all the drawings of one page share: the judge, the bounds, and what has been seen already."""

from __future__ import annotations

from collections.abc import Sequence

import pikepdf

from spectrum_orders.artwork.intake.opening import MOST_UNPACKED
from spectrum_orders.artwork.preflight import fonts, pictures
from spectrum_orders.artwork.preflight.bounds import TooComplexError
from spectrum_orders.artwork.preflight.lexer import MOST_TOKENS
from spectrum_orders.artwork.preflight.painting import Judge
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.artwork.preflight.streams import unpacked
from spectrum_orders.domain.catalogue.product import Area

_MOST_SEEN = 100_000
_MOST_PARTS = 10_000
"""Streams that a page's contents are cut into; drawing programs make a few hundred at most."""
_PACE = 64
"""Bytes of contents that cost about as long as one token, when they are nothing but paths."""

HAIRLINE = 0.25
"""Points: GWG 2015 and most presses; a pixel of a 300 dpi device is 0.24."""
SMALL = 5.0
"""Points of type that can be read in one ink."""
SMALL_INKS = 8.0
"""Points of type in several inks, which are never exactly on each other."""
_ROUNDING = 0.998
"""Applications round to a thousandth of what was asked for."""


class Walk:
    """One page on its way through preflight. ``known`` are pictures that need not be unpacked."""

    def __init__(
        self, area: Area, report: Report, judge: Judge, known: Sequence[pictures.Packed] = ()
    ) -> None:
        self.area = area
        self.report = report
        self.judge = judge
        self.open: set[tuple[int, int]] = set()
        """Forms, patterns and letters that are being drawn just now."""
        self._tokens = 0
        self._kept = 0
        self._unpacked: dict[tuple[int, int], bytes] = {}
        self._drawn: set[tuple[object, ...]] = set()
        self._fonts: set[tuple[int, int]] = set()
        self._known = known
        self._inks: dict[tuple[int, int], float | None] = {}
        self._pixels = 0

    def contents(self, contents: object) -> bytes:
        """A page's contents as one stream. Raises TooComplexError, DamagedError."""
        parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
        if len(parts) > _MOST_PARTS:
            raise TooComplexError("page contents in too many pieces")
        pieces, size = [], 0
        for part in parts:
            if isinstance(part, pikepdf.Stream):
                piece = self.unpack(part)
                size += len(piece) + 1
                if size > MOST_UNPACKED:
                    raise TooComplexError(f"contents of more than {MOST_UNPACKED >> 20} MB")
                pieces.append(piece)
        return b"\n".join(pieces)

    def unpack(self, stream: pikepdf.Stream) -> bytes:
        """A stream's contents, kept for the next time it is drawn."""
        key = stream.objgen
        known = self._unpacked.get(key)
        if known is None:
            self.outside(stream)
            known = unpacked(stream)
            self._kept += len(known)
            if self._kept > 2 * MOST_UNPACKED:
                raise TooComplexError(f"contents of more than {2 * MOST_UNPACKED >> 20} MB")
            if key != (0, 0):
                self._unpacked[key] = known
        # Paths are passed over in one step however long they are, so their bytes are counted as well.
        self.count(len(known) // _PACE)
        return known

    def count(self, tokens: int) -> None:
        """So much more has been read. Raises TooComplexError beyond the bound."""
        self._tokens += tokens
        if self._tokens > MOST_TOKENS:
            raise TooComplexError(f"page contents of more than {MOST_TOKENS:,} parts")

    def again(self, key: tuple[object, ...]) -> bool:
        """Whether exactly this was drawn before; what is new is remembered."""
        if key in self._drawn:
            return True
        if len(self._drawn) < _MOST_SEEN:
            self._drawn.add(key)
        return False

    def outside(self, stream: pikepdf.Object) -> None:
        """A stream may stand in another file."""
        if "/F" in stream:
            self.report.add("external-content", "contents in another file", "everything embedded", page=1)

    def font(self, font: pikepdf.Object) -> None:
        """A font that letters are shown in."""
        key = font.objgen
        if key in self._fonts:
            return
        if key != (0, 0):
            self._fonts.add(key)
        if not fonts.embedded(font):
            self.report.add("font-not-embedded", fonts.described(font), "all fonts embedded", page=1)

    def letters(self, points: float, inks: int) -> None:
        """Text of this size is painted with so many inks at once."""
        if points < SMALL * _ROUNDING:
            self.report.add(
                "small-text", f"text of {points:.1f} pt", f"at least {SMALL:g} pt", page=1, rank=points
            )
        elif points < SMALL_INKS * _ROUNDING and inks > 1:
            self.report.add(
                "small-text-inks",
                f"text of {points:.1f} pt in {inks} inks",
                f"one ink, or at least {SMALL_INKS:g} pt",
                page=1,
                rank=points,
            )

    def line(self, points: float) -> None:
        """A line of this width is painted."""
        if points < HAIRLINE * _ROUNDING:
            self.report.add(
                "hairline",
                f"a line of {points:.2f} pt",
                f"at least {HAIRLINE:g} pt",
                page=1,
                rank=points,
            )

    def fine(self, width: object, height: object, across: float, upwards: float) -> None:
        """A picture of these pixels lies on so many points."""
        if not isinstance(width, (int, float)) or not isinstance(height, (int, float)):
            return
        # A single pixel is a colour and no picture.
        if width <= 0 or height <= 0 or width == height == 1:
            return
        ppi = pictures.ppi(int(width), int(height), across, upwards)
        least = self.area.minimum_ppi
        if ppi < least * _ROUNDING:
            self.report.add("image-ppi", f"{ppi:.0f} ppi", f"at least {least} ppi", page=1, rank=ppi)

    def ink(self, picture: pikepdf.Stream) -> None:
        """Looks for too much ink in a CMYK picture, as long as there are not too many pixels in the file."""
        key = picture.objgen
        if key in self._inks:
            return
        self._inks[key] = None
        self._pixels += pictures.pixels(picture)
        if self._pixels > pictures.MOST_DECODED:
            return
        found = pictures.ink(picture, self._known)
        if found is not None:
            self.judge.ink(found, pictures.TOLERANCE)
