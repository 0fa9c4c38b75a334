"""``manifest.json`` and ``SHA256SUMS``: what is in a package, for a program and for ``sha256sum -c``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from spectrum_orders.domain.package.facts import Described, File, Line, Package
from spectrum_orders.domain.package.naming import CHECKSUMS, MANIFEST
from spectrum_orders.domain.receipts import canonical_json

FORMAT = "spectrum-package/1"

RECEIPT_MEMBERS = (
    "format",
    "receiptId",
    "kind",
    "environment",
    "clientHandle",
    "purchaseOrderNumber",
    "acknowledgedAt",
    "contentDigest",
    "personalDigest",
    "algorithm",
    "keyId",
    "publicKey",
    "signature",
)
"""What is signed, and the signature. Not ``content``: it names lines that other partners make."""


def manifest(package: Package, members: Iterable[Described]) -> bytes:
    """The canonical JSON (RFC 8785) of a package's manifest.

    Of ``members`` it lists bytes and SHA-256, in their order, itself and ``SHA256SUMS`` left out.
    """
    return canonical_json(
        {
            **head(package, FORMAT),
            "receipt": {name: package.receipt[name] for name in RECEIPT_MEMBERS if name in package.receipt},
            "lines": [_line(line) for line in package.lines],
            "members": [
                {
                    "name": one.name,
                    "bytes": one.size,
                    "sha256": one.sha256.hex(),
                    "mediaType": one.media_type,
                }
                for one in members
                if one.name not in (MANIFEST, CHECKSUMS)
            ],
            "versions": dict(package.versions),
        }
    )


def checksums(members: Iterable[Described]) -> bytes:
    """``SHA256SUMS`` as ``sha256sum -c`` reads it, for every member but itself."""
    return "".join(f"{one.sha256.hex()}  {one.name}\n" for one in members if one.name != CHECKSUMS).encode()


def head(package: Package, format: str) -> dict[str, Any]:
    """The members that say which package this is; those from ``completes`` on if they are known."""
    return {
        "format": format,
        "packageId": package.id,
        "kind": package.kind,
        "clientHandle": package.client_handle,
        "partnerHandle": package.partner_handle,
        "orderId": package.order_id,
        "purchaseOrderNumber": package.purchase_order_number,
        "orderDate": package.order_date,
        **known(
            completes=package.completes,
            priority=package.priority,
            dueDate=package.due,
            erases=list(package.erases) or None,
            deleteBy=package.delete_by,
            confirmAt=package.confirm_at,
        ),
    }


def known(**members: object) -> dict[str, object]:
    """Those members that have a value."""
    return {name: value for name, value in members.items() if value is not None}


def _line(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "position": line.position,
        "recipeSetId": line.recipe_set_id,
        "skuQuantities": [{"sku": pair.sku, "quantity": pair.quantity} for pair in line.sku_quantities],
        "files": [_file(one) for one in line.files],
        "versions": dict(line.versions),
        **known(sheet=line.sheet),
        **_compared(line),
    }


def _compared(line: Line) -> dict[str, Any]:
    if line.differs is None:
        return {}
    if not line.differs:
        return {"identical": True}
    return {"differs": [msgspec.to_builtins(one) for one in line.differs]}


def _file(one: File) -> dict[str, Any]:
    return {
        "name": one.name,
        "product": one.product,
        "area": one.area,
        "renderer": one.renderer,
        "warnings": [msgspec.to_builtins(finding) for finding in one.warnings],
    }
