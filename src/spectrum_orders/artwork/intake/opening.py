"""Opens PDFs of strangers: nothing they hold may cost more than a fixed amount of memory."""

from __future__ import annotations

import io
import re
from typing import BinaryIO

import pikepdf
from pikepdf import settings

MOST_UNPACKED = 64 << 20
"""Bytes of one stream once it is unpacked. The largest page contents of maps are about half of it."""

# qpdf keeps these for the whole process, and does not guard them against threads; so they are set once,
# when this is imported. They bound only what is unpacked, never what is copied from file to file.
settings.set_qpdf_limits(
    doc_max_warnings=200,
    parser_max_nesting=100,
    parser_max_container_size=2_000_000,
    max_stream_filters=4,
    flate_max_memory=MOST_UNPACKED,
    png_max_memory=MOST_UNPACKED,
    tiff_max_memory=MOST_UNPACKED,
    run_length_max_memory=MOST_UNPACKED,
    dct_max_memory=MOST_UNPACKED,
    dct_max_progressive_scans=100,
)


def _spelled(word: str) -> bytes:
    """A name in all the ways that PDF may write it: each letter itself, or ``#`` and its number."""
    return b"".join(b"(?:%c|#(?i:%02x))" % (ord(letter), ord(letter)) for letter in word)


_LZW = re.compile(b"/" + _spelled("LZW"))


def holds_lzw(data: bytes) -> bool:
    """Whether a filter is named that qpdf would unpack without any bound; PDF/X-4 forbids it as well."""
    return _LZW.search(data) is not None


def open_pdf(source: bytes | BinaryIO) -> pikepdf.Pdf:
    """Raises pikepdf.PasswordError, and pikepdf.PdfError or others for what is no PDF.

    A damaged file is put right as far as it goes: ``get_warnings`` of the result says so.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    return pikepdf.open(stream, suppress_warnings=True)
