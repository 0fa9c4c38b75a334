"""``ticket.xjdf``: the job ticket in the print trade's own language (CIP4 XJDF 2.x).

Elements, attributes and their order follow CIP4's published schema of the namespace below. Lengths
in XJDF are points.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from spectrum_orders.domain.package.facts import File, Line, Package
from spectrum_orders.domain.package.people import GIFT_MESSAGE

NAMESPACE = "http://www.CIP4.org/JDFSchema_2_0"

MEDIA_TYPE = "application/vnd.cip4-xjdf+xml"

PRIORITIES = {"lower": "25", "normal": "50", "higher": "75"}
"""JobPriority runs from 0 to 100; 50 is the middle."""

_POINTS = 72 / 25.4
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DROP = "DROP"


def xjdf(package: Package, people: Mapping[str, Any]) -> bytes:
    """The ticket as an XJDF document of type Product; the same facts give the same bytes.

    Every pair of line and SKU is a Product with its amount, every print file a RunList that names its
    member. The receiver is a Contact of type Delivery, if the partner may see one.
    """
    root = _element(None, "XJDF", JobID=package.id, Types="Product", xmlns=NAMESPACE)
    root.set("DescriptiveName", _clean(package.purchase_order_number))
    if package.completes is not None:
        root.set("RelatedJobID", package.completes)
    gifts = people.get(GIFT_MESSAGE, {})
    for line in package.lines:
        if line.position in gifts:
            comment = _element(root, "Comment", Type="GiftMessage", ExternalID=f"L{line.id}")
            comment.text = _clean(gifts[line.position])
    _identify(root, "ClientHandle", package.client_handle)
    _identify(root, "OrderID", package.order_id)
    _identify(root, "OrderDate", package.order_date)
    _identify(root, "PackageKind", package.kind)
    products: list[tuple[str, int]] = []
    if package.lines:
        listed = _element(root, "ProductList")
        for line in package.lines:
            products += _products(listed, line)
    _node(root, package)
    _customer(root, package)
    _run_lists(root, package)
    if _has_receiver(people):
        _receiver(root, people)
    _delivery(root, package, products)
    ET.indent(root)
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return head + ET.tostring(root, encoding="unicode").encode() + b"\n"


def _products(listed: ET.Element, line: Line) -> list[tuple[str, int]]:
    made: list[tuple[str, int]] = []
    sizes = {(one.width, one.height) for one in line.files}
    for number, pair in enumerate(line.sku_quantities, 1):
        name = f"L{line.id}.{number}"
        product = _element(listed, "Product", ID=name, IsRoot="true", Amount=str(pair.quantity))
        product.set("DescriptiveName", _clean(pair.sku))
        if kinds := sorted({one.product for one in line.files}):
            product.set("ProductTypeDetails", _clean(" ".join(kinds)))
        _identify(product, "LineID", str(line.id))
        _identify(product, "SKU", pair.sku)
        _identify(product, "RecipeSetID", line.recipe_set_id)
        if len(sizes) == 1:
            # Areas of several sizes have none that is the product's; each file's own stands at the file.
            ((width, height),) = sizes
            intent = _element(product, "Intent", Name="LayoutIntent")
            _element(intent, "LayoutIntent", FinishedDimensions=f"{_points(width)} {_points(height)} 0")
        made.append((name, pair.quantity))
    return made


def _node(root: ET.Element, package: Package) -> None:
    info = _resource(root, "NodeInfo")
    said = _element(info, "NodeInfo")
    if package.priority in PRIORITIES:
        said.set("JobPriority", PRIORITIES[package.priority])


def _customer(root: ET.Element, package: Package) -> None:
    _element(
        _resource(root, "CustomerInfo"),
        "CustomerInfo",
        CustomerOrderID=_clean(package.purchase_order_number),
    )


def _run_lists(root: ET.Element, package: Package) -> None:
    if not any(line.files for line in package.lines):
        return
    listed = _element(root, "ResourceSet", Name="RunList", Usage="Input")
    for line in package.lines:
        for one in line.files:
            resource = _element(listed, "Resource", DescriptiveName=_clean(one.area))
            _identify(resource, "LineID", str(line.id))
            _identify(resource, "Product", one.product)
            _identify(resource, "Area", one.area)
            _identify(resource, "FinishedSizeMm", _millimetres(one))
            run = _element(resource, "RunList")
            # A relative reference: the ZIP that the ticket lies in is its base.
            _element(run, "FileSpec", MimeType=one.media_type, URL=one.name)


def _has_receiver(people: Mapping[str, Any]) -> bool:
    return any(name in people for name in ("shippingAddress", "emailAddress", "phoneNumber"))


def _receiver(root: ET.Element, people: Mapping[str, Any]) -> None:
    address = people.get("shippingAddress", {})
    listed = _element(root, "ResourceSet", Name="Contact", Usage="Input")
    resource = _element(listed, "Resource")
    _element(resource, "Part", ContactType="Delivery", DropID=_DROP)
    contact = _element(resource, "Contact")
    if address:
        place = _element(contact, "Address")
        for name, member in (
            ("City", "city"),
            ("Country", "country"),
            ("PostalCode", "postalCode"),
            ("Region", "state"),
            ("Street", "address1"),
        ):
            if address.get(member):
                place.set(name, _clean(address[member]))
        if address.get("address2"):
            _element(place, "ExtendedAddress").text = _clean(address["address2"])
    for kind, member in (("Email", "emailAddress"), ("Phone", "phoneNumber")):
        if member in people:
            _element(contact, "ComChannel", ChannelType=kind, Locator=_clean(people[member]))
    if address.get("company"):
        _element(contact, "Company", OrganizationName=_clean(address["company"]))
    names = {"FirstName": address.get("firstName"), "FamilyName": address.get("lastName")}
    if any(names.values()):
        person = _element(contact, "Person")
        for name, text in names.items():
            if text:
                person.set(name, _clean(text))


def _delivery(root: ET.Element, package: Package, products: list[tuple[str, int]]) -> None:
    resource = _resource(root, "DeliveryParams", drop=_DROP)
    params = _element(resource, "DeliveryParams")
    due = package.due or min((line.due for line in package.lines if line.due), default=None)
    if due is not None:
        params.set("Required", _clean(due))
    for name, amount in products:
        _element(params, "DropItem", Amount=str(amount), ItemRef=name)


def _resource(root: ET.Element, name: str, drop: str | None = None) -> ET.Element:
    resource = _element(_element(root, "ResourceSet", Name=name, Usage="Input"), "Resource")
    if drop is not None:
        _element(resource, "Part", DropID=drop)
    return resource


def _identify(parent: ET.Element, usage: str, value: str) -> None:
    _element(parent, "GeneralID", IDUsage=usage, IDValue=_clean(value))


def _element(parent: ET.Element | None, name: str, **attributes: str) -> ET.Element:
    return ET.Element(name, attributes) if parent is None else ET.SubElement(parent, name, attributes)


def _points(millimetres: float) -> str:
    return f"{millimetres * _POINTS:.3f}"


def _millimetres(one: File) -> str:
    return f"{one.width:g} x {one.height:g}"


def _clean(text: str) -> str:
    """``text`` without the characters that XML 1.0 cannot hold; each becomes U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)
