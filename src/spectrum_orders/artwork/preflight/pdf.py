"""Preflight of PDFs."""

from __future__ import annotations

from collections.abc import Sequence

import pikepdf

from spectrum_orders.artwork.intake.opening import holds_lzw, open_pdf
from spectrum_orders.artwork.preflight import boxes, drawing, intent, interaction
from spectrum_orders.artwork.preflight.bounds import TooComplexError
from spectrum_orders.artwork.preflight.painting import Judge
from spectrum_orders.artwork.preflight.pictures import Packed
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.artwork.preflight.walk import Walk
from spectrum_orders.domain.catalogue.work import PrintJob


def check(data: bytes, job: PrintJob, report: Report, known: Sequence[Packed] = ()) -> None:
    """Everything. Raises TooComplexError and DamagedError for what cannot be gone on with."""
    if holds_lzw(data):
        # qpdf would unpack it without a bound, be it only to find the file's objects.
        raise TooComplexError("contents packed with LZW, which is not unpacked here")
    try:
        pdf = open_pdf(data)
    except pikepdf.PasswordError:
        report.add("encrypted", "a password", "no encryption")
        return
    except pikepdf.PdfError:
        report.add("unreadable", "a PDF that cannot be opened", "a whole file")
        return
    with pdf:
        _opened(pdf, job, report, known)
        if pdf.get_warnings():
            report.add("damaged", "parts that had to be guessed", "a whole file")


def _opened(pdf: pikepdf.Pdf, job: PrintJob, report: Report, known: Sequence[Packed]) -> None:
    if pdf.is_encrypted:
        report.add("encrypted", "encryption", "no encryption")
    pages = len(pdf.pages)
    if pages != 1:
        report.add("page-count", f"{pages:,} pages", "one page")
    if pages == 0:
        return
    page = pdf.pages[0].obj
    intent.check(pdf, job, report)
    interaction.check(pdf, page, report)
    boxes.check(page, job.area, report)
    judge = Judge(job.area, report)
    walk = Walk(job.area, report, judge, known)
    drawing.page(
        walk,
        page.get("/Contents"),
        boxes.inherited(page, "/Resources"),
        page.get("/Group"),
        boxes.unit(page),
    )
    judge.finish()
