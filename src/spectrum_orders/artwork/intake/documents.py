"""Uploaded PDFs: opened, counted and measured. What is painted on their pages is preflight's."""

from __future__ import annotations

from typing import Any

import pikepdf

from spectrum_orders.artwork.intake.opening import holds_lzw, open_pdf
from spectrum_orders.artwork.intake.verdict import refused

# A print file has one page; a catalogue of them by mistake should still get an answer that says so.
_MOST_PAGES = 1_000
_MOST_OBJECTS = 500_000
_POINTS = 72 / 25.4


def look(data: bytes) -> dict[str, Any]:
    """Pages, finished size and version.

    Raises:
        Invalid: it does not open, has a password, or has a filter that cannot be unpacked within a bound.
    """
    if holds_lzw(data):
        raise _lzw()
    try:
        pdf = open_pdf(data)
    except pikepdf.PasswordError as error:
        message = "The PDF has a password."
        raise refused("encrypted", message, "Save it without any password or restriction.") from error
    with pdf:
        if pdf.is_encrypted:
            message = "The PDF is encrypted."
            raise refused("encrypted", message, "Save it without any password or restriction.")
        _check_objects(pdf)
        count = len(pdf.pages)
        if not 1 <= count <= _MOST_PAGES:
            message = f"The PDF has {'no page' if count == 0 else f'more than {_MOST_PAGES:,} pages'}."
            raise refused("pdf", message, "Export each print area as a file of one page.")
        page = pdf.pages[0]
        left, bottom, right, top = (float(side) for side in page.trimbox)
        width, height = abs(right - left) / _POINTS, abs(top - bottom) / _POINTS
        if not (0 < width < 1e6 and 0 < height < 1e6):
            raise refused("pdf", "The PDF's page has no size.", "Export it again.")
        return {
            "pages": count,
            "pdfVersion": pdf.pdf_version,
            "widthMm": round(width, 2),
            "heightMm": round(height, 2),
        }


def _check_objects(pdf: pikepdf.Pdf) -> None:
    if len(pdf.objects) > _MOST_OBJECTS:
        message = f"The PDF has more than {_MOST_OBJECTS:,} objects."
        raise refused("pdf", message, "Flatten or simplify the artwork.")
    for thing in pdf.objects:
        # The name of a filter may stand in a compressed object, where no search of the bytes finds it.
        if isinstance(thing, pikepdf.Stream):
            filters = thing.get("/Filter")
            names = list(filters) if isinstance(filters, pikepdf.Array) else [filters]  # type: ignore[call-overload,unused-ignore]  # an array iterates
            if any(name in ("/LZWDecode", "/LZW") for name in names):
                raise _lzw()


def _lzw() -> Exception:
    message = "The PDF is compressed with LZW, which PDF/X-4 forbids and nothing can unpack within a bound."
    return refused("pdf", message, "Export it as PDF/X-4, which uses Flate.")
