"""Unpacks the streams of a PDF within bounds."""

from __future__ import annotations

import pikepdf

from spectrum_orders.artwork.intake.opening import MOST_UNPACKED
from spectrum_orders.artwork.preflight.bounds import DamagedError, TooComplexError

_BOUNDED = {
    "/FlateDecode", "/Fl", "/ASCIIHexDecode", "/AHx", "/ASCII85Decode", "/A85", "/RunLengthDecode", "/RL",
}  # fmt: skip
_UNBOUNDED = ("/LZWDecode", "/LZW")
_LIMIT = "limit"


def called(name: pikepdf.Object) -> str:
    """A name with its slash. Old programs wrote letters beyond ASCII in the encoding of their machine."""
    try:
        return str(name)
    except UnicodeDecodeError:
        return name.unparse().decode("latin-1")


def filters(stream: pikepdf.Object) -> tuple[str, ...]:
    """The names of what a stream is packed with, the outermost first."""
    named = stream.get("/Filter")
    if isinstance(named, pikepdf.Name):
        return (called(named),)
    if isinstance(named, pikepdf.Array):
        return tuple(called(name) if isinstance(name, pikepdf.Name) else "" for name in list(named)[:16])
    return ()


def unpacked(stream: pikepdf.Stream) -> bytes:
    """What a stream holds, at most ``MOST_UNPACKED`` bytes. Raises TooComplexError and DamagedError."""
    names = filters(stream)
    if any(name in _UNBOUNDED for name in names):
        # qpdf unpacks it without a bound, and PDF/X forbids it.
        raise TooComplexError("contents packed with LZW, which is not unpacked here")
    if not all(name in _BOUNDED for name in names):
        raise DamagedError("contents packed in a way that contents never are")
    try:
        data = stream.read_bytes()
    except pikepdf.PdfError as error:
        # The one difference between a bomb and a broken stream is in qpdf's words.
        if _LIMIT in str(error):
            raise TooComplexError(f"contents that unpack to more than {MOST_UNPACKED >> 20} MB") from None
        raise DamagedError("contents that cannot be unpacked") from None
    if len(data) > MOST_UNPACKED:
        raise TooComplexError(f"contents of more than {MOST_UNPACKED >> 20} MB")
    return data
