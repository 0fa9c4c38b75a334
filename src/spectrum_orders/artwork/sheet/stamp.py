"""Putting an order on a sheet: a PDF's incremental update, appended to bytes that stay as they are.

Opening and saving a PDF takes longer than all the rest of a small package. The two forms that the
base sheet draws are written anew behind its end instead, as ISO 32000 (7.5.6) provides.
"""

from __future__ import annotations

import hashlib
import re
import zlib

from spectrum_orders.artwork.sheet import strip
from spectrum_orders.artwork.sheet.spec import OrderStrip
from spectrum_orders.errors import Internal

_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_HOOK = re.compile(rb"/SpectrumStrip1 \[ (\d+) 0 R (\d+) 0 R (\d+) 0 R \]")
_ROOT = re.compile(rb"/Root (\d+ 0 R)")
_INFO = re.compile(rb"/Info (\d+ 0 R)")
_SIZE = re.compile(rb"/Size (\d+)")
_ID = re.compile(rb"/ID \[<([0-9a-f]+)><[0-9a-f]+>\]")


class WrongSheet(Internal):
    """The bytes are not a base sheet of this version, or are one that has an order already: make it anew."""

    retryable = False


def stamp(base: bytes, order: OrderStrip) -> bytes:
    """The sheet with an order's facts on every page; the same two give the same bytes.

    ``base`` is what ``make_sheet`` gave. Letters that the sheet's font has not stand as ``‹U+6F22›``; of
    very many SKUs the last are counted, not named.
    Raises:
        WrongSheet: ``base`` is something else.
    """
    tail = base[-2048:]
    start = _START.search(tail)
    at = tail.rfind(b"trailer <<")
    trailer = tail[at:] if at >= 0 else b""
    found = [one.search(trailer) for one in (_HOOK, _ROOT, _SIZE, _ID)]
    if start is None or not all(found) or b"/Prev" in trailer:
        raise WrongSheet("The specification sheet is not of this version; it has to be made anew.")
    hook, root, size, first = (one for one in found if one is not None)
    panel, running, font = (int(one) for one in hook.groups())
    out = [base]
    length = len(base)
    if not base.endswith(b"\n"):
        out.append(b"\n")
        length += 1
    offsets: dict[int, int] = {}
    for number, place, drawn in (
        (panel, strip.PANEL, strip.panel(order)),
        (running, strip.RUNNING, strip.running(order)),
    ):
        offsets[number] = length
        out.append(_form(number, font, place, drawn))
        length += len(out[-1])
    said = hashlib.sha256(b"".join(out[1:]) + first[1]).hexdigest()[:32].encode()
    info = _INFO.search(trailer)
    out.append(
        b"xref\n"
        + b"".join(b"%d 1\n%010d 00000 n \n" % (number, offsets[number]) for number in sorted(offsets))
        + b"trailer << /Size %s /Root %s%s /Prev %s /ID [<%s><%s>] >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size[1],
            root[1],
            b"" if info is None else b" /Info " + info[1],
            start[1],
            first[1],
            said,
            length,
        )
    )
    return b"".join(out)


def _form(number: int, font: int, place: strip.Place, drawn: bytes) -> bytes:
    packed = zlib.compress(drawn)
    box = " ".join(f"{one:g}" for one in place.box)
    head = (
        f"{number} 0 obj\n<< /Type /XObject /Subtype /Form /BBox [ {box} ]"
        f" /Resources << /Font << /F {font} 0 R >> >> /Filter /FlateDecode /Length {len(packed)} >>\nstream\n"
    )
    return head.encode() + packed + b"\nendstream\nendobj\n"
