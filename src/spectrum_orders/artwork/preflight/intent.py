"""What a PDF says of itself: version, PDF/X, and the condition that it is meant to be printed under."""

from __future__ import annotations

import pikepdf

from spectrum_orders.artwork import profiles
from spectrum_orders.artwork.preflight import colours
from spectrum_orders.artwork.preflight.bounds import DamagedError
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.artwork.preflight.streams import filters, unpacked
from spectrum_orders.artwork.profiles import Profile
from spectrum_orders.domain.catalogue.product import Space
from spectrum_orders.domain.catalogue.work import PrintJob
from spectrum_orders.errors import Invalid

_NEWEST = (1, 6)
_WORD = b"PDF/X-4"
_MOST_METADATA = 1 << 20
_MOST_INTENTS = 32
_PARTS = {Space.CMYK: 4, Space.RGB: 3}
_NAMES = {1: "grey", 3: "RGB", 4: "CMYK"}


def wanted(job: PrintJob) -> Profile | None:
    """The area's profile; None when it cannot be used, which is the product's fault and not the file's."""
    try:
        return profiles.of(job.area, job.assets)
    except Invalid:
        return None


def check(pdf: pikepdf.Pdf, job: PrintJob, report: Report) -> None:
    """Raises TooComplexError."""
    _version(pdf, report)
    if not _calls_itself_x4(pdf):
        report.add("pdfx-missing", "no PDF/X-4 in its metadata", "PDF/X-4")
    intent = _intent(pdf.Root.get("/OutputIntents"))
    profile = intent.get("/DestOutputProfile") if intent is not None else None
    if not isinstance(profile, pikepdf.Stream):
        found = "no output intent" if intent is None else "an output intent without its profile"
        report.add("output-intent-missing", found, "a print output intent with its profile")
        return
    parts = colours.profile_parts(profile)
    if parts is None:
        report.add("profile-broken", "an output intent's profile that is none", "the area's profile")
        return
    space = job.area.space
    if parts != _PARTS[space]:
        report.add("output-intent-space", f"a profile for {_NAMES[parts]}", f"one for {space.name}")
        return
    area = wanted(job)
    if area is not None and not _same(profile, area):
        report.add("output-intent-other", "another profile", "the area's own")


def _version(pdf: pikepdf.Pdf, report: Report) -> None:
    said = [pdf.pdf_version, str(pdf.Root.get("/Version", "")).removeprefix("/")]
    newest = max((_numbers(text) for text in said), default=(0, 0))
    if newest > _NEWEST:
        report.add("pdf-version", f"PDF {newest[0]}.{newest[1]}", "at most PDF 1.6")


def _numbers(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    plain = major.isascii() and major.isdigit() and minor.isascii() and minor.isdigit()
    return (int(major), int(minor)) if plain and len(text) <= 5 else (0, 0)


def _calls_itself_x4(pdf: pikepdf.Pdf) -> bool:
    info = pdf.trailer.get("/Info")
    if isinstance(info, pikepdf.Dictionary):
        said = info.get("/GTS_PDFXVersion")
        if isinstance(said, pikepdf.String) and bytes(said).startswith(_WORD):
            return True
    metadata = pdf.Root.get("/Metadata")
    if not isinstance(metadata, pikepdf.Stream):
        return False
    try:
        packet = unpacked(metadata)[:_MOST_METADATA]
    except DamagedError:
        return False
    # Not parsed as XML: that the words stand together is what readers in the trade look for as well.
    return _WORD in packet and b"GTS_PDFXVersion" in packet


def _intent(intents: object) -> pikepdf.Object | None:
    if isinstance(intents, pikepdf.Array):
        for intent in list(intents)[:_MOST_INTENTS]:
            if isinstance(intent, pikepdf.Dictionary) and intent.get("/S") == pikepdf.Name.GTS_PDFX:
                return intent
    return None


def _same(stream: pikepdf.Stream, profile: Profile) -> bool:
    # Ours are known by their packed bytes; unpacking takes longer than all the rest.
    if filters(stream) == ("/FlateDecode",) and stream.read_raw_bytes() == profiles.deflated(profile):
        return True
    try:
        return unpacked(stream) == profile.data
    except DamagedError:
        return False
