"""Packages to describe, with a person in every field that can hold one."""

from __future__ import annotations

import msgspec

from spectrum_orders.domain.catalogue.findings import Finding
from spectrum_orders.domain.catalogue.product import Level
from spectrum_orders.domain.order import SkuQuantity
from spectrum_orders.domain.package.facts import File, Line, Package

FILE = File("RS-1_front.pdf", "mug", "front", "application/pdf", 200.0, 90.5, "typst 0.13")
WARNED = msgspec.structs.replace(
    FILE,
    name="RS-1_back.pdf",
    area="back",
    warnings=(Finding("image-ppi", Level.WARN, "120 ppi", "at least 150 ppi", "Use a larger picture."),),
)

PACKAGE = Package(
    id="pkg_1",
    client_handle="shop",
    order_id="ord_1",
    purchase_order_number="PO-1",
    order_date="2026-11-27T08:00:00Z",
    partner_handle="press",
    lines=(
        Line(
            101, 0, "RS-1", (SkuQuantity(2, "MUG-S"), SkuQuantity(3, "MUG-L")), (FILE, WARNED), "s_RS-1.pdf"
        ),
        Line(102, 2, "RS-2", (SkuQuantity(1, "BANNER"),), (FILE,), due="2026-12-01", shipment_vendor="Post"),
    ),
    priority="higher",
    due="2026-12-03",
    receipt={"receiptId": "rcp_1", "signature": "AAAA", "keyId": "k1", "content": "other partners' lines"},
    versions={"spectrum-orders": "1.0"},
)

ADDRESS = {
    "firstName": "Augusta",
    "lastName": "Kingston",
    "company": "Analytical Engines",
    "address1": "12 Squarestreet",
    "address2": "Backhouse",
    "city": "Marylebone",
    "state": "Middlesex",
    "postalCode": "SW1Y-4JH",
    "country": "GB",
    "phone": "+44-20-555",
    "email": "augusta@engines.example",
}

PEOPLE = {
    "/customerServiceContact": "Desk of Babbage",
    "/emailAddress": "order@engines.example",
    "/phoneNumber": "+44-30-777",
    "/customerAddress": msgspec.json.encode({"lastName": "Payer-Byron"}).decode(),
    "/shippingAddress": msgspec.json.encode(ADDRESS).decode(),
    "/lineItems/0/giftMessage": "Many happy numbers",
    "/lineItems/1/giftMessage": "For a line of another partner",
    "/lineItems/2/giftMessage": "Congratulations, all of you",
}
"""An order's people as they are opened, by JSON Pointer."""
