"""Preflight of TIFF pictures, with the spot channels that Photoshop's image resources name."""

from __future__ import annotations

import pyvips

from spectrum_orders.artwork.preflight import channels, decoding, embedded, resolution, tags
from spectrum_orders.artwork.preflight.bounds import DamagedError
from spectrum_orders.artwork.preflight.painting import Judge
from spectrum_orders.artwork.preflight.pictures import TOLERANCE
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.artwork.preflight.tags import Tags
from spectrum_orders.domain.catalogue.product import Space
from spectrum_orders.domain.catalogue.work import PrintJob

_GREYS, _LIGHT, _INK, _YCC = (0, 1), 2, 5, 6
_UNSIGNED = 1
_INCH, _CENTIMETRE = 2, 3
_BASE = {Space.CMYK: 4, Space.RGB: 3}


def check(data: bytes, job: PrintJob, report: Report) -> None:
    """Raises DamagedError and TooComplexError."""
    picture, pictures = tags.read(data)
    if pictures != 1:
        report.add("page-count", f"{pictures} pictures", "one picture")
    width, height = picture.number(tags.WIDTH, 0), picture.number(tags.HEIGHT, 0)
    if width <= 0 or height <= 0:
        raise DamagedError("a picture without a size")
    resolution.check(width, height, _said(picture), job.area, report)
    if not _printable(picture):
        report.add("colour-mode", "other than grey, RGB or CMYK of 8 bits", "8 bits a channel")
        return
    space = _space(picture, job, report)
    base = 1 if space is None else _BASE[space]
    extra = picture.number(tags.SAMPLES, base) - base
    spots = channels.spots(picture, extra)
    judge = Judge(job.area, report)
    if space is not None:
        embedded.check(picture.data(tags.PROFILE), space, job, report)
    small = decoding.small(data, width, height)
    if small is not None and small.bands == base + extra:
        _look(small, space, spots, judge)
    else:
        judge.painted = True
        judge.channels(spots, painted=True)
    judge.finish()


def _printable(picture: Tags) -> bool:
    if picture.whole(tags.BITS) - {8} or picture.whole(tags.FORMAT) - {_UNSIGNED}:
        return False
    meaning = picture.number(tags.MEANING, -1)
    if meaning == _INK:
        # Inks of other colours may be as many.
        return picture.number(tags.INKS, 1) == 1 and picture.number(tags.SAMPLES, 4) >= 4
    return meaning in (*_GREYS, _LIGHT, _YCC)


def _space(picture: Tags, job: PrintJob, report: Report) -> Space | None:
    """The picture's colours; None for grey, which every area prints."""
    meaning = picture.number(tags.MEANING, -1)
    if meaning in _GREYS:
        return None
    if meaning == _INK:
        if job.area.space is Space.RGB:
            report.add("cmyk-in-rgb", "a picture in CMYK", "RGB")
        return Space.CMYK
    if job.area.space is Space.CMYK:
        report.add("rgb-in-cmyk", "a picture in RGB", "process inks (CMYK)")
    return Space.RGB


def _look(small: pyvips.Image, space: Space | None, spots: list[str | None], judge: Judge) -> None:
    base = small.bands - len(spots)
    low, high = decoding.extent(small, 0, base)
    judge.painted = high > 0 if space is Space.CMYK else low < 255
    if space is Space.CMYK:
        judge.ink(decoding.most_ink(small), TOLERANCE)
    for number, name in enumerate(spots):
        # They count light: 255 is no ink.
        judge.channels([name], painted=decoding.extent(small, base + number)[0] < 255)


def _said(picture: Tags) -> float | None:
    given = picture.ratio(tags.RESOLUTION)
    unit = picture.number(tags.UNIT, _INCH)
    if not given or unit not in (_INCH, _CENTIMETRE):
        return None
    return given * 2.54 if unit == _CENTIMETRE else given
