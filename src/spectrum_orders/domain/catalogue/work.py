"""One print file to be made, and what became of it: the values that cross into the rendering process."""

from __future__ import annotations

import msgspec

from spectrum_orders.domain.catalogue.findings import Finding
from spectrum_orders.domain.catalogue.product import Area, Level, Product
from spectrum_orders.domain.catalogue.recipe import Filling


class PrintJob(msgspec.Struct, frozen=True):
    """What one file is made of. ``assets`` holds the bytes of everything that is named by SHA-256 (hex):
    pictures, fonts, the profile, a finished file. ``preflight`` are the product's own levels."""

    area: Area
    filling: Filling
    assets: dict[str, bytes]
    preflight: dict[str, Level] = {}

    def __repr__(self) -> str:
        return f"PrintJob(area={self.area.handle!r})"


class Pass(msgspec.Struct, frozen=True):
    """One thread of an embroidery, or one layer of a drawing to cut. ``colour`` is ``#rrggbb`` as a screen
    shows it, or empty where there is none."""

    name: str
    colour: str = ""


class Font(msgspec.Struct, frozen=True):
    """A face that letters are really of: its family, and how it is called with its style.

    An ``uploaded`` one has its owner's name for its family, which may be that of one that comes along.
    """

    family: str
    name: str
    bold: bool
    italic: bool
    uploaded: bool = False


class PrintFile(msgspec.Struct, frozen=True):
    """A finished file with its findings. ``rejected`` when one of them forbids to print it.

    ``preview`` is a PNG of the trim, at most 600 pixels on its longer side, for sheets and people.
    ``renderer`` says by what the bytes were made, so that a later difference can be explained.
    ``fonts`` are those that texts are really set in, by the JSON Pointer of their layers. ``passes`` are the
    threads of an embroidery in the order in which they are sewn, or a drawing's layers.
    """

    data: bytes
    suffix: str
    media_type: str
    preview: bytes
    findings: tuple[Finding, ...]
    renderer: str
    fonts: dict[str, tuple[Font, ...]] = {}
    passes: tuple[Pass, ...] = ()

    @property
    def rejected(self) -> bool:
        """Whether a finding forbids to print it."""
        return any(finding.level is Level.REJECT for finding in self.findings)

    def __repr__(self) -> str:
        return f"PrintFile({self.suffix}, {len(self.data)} bytes, findings={len(self.findings)})"


class MadeArea(msgspec.Struct, frozen=True):
    """One print file, with what it was made of and belongs to."""

    product: Product
    area: Area
    filling: Filling
    file: PrintFile

    def __repr__(self) -> str:
        return f"MadeArea({self.area.handle!r})"
