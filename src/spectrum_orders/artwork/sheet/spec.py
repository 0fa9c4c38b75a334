"""What a specification sheet says. There is no field for an address, on purpose."""

from __future__ import annotations

import msgspec

from spectrum_orders.domain.catalogue.findings import Finding
from spectrum_orders.domain.catalogue.product import Area
from spectrum_orders.domain.catalogue.recipe import Code, Text
from spectrum_orders.domain.catalogue.work import Font, Pass
from spectrum_orders.domain.order import SkuQuantity


class SheetArea(msgspec.Struct, frozen=True):
    """One print area. ``preview`` is a PNG of its trim; ``profile`` the ICC profile's name for a person.

    ``texts`` are spelled out, each with the ``fonts`` that it is really set in; ``codes`` with their values.
    ``passes`` are the threads of an embroidery as they are sewn, or the layers of a drawing to cut.
    ``sha256`` (hex) and ``size`` (bytes) are the print file's, so that it can be told from another; empty
    and 0 when there is none yet.
    """

    area: Area
    preview: bytes
    profile: str = ""
    texts: tuple[Text, ...] = ()
    fonts: tuple[tuple[Font, ...], ...] = ()
    passes: tuple[Pass, ...] = ()
    codes: tuple[Code, ...] = ()
    findings: tuple[Finding, ...] = ()
    sha256: str = ""
    size: int = 0

    def __repr__(self) -> str:
        # Texts and pictures are a person's.
        return f"SheetArea({self.area.handle!r})"


class SheetRecipe(msgspec.Struct, frozen=True):
    """One product with its areas, in the order in which they are shown."""

    product: str
    name: str
    areas: tuple[SheetArea, ...]


class SheetSpec(msgspec.Struct, frozen=True):
    """One recipe set."""

    client_handle: str
    recipe_set_id: str
    recipes: tuple[SheetRecipe, ...]


class OrderStrip(msgspec.Struct, frozen=True):
    """What one order adds. ``order_date`` and ``due`` are texts as they are to be shown."""

    purchase_order_number: str
    order_date: str
    line: str
    sku_quantities: tuple[SkuQuantity, ...]
    package_id: str
    due: str = ""
