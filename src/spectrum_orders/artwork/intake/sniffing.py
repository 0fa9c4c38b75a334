"""A file's kind from its first bytes: names and declared types are a stranger's word."""

from __future__ import annotations

import re

from spectrum_orders.artwork.intake.verdict import refused
from spectrum_orders.domain.catalogue.asset import AssetKind

_MAGIC: tuple[tuple[bytes, AssetKind, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", AssetKind.PNG, "image/png"),
    (b"\xff\xd8\xff", AssetKind.JPEG, "image/jpeg"),
    (b"II*\0", AssetKind.TIFF, "image/tiff"),
    (b"MM\0*", AssetKind.TIFF, "image/tiff"),
    (b"II+\0", AssetKind.TIFF, "image/tiff"),  # BigTIFF
    (b"MM\0+", AssetKind.TIFF, "image/tiff"),
    (b"\0\1\0\0", AssetKind.FONT, "font/ttf"),
    (b"true", AssetKind.FONT, "font/ttf"),
    (b"OTTO", AssetKind.FONT, "font/otf"),
    (b"ttcf", AssetKind.FONT, "font/collection"),
    (b"LA:", AssetKind.DST, "application/octet-stream"),
)
_WEB_FONTS = (b"wOFF", b"wOF2")
_BINARY_DXF = b"AutoCAD Binary DXF"
# Readers accept some bytes before it (ISO 32000-1, annex H: within the first 1024).
_PDF = re.compile(rb"%PDF-\d")
# Comments (999) may stand before the first section.
_DXF = re.compile(rb"\s*(?:999\r?\n[^\r\n]*\r?\n\s*)*0[ \t]*\r?\n[ \t]*SECTION\b")
# A document's beginning: declaration, comments, instructions, a doctype, then the element.
_SVG = re.compile(
    rb"\s*(?:<\?.{0,1000}?\?>\s*|<!--.{0,10000}?-->\s*|<!DOCTYPE[^>\[]{0,1000}(?:\[.{0,10000}?\]\s*)?>\s*){0,20}"
    rb"<(?:\w{1,50}:)?svg[\s>/]",
    re.DOTALL,
)


def sniff(data: bytes) -> tuple[AssetKind, str]:
    """(kind, media type). Raises Invalid when it is none of those that are known."""
    for magic, kind, media_type in _MAGIC:
        if data.startswith(magic):
            return kind, media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return AssetKind.WEBP, "image/webp"
    # A profile has its mark in the 36th byte (ICC.1:2022, 7.2.8).
    if data[36:40] == b"acsp":
        return AssetKind.PROFILE, "application/vnd.iccprofile"
    head = data[:65536].removeprefix(b"\xef\xbb\xbf")
    if _PDF.search(head[:1024]):
        return AssetKind.PDF, "application/pdf"
    if _DXF.match(head):
        return AssetKind.DXF, "image/vnd.dxf"
    if _SVG.match(head):
        return AssetKind.SVG, "image/svg+xml"
    raise _unknown(data)


def _unknown(data: bytes) -> Exception:
    if data[:4] in _WEB_FONTS:
        return refused(
            "font", "This is a web font.", "Upload the OpenType or TrueType font it was made from."
        )
    if data.startswith(_BINARY_DXF):
        return refused("drawing", "This is a binary DXF.", "Save it as an ASCII DXF.")
    if data[4:8] == b"ftyp":
        return refused(
            "kind", "This is a HEIC, AVIF or film file.", "Export the picture as JPEG, PNG or TIFF."
        )
    if data[:2] == b"\x1f\x8b":
        return refused("kind", "The file is compressed with gzip.", "Unpack it, then upload what was in it.")
    if data[:2] == b"PK":
        return refused("kind", "This is a ZIP.", "Unpack it, then upload what was in it, one file at a time.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return refused("kind", "The file is text in UTF-16.", "Save it as UTF-8.")
    return refused(
        "kind",
        "The file is of no kind that is known here.",
        "Upload a JPEG, PNG, TIFF or WebP picture, an SVG, a PDF, an ASCII DXF, a DST, an OpenType or"
        " TrueType font, or an ICC profile.",
    )
