"""Tells file formats apart by their first bytes."""

from __future__ import annotations

import re

from spectrum_orders.domain.catalogue.product import Output

NAMES = {
    Output.PDF_X4: "a PDF",
    Output.TIFF: "a TIFF picture",
    Output.PNG: "a PNG picture",
    Output.SVG: "an SVG drawing",
    Output.DXF: "a DXF drawing",
    Output.DST: "a DST embroidery",
}
_HEAD = 4_096
# A PDF may begin a little later: many readers search the first kilobyte.
_PDF = re.compile(rb"%PDF-\d", re.DOTALL)
_SVG = re.compile(rb"\s*<(?:\?xml|!DOCTYPE\s+svg|!--|(?:\w+:)?svg\b)")
_DXF = re.compile(rb"\s*(?:999\s[^\n]*\n\s*)*0\s*\n\s*SECTION\b")
_OTHERS = (
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"8BPS", "a Photoshop document"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"%!PS", "a PostScript file"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript file"),
    (b"AC10", "a DWG drawing"),
    (b"AutoCAD Binary DXF", "a binary DXF drawing"),
)


def sniff(data: bytes) -> Output | None:
    """The format of a file, if it is one of those that are printed here."""
    head = data[:_HEAD]
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return Output.TIFF
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Output.PNG
    if _PDF.search(head[:1_024]):
        return Output.PDF_X4
    text = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[2:].replace(b"\0", b"")
    if _SVG.match(text) and b"svg" in text:
        return Output.SVG
    if _DXF.match(text):
        return Output.DXF
    if head.startswith(b"LA:") and b"ST:" in head[:64]:
        return Output.DST
    return None


def other(data: bytes, wanted: Output) -> str | None:
    """What the file is if it is not of this format."""
    found = sniff(data)
    if found is wanted:
        return None
    if found is not None:
        return NAMES[found]
    if not data:
        return "an empty file"
    return next((name for start, name in _OTHERS if data.startswith(start)), "a file of another format")
