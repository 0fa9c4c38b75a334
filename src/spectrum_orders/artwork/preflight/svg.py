"""Preflight of SVG drawings. They are read in one pass: no tree, no entities, nothing fetched."""

from __future__ import annotations

from xml.parsers import expat

from spectrum_orders.artwork.preflight import lengths, references
from spectrum_orders.artwork.preflight.bounds import DamagedError, TooComplexError
from spectrum_orders.artwork.preflight.boxes import TOLERANCE, size
from spectrum_orders.artwork.preflight.painting import Judge
from spectrum_orders.artwork.preflight.report import Report
from spectrum_orders.domain.catalogue.product import Area
from spectrum_orders.domain.catalogue.work import PrintJob

MOST_ELEMENTS = 500_000
"""About three seconds. Drawings of ten megabytes have a tenth of it."""
DEEPEST = 200
"""Elements in each other; drawing programs make about twenty."""

_SPACES = ("", "http://www.w3.org/2000/svg")
_DRAWN = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "image", "text", "use"}
_TEXT = ("text", "tspan", "textPath", "altGlyph", "tref")
_RUNS = ("script", "handler", "listener")
_MOVES = ("animate", "animateColor", "animateMotion", "animateTransform", "set", "discard", "a")
_FOREIGN = ("foreignObject", "iframe", "embed", "object", "audio", "video", "canvas")


def check(data: bytes, job: PrintJob, report: Report) -> None:
    """Raises DamagedError and TooComplexError."""
    reader = _Reader(job.area, report)
    try:
        reader.parse(data)
    except expat.ExpatError:
        raise DamagedError("a drawing that is no well-formed XML") from None
    reader.finish()


class _Reader:
    def __init__(self, area: Area, report: Report) -> None:
        self._area = area
        self._report = report
        self._judge = Judge(area, report)
        self._elements = 0
        self._depth = 0
        self._style: list[str] | None = None
        self._plates: dict[str, None] = {}
        self._layers: set[str] = set()
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.EntityDeclHandler = self._entity
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._parser = parser

    def parse(self, data: bytes) -> None:
        self._parser.Parse(data, True)

    def finish(self) -> None:
        """After the whole drawing."""
        self._judge.channels(list(self._plates), painted=self._judge.painted)
        known = [spot.name for spot in self._area.spots if spot.name in self._layers]
        self._judge.channels([*known], painted=self._judge.painted)
        self._judge.finish()

    def _entity(self, *_: object) -> None:
        # It may hold others, ten times each, and so on; and what it holds would escape every check here.
        raise TooComplexError("entities, which are not expanded here")

    def _instruction(self, target: str, _: str) -> None:
        if target == "xml-stylesheet":
            self._outside()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > DEEPEST:
            raise TooComplexError(f"more than {DEEPEST} elements in each other")
        if self._elements > MOST_ELEMENTS:
            raise TooComplexError(f"more than {MOST_ELEMENTS:,} elements")
        space, _, local = name.rpartition(" ")
        if self._depth == 1:
            if local != "svg" or space not in _SPACES:
                raise DamagedError("XML that is no SVG")
            self._measure(attributes)
        if space in _SPACES:
            self._element(local)
        for key, value in attributes.items():
            self._attribute(key.rpartition(" ")[2], value, local)

    def _element(self, local: str) -> None:
        if local in _DRAWN:
            self._judge.painted = True
        if local in _TEXT:
            self._report.add("font-not-embedded", "text in a font of the reader's", "outlines")
        elif local in _RUNS:
            self._report.add("script", "a script", "no script")
        elif local in _MOVES:
            self._report.add("action", "links or animations", "none")
        elif local in _FOREIGN:
            self._report.add("external-content", "another kind of document inside", "shapes and pictures")
        elif local == "style":
            self._style = []

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._style is not None and name.rpartition(" ")[2] == "style":
            self._styled("".join(self._style))
            self._style = None

    def _text(self, text: str) -> None:
        if self._style is not None:
            self._style.append(text)

    def _attribute(self, name: str, value: str, element: str) -> None:
        if name.lower().startswith("on"):
            self._report.add("script", "a script", "no script")
        elif name == "data-plate":
            self._plates[value] = None
        elif name in ("label", "id"):
            self._layers.add(value)
        elif name in ("href", "src") and element != "a":
            self._reference(value)
        elif name == "base":
            self._outside()
        elif "(" in value or "\\" in value or "@" in value:
            self._styled(value)

    def _reference(self, value: str) -> None:
        match references.kind(value):
            case references.Kind.SCRIPT:
                self._report.add("script", "a script", "no script")
            case references.Kind.OUTSIDE:
                self._outside()
            case references.Kind.BROKEN:
                self._report.add("damaged", "a picture that cannot be read", "a whole file")

    def _styled(self, text: str) -> None:
        if references.reaches_out(text):
            self._outside()
        if references.inks(text):
            self._report.add("cmyk-in-rgb", "process inks (CMYK)", "RGB")

    def _outside(self) -> None:
        self._report.add("external-content", "a reference to another file", "everything embedded")

    def _measure(self, attributes: dict[str, str]) -> None:
        area, report = self._area, self._report
        sides, said = lengths.sides(attributes)
        if sides is None:
            report.add("damaged", "a drawing without a size", "a width and a height in millimetres")
            return
        if not said:
            report.add("units", "a size without a unit", "a width and a height in millimetres")
        full = area.width + 2 * area.bleed, area.height + 2 * area.bleed
        if _near(sides, full):
            return
        if area.bleed > 0 and _near(sides, (area.width, area.height)):
            report.add("bleed", "the area without its bleed", f"{area.bleed:g} mm on every side")
        else:
            report.add("page-size", size(*sides), f"{size(*full)} with bleed")


def _near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return abs(one[0] - other[0]) <= TOLERANCE and abs(one[1] - other[1]) <= TOLERANCE
