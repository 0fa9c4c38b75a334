"""Preflight of embroidery (Tajima DST): a head of 512 bytes, then three bytes a stitch."""

from __future__ import annotations

import itertools
import operator

from spectrum_orders.artwork.intake.stitches import END, HEAD
from spectrum_orders.artwork.preflight.bounds import DamagedError, TooComplexError
from spectrum_orders.artwork.preflight.boxes import TOLERANCE, size
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.domain.catalogue.work import PrintJob

MOST_STITCHES = 2_000_000
"""What the largest machines keep; two seconds."""
_MM = 0.1

# What each set bit moves, in tenths of a millimetre; the first of a stitch's bytes, the second, the third.
_ACROSS = (
    {0: 1, 1: -1, 2: 9, 3: -9},
    {0: 3, 1: -3, 2: 27, 3: -27},
    {2: 81, 3: -81},
)
_UPWARDS = (
    {7: 1, 6: -1, 5: 9, 4: -9},
    {7: 3, 6: -3, 5: 27, 4: -27},
    {5: 81, 4: -81},
)


def check(data: bytes, job: PrintJob, report: Report) -> None:
    """Raises DamagedError and TooComplexError."""
    body = data[HEAD:]
    end = body[2::3].find(END)
    if end < 0:
        raise DamagedError("an embroidery without its end")
    if end > MOST_STITCHES:
        raise TooComplexError(f"more than {MOST_STITCHES:,} stitches")
    if any(byte & 3 != 3 for byte in set(body[2 : 3 * end : 3])):
        raise DamagedError("stitches that cannot be read")
    # Jumps and stops move the hoop, and nothing is sewn on the way.
    sewn = body[2 : 3 * end : 3].translate(_SEWN)
    sides = [_side(body, end, sewn, table) for table in (_ACROSS_BY_BYTE, _UPWARDS_BY_BYTE)]
    if 1 not in sewn:
        report.add("empty", "no stitches", "artwork")
        return
    area = job.area
    if sides[0] > area.width + TOLERANCE or sides[1] > area.height + TOLERANCE:
        report.add("page-size", size(sides[0], sides[1]), f"at most {size(area.width, area.height)}")


def _side(body: bytes, end: int, sewn: bytes, table: tuple[list[int], list[int], list[int]]) -> float:
    """How far the stitches reach in one direction, in millimetres."""
    first, second, third = (map(moves.__getitem__, body[at : 3 * end : 3]) for at, moves in enumerate(table))
    steps = map(operator.add, map(operator.add, first, second), third)
    places = list(itertools.compress(itertools.accumulate(steps), sewn))
    return (max(places) - min(places)) * _MM if places else 0.0


def _moves(bits: dict[int, int]) -> list[int]:
    return [sum(move for bit, move in bits.items() if byte >> bit & 1) for byte in range(256)]


_ACROSS_BY_BYTE = (_moves(_ACROSS[0]), _moves(_ACROSS[1]), _moves(_ACROSS[2]))
_UPWARDS_BY_BYTE = (_moves(_UPWARDS[0]), _moves(_UPWARDS[1]), _moves(_UPWARDS[2]))
_SEWN = bytes(int(byte & 0xC0 == 0) for byte in range(256))
