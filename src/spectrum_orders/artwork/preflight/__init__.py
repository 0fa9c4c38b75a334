"""Preflight: what about a finished print file would go wrong at the press, said before it goes there."""

from __future__ import annotations

from collections.abc import Sequence

from spectrum_orders.artwork.preflight import sniffing
from spectrum_orders.artwork.preflight.bounds import DamagedError, TooComplexError
from spectrum_orders.artwork.preflight.pictures import Packed
from spectrum_orders.artwork.preflight.report import Remark, Report
from spectrum_orders.domain.catalogue.findings import Finding
from spectrum_orders.domain.catalogue.product import Output
from spectrum_orders.domain.catalogue.work import PrintJob

__all__ = ["check"]


def check(
    data: bytes, job: PrintJob, remarks: Sequence[Remark] = (), known: Sequence[Packed] = ()
) -> tuple[Finding, ...]:
    """All findings about a print file of the job's area, ours or a stranger's, at the product's levels.

    ``remarks`` are what was found while it was made, ``known`` pictures of a PDF whose ink was looked at
    before they were packed. Never raises: what cannot be read is a finding. Rejections come first.
    """
    report = Report(job.preflight)
    for one in remarks:
        report.add(one.code, one.found, one.wanted, rank=one.rank)
    output = job.area.output
    if (found := sniffing.other(data, output)) is not None:
        report.add("wrong-format", found, sniffing.NAMES[output])
        return report.findings()
    try:
        _examine(data, job, report, known)
    except TooComplexError as error:
        report.add("too-complex", error.found, "what can be examined in seconds")
    except DamagedError as error:
        report.add("damaged", error.found, "a whole file")
    except Exception:  # noqa: BLE001  # a stranger's bytes meet five readers; whatever these raise is about the file
        report.add("unreadable", "a file that cannot be read to its end", "a whole file")
    return report.findings()


def _examine(data: bytes, job: PrintJob, report: Report, known: Sequence[Packed]) -> None:
    # Each format's readers are loaded when they are first needed: ezdxf alone takes half a second.
    match job.area.output:
        case Output.PDF_X4:
            from spectrum_orders.artwork.preflight.pdf import check as check_pdf

            check_pdf(data, job, report, known)
        case Output.TIFF:
            from spectrum_orders.artwork.preflight.tiff import check as check_tiff

            check_tiff(data, job, report)
        case Output.PNG:
            from spectrum_orders.artwork.preflight.png import check as check_png

            check_png(data, job, report)
        case Output.SVG:
            from spectrum_orders.artwork.preflight.svg import check as check_svg

            check_svg(data, job, report)
        case Output.DXF:
            from spectrum_orders.artwork.preflight.dxf import check as check_dxf

            check_dxf(data, job, report)
        case Output.DST:
            from spectrum_orders.artwork.preflight.dst import check as check_dst

            check_dst(data, job, report)
