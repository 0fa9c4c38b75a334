"""What is known about one package before its bytes are made."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from spectrum_orders.domain.catalogue.findings import Finding
from spectrum_orders.domain.order import SkuQuantity

PACKAGE, COMPLETION, REPRINT, CANCELLATION = "package", "completion", "reprint", "cancellation"
ERASURE = "erasure"
"""The kinds. A completion is a ticket alone: the people of a package that left before they were known. So is
a cancellation, which takes back an earlier package, or those of its lines that it names. A reprint repeats
one. An erasure is a ticket alone that asks for earlier packages to be deleted."""


class Described(Protocol):
    """A member of the ZIP as manifest and checksums need it; ``sha256`` are the 32 bytes."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> bytes: ...
    @property
    def media_type(self) -> str: ...


class File(msgspec.Struct, frozen=True, rename="camel"):
    """One print file. ``name`` is the member's; two lines with the same artwork may name the same one.

    ``width`` and ``height`` are the finished size in millimetres, ``renderer`` what the bytes were made by.
    """

    name: str
    product: str
    area: str
    media_type: str
    width: float
    height: float
    renderer: str
    warnings: tuple[Finding, ...] = ()


class Difference(msgspec.Struct, frozen=True, rename="camel"):
    """A reprint's print file that is not the one of the package that it repeats; ``member`` is its name."""

    member: str
    sha256_before: str
    sha256: str
    renderer_before: str
    renderer: str


class Line(msgspec.Struct, frozen=True, rename="camel"):
    """One line of the order that this package holds.

    ``id`` is the number that the wire calls by this name, ``position`` counts the order's lines from 0.
    ``sheet`` is the member with the line's specification sheet. ``versions`` says what the line is bound
    to (recipe set, product, profile), under names of the caller's choice. ``differs`` is what a reprint
    prints otherwise than the package that it repeats; ``None`` when it repeats none.
    """

    id: int
    position: int
    recipe_set_id: str
    sku_quantities: tuple[SkuQuantity, ...]
    files: tuple[File, ...] = ()
    sheet: str | None = None
    due: str | None = None
    shipment_vendor: str | None = None
    versions: dict[str, str] = {}
    differs: tuple[Difference, ...] | None = None

    @property
    def quantity(self) -> int:
        """All pieces of the line."""
        return sum(pair.quantity for pair in self.sku_quantities)


class Package(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One package. Ids are readable texts; dates are as they were sent.

    ``receipt`` is the signed receipt as ``GET /api/receipts/{id}`` shows it, or those of its members that
    are at hand. ``completes`` is the id of the package that a completion completes, a
    reprint repeats or a cancellation takes back. ``versions`` names
    the programs that made it. ``erases`` are the packages that an erasure asks to be deleted, ``delete_by``
    until when, and ``confirm_at`` the path where that is confirmed.
    """

    id: str
    client_handle: str
    order_id: str
    purchase_order_number: str
    order_date: str
    partner_handle: str
    lines: tuple[Line, ...]
    kind: str = PACKAGE
    completes: str | None = None
    priority: str | None = None
    due: str | None = None
    receipt: dict[str, Any] = {}
    versions: dict[str, str] = {}
    erases: tuple[str, ...] = ()
    delete_by: str | None = None
    confirm_at: str | None = None
