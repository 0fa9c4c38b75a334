"""A product: what can be printed on it, where, how large, in which inks and in which file format."""

from __future__ import annotations

import enum

import msgspec

from spectrum_orders.domain.catalogue.colour import Colour


class Output(enum.Enum):
    """The file format of a print area; the value is its word on the wire."""

    PDF_X4 = "pdf-x4"
    TIFF = "tiff"
    PNG = "png"
    SVG = "svg"
    DXF = "dxf"
    DST = "dst"

    @property
    def suffix(self) -> str:
        """The ending of the file's name, with its dot."""
        return _SUFFIXES[self]

    @property
    def media_type(self) -> str:
        """The file's media type."""
        return _MEDIA_TYPES[self]

    @property
    def outlined(self) -> bool:
        """Cut or sewn along lines: it holds neither pictures nor inks."""
        return self in (Output.DXF, Output.DST)

    @property
    def dotted(self) -> bool:
        """Made of pixels."""
        return self in (Output.TIFF, Output.PNG)


_SUFFIXES = {
    Output.PDF_X4: ".pdf",
    Output.TIFF: ".tif",
    Output.PNG: ".png",
    Output.SVG: ".svg",
    Output.DXF: ".dxf",
    Output.DST: ".dst",
}
_MEDIA_TYPES = {
    Output.PDF_X4: "application/pdf",
    Output.TIFF: "image/tiff",
    Output.PNG: "image/png",
    Output.SVG: "image/svg+xml",
    Output.DXF: "image/vnd.dxf",
    Output.DST: "application/octet-stream",
}


class Space(enum.Enum):
    """The process colours of a print area."""

    CMYK = "cmyk"
    RGB = "rgb"


class Level(enum.Enum):
    """What a preflight finding does to the file it was found in."""

    REJECT = "reject"
    WARN = "warn"
    OFF = "off"


class Spot(msgspec.Struct, frozen=True, rename="camel"):
    """A plate of its own beside the process colours: an ink, white, a varnish, or a line to cut along.

    ``name`` is the plate's name in the file, exactly. ``alternate`` shows it where there is no such
    ink. A plate that overprints knocks nothing out below it.
    """

    name: str
    alternate: Colour
    overprint: bool = True


class Area(msgspec.Struct, frozen=True, rename="camel"):
    """One place on a product that is printed, cut or stitched. Lengths in millimetres.

    ``width`` and ``height`` are the finished size (the TrimBox); ``bleed`` is added on every side;
    nothing important should stand within ``safe`` of the edge. ``profile`` is the SHA-256 (hex) of
    an uploaded ICC profile; without one CMYK is libvips' built-in profile and RGB is sRGB.
    """

    handle: str
    width: float
    height: float
    bleed: float = 3.0
    safe: float = 3.0
    output: Output = Output.PDF_X4
    dpi: int = 300
    space: Space = Space.CMYK
    profile: str | None = None
    spots: tuple[Spot, ...] = ()
    minimum_ppi: int = 150


class Product(msgspec.Struct, frozen=True, rename="camel"):
    """``file_name`` is the stem of a print file's name before ``_<area><suffix>``; see ``naming``.

    ``preflight`` names, by a finding's code, the levels that differ from the table in
    ``domain.catalogue.findings``.
    """

    handle: str
    name: str
    areas: tuple[Area, ...]
    file_name: str = "{recipeSetId}"
    preflight: dict[str, Level] = {}

    def area(self, handle: str) -> Area | None:
        """The area of this handle."""
        return next((area for area in self.areas if area.handle == handle), None)
