"""Preflight of DXF drawings: what is on the area, how large, in which unit."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence

from ezdxf import units
from ezdxf.document import Drawing
from ezdxf.entities.dxfentity import DXFEntity
from ezdxf.entities.insert import Insert
from ezdxf.enums import InsertUnits
from ezdxf.filemanagement import read
from ezdxf.lldxf.const import DXFError

from spectrum_orders.artwork.preflight import extents
from spectrum_orders.artwork.preflight.bounds import DamagedError, TooComplexError
from spectrum_orders.artwork.preflight.boxes import TOLERANCE, size
from spectrum_orders.artwork.preflight.painting import Judge
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.domain.catalogue.product import Area
from spectrum_orders.domain.catalogue.work import PrintJob

# What it says of a drawing repeats names in it.
logging.getLogger("ezdxf").setLevel(logging.CRITICAL)

MOST_LINES = 800_000
"""Of text, two for each value: three to five seconds. Outlines for cutting have some ten thousand."""
_OUTSIDE = ("IMAGE", "PDFUNDERLAY", "DWFUNDERLAY", "DGNUNDERLAY", "OLE2FRAME", "OLEFRAME", "WIPEOUT")
_TEXT = ("TEXT", "MTEXT", "ATTRIB", "ATTDEF", "RTEXT")
_FORBIDDEN = str.maketrans(dict.fromkeys("<>/\\\":;?*|=`',", "_"))


def check(data: bytes, job: PrintJob, report: Report) -> None:
    """Raises DamagedError and TooComplexError."""
    if data.count(b"\n") + data.count(b"\r") > MOST_LINES:
        raise TooComplexError(f"a drawing of more than {MOST_LINES // 2:,} values")
    try:
        document = read(io.StringIO(_decoded(data)))
    except (DXFError, OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise DamagedError("a drawing that cannot be read") from None
    factor = _factor(document, report)
    entities = list(document.modelspace())
    judge = Judge(job.area, report)
    judge.painted = bool(entities)
    _content(document, entities, report)
    _layers(entities, job.area, judge)
    judge.finish()
    sides = extents.sides(document, entities)
    if sides is None:
        return
    width, height = sides[0] * factor, sides[1] * factor
    area = job.area
    most = area.width + 2 * area.bleed, area.height + 2 * area.bleed
    if width > most[0] + TOLERANCE or height > most[1] + TOLERANCE:
        report.add(
            "page-size", size(width, height), f"at most {size(*most)}, which is the area with its bleed"
        )


def _decoded(data: bytes) -> str:
    text = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")


def _factor(document: Drawing, report: Report) -> float:
    """Millimetres in a unit of the drawing."""
    unit = document.header.get("$INSUNITS", 0)
    if not isinstance(unit, int) or not 1 <= unit <= 20:
        report.add("units", "a drawing without a unit", "millimetres")
        return 1.0
    return float(units.conversion_factor(InsertUnits(unit), InsertUnits.Millimeters))


def _content(document: Drawing, entities: Sequence[DXFEntity], report: Report) -> None:
    kinds = {entity.dxftype() for entity in entities}
    for name in {entity.dxf.name for entity in entities if isinstance(entity, Insert)}:
        block = document.blocks.get(name)
        if block is not None:
            kinds |= {entity.dxftype() for entity in block}
            if block.block is not None and block.block.is_xref:
                report.add("external-content", "a drawing in another file", "everything in one file")
    if kinds.intersection(_OUTSIDE):
        report.add("external-content", "a picture or document of another file", "outlines")
    if kinds.intersection(_TEXT):
        report.add("font-not-embedded", "text in a font of the reader's", "outlines")


def _layers(entities: Sequence[DXFEntity], area: Area, judge: Judge) -> None:
    # A layer's name may not have all the characters that a plate's has.
    layers = {str(entity.dxf.get("layer", "0")).casefold() for entity in entities}
    judge.channels(
        [spot.name for spot in area.spots if spot.name.translate(_FORBIDDEN).casefold() in layers],
        painted=True,
    )
