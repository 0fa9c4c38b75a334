"""Promise: a ticket says all that is to be made, and of people only what the partner is allowed to see."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.domain.order import SkuQuantity
from spectrum_orders.domain.package.facts import COMPLETION, Line, Package
from spectrum_orders.domain.package.manifest import manifest
from spectrum_orders.domain.package.people import allowed_people, pointers
from spectrum_orders.domain.package.table import COLUMNS, table
from spectrum_orders.domain.package.ticket import ticket
from spectrum_orders.domain.package.xjdf import NAMESPACE, xjdf
from spectrum_orders.domain.personal import ADDRESS_FIELDS, LINE_FIELDS, ORDER_FIELDS
from tests.domain.package_samples import ADDRESS, PACKAGE, PEOPLE

FORMS: dict[str, Callable[[Package, Mapping[str, Any]], bytes]] = {
    "json": ticket,
    "csv": table,
    "xjdf": xjdf,
}
allowances = st.sets(st.sampled_from([*ORDER_FIELDS, *LINE_FIELDS])).map(tuple)
wild = st.text(max_size=30) | st.sampled_from(
    ["=1+1", "+49 30", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", "a,b", 'a"b',
     "a\r\nb", "<x>&amp;", "]]>", "\0", "\x1b[2J", "\ufffe", "\ud800", "'=1", "日本語", "😀"]
)  # fmt: skip


def seen_by(allow: tuple[str, ...], form: str) -> str:
    opened = {name: PEOPLE[name] for name in pointers(allow, (0, 2)) if name in PEOPLE}
    return FORMS[form](PACKAGE, allowed_people(opened, allow)).decode()


def secrets_of(allow: tuple[str, ...]) -> set[str]:
    """What must not be seen by a partner that is allowed this."""
    hidden = {"Payer-Byron", "For a line of another partner"}
    if "customerServiceContact" not in allow:
        hidden.add("Desk of Babbage")
    if "giftMessage" not in allow:
        hidden |= {"Many happy numbers", "Congratulations, all of you"}
    if "emailAddress" not in allow:
        hidden |= {"order@engines.example", ADDRESS["email"]}
    if "phoneNumber" not in allow:
        hidden |= {"+44-30-777", ADDRESS["phone"]}
    if "shippingAddress" not in allow:
        hidden |= {text for name, text in ADDRESS.items() if name not in ("email", "phone", "country")}
    return hidden


@pytest.mark.parametrize("form", FORMS)
@given(allow=allowances)
def test_of_people_a_ticket_holds_what_is_allowed_and_nothing_else(form: str, allow: tuple[str, ...]) -> None:
    text = seen_by(allow, form)
    assert not {secret for secret in secrets_of(allow) if secret in text}


@pytest.mark.parametrize("form", FORMS)
def test_what_is_allowed_is_there(form: str) -> None:
    text = seen_by(("shippingAddress", "emailAddress", "phoneNumber", "giftMessage"), form)
    wanted = {text for name, text in ADDRESS.items() if name not in ("email", "phone")}
    wanted |= {"order@engines.example", "+44-30-777", "Many happy numbers", "Congratulations, all of you"}
    assert not {one for one in wanted if one not in text}


@given(allowances)
def test_only_what_is_allowed_is_opened_at_all(allow: tuple[str, ...]) -> None:
    opened = pointers(allow, (0, 2))
    assert len(set(opened)) == len(opened)
    assert "/customerAddress" not in opened
    assert not [name for name in opened if name.startswith("/lineItems/1/")]
    needed = {*allow, *(["shippingAddress"] if {"emailAddress", "phoneNumber"} & set(allow) else [])}
    assert {name.rpartition("/")[2] for name in opened} == needed - {"customerAddress"}


def test_where_the_order_has_no_contact_the_address_has_it() -> None:
    address = {"/shippingAddress": PEOPLE["/shippingAddress"]}
    assert allowed_people(address, ("emailAddress",)) == {"emailAddress": ADDRESS["email"]}
    assert allowed_people(address, ("phoneNumber",)) == {"phoneNumber": ADDRESS["phone"]}
    assert allowed_people(address, ()) == {}
    kept = allowed_people(address, ("shippingAddress",))["shippingAddress"]
    assert set(kept) == set(ADDRESS) - {"email", "phone"}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_facts_give_the_same_bytes(form: str) -> None:
    allow = ("giftMessage", "shippingAddress")
    assert seen_by(allow, form) == seen_by(tuple(reversed(allow)), form)


def test_the_json_ticket_names_every_line_file_and_quantity() -> None:
    said = json.loads(seen_by(("giftMessage",), "json"))
    assert said["format"] == "spectrum-ticket/1"
    assert [(line["id"], line["position"], line["quantity"]) for line in said["lines"]] == [
        (101, 0, 5),
        (102, 2, 1),
    ]
    assert [line["giftMessage"] for line in said["lines"]] == [
        "Many happy numbers",
        "Congratulations, all of you",
    ]
    assert said["lines"][0]["files"][0] == {
        "name": "RS-1_front.pdf", "product": "mug", "area": "front",
        "mediaType": "application/pdf", "widthMm": 200.0, "heightMm": 90.5,
    }  # fmt: skip
    assert said["lines"][1]["shipmentVendor"] == "Post"


def test_a_completion_says_what_it_completes() -> None:
    completion = msgspec.structs.replace(PACKAGE, kind=COMPLETION, completes="pkg_0")
    assert json.loads(ticket(completion, {}))["completes"] == "pkg_0"
    assert rows(table(completion, {}))[0]["completes"] == "pkg_0"
    assert ET.fromstring(xjdf(completion, {})).get("RelatedJobID") == "pkg_0"


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


def test_the_table_has_a_row_for_each_line_and_sku() -> None:
    found = rows(table(PACKAGE, {}))
    assert [(row["line"], row["sku"], row["quantity"]) for row in found] == [
        ("101", "MUG-S", "2"), ("101", "MUG-L", "3"), ("102", "BANNER", "1"),
    ]  # fmt: skip
    assert [row["dueDate"] for row in found] == ["2026-12-03", "2026-12-03", "2026-12-01"]
    assert all(set(row) == set(COLUMNS) for row in found)
    assert {f"shippingAddress.{name}" for name in ADDRESS_FIELDS} <= set(COLUMNS)


def with_texts(text: str) -> tuple[Package, dict[str, Any]]:
    """A package and people in whose every free text stands `text`."""
    line = Line(7, 0, text, (SkuQuantity(1, text),), PACKAGE.lines[0].files)
    package = msgspec.structs.replace(PACKAGE, lines=(line,), purchase_order_number=text, due=text)
    people = {
        "shippingAddress": dict.fromkeys(ADDRESS_FIELDS, text),
        "giftMessage": {0: text},
        "emailAddress": text,
        "phoneNumber": text,
    }
    return package, people


@given(wild.filter(lambda text: text.isprintable() or "\ud800" not in text))
def test_no_cell_is_a_formula_and_every_row_reads_back(text: str) -> None:
    if any(0xD800 <= ord(char) < 0xE000 for char in text):
        return  # an order with half a character was refused when it was read
    (row,) = rows(table(*with_texts(text)))
    for name, cell in row.items():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")), name
    assert row["giftMessage"] in (text, f"'{text}")
    assert row["shippingAddress.lastName"] == row["emailAddress"] == row["giftMessage"]


@given(wild)
def test_the_xjdf_is_well_formed_whatever_stands_in_it(text: str) -> None:
    root = ET.fromstring(xjdf(*with_texts(text)))
    assert root.tag == f"{{{NAMESPACE}}}XJDF"
    # One product, one receiver: nothing that was typed has become an element.
    assert len(root.findall(f".//{{{NAMESPACE}}}Product")) == 1
    assert len(root.findall(f".//{{{NAMESPACE}}}Contact")) == 1


def test_the_xjdf_names_products_files_amounts_and_the_receiver() -> None:
    root = ET.fromstring(seen_by(("shippingAddress", "giftMessage"), "xjdf"))
    name = f"{{{NAMESPACE}}}"
    assert [one.get("Amount") for one in root.iter(f"{name}Product")] == ["2", "3", "1"]
    assert [one.get("URL") for one in root.iter(f"{name}FileSpec")] == [
        "RS-1_front.pdf", "RS-1_back.pdf", "RS-1_front.pdf",
    ]  # fmt: skip
    ids = [one.get("ID") for one in root.iter(f"{name}Product")]
    assert ids == [one.get("ItemRef") for one in root.iter(f"{name}DropItem")]
    (person,) = root.iter(f"{name}Person")
    assert (person.get("FirstName"), person.get("FamilyName")) == ("Augusta", "Kingston")
    assert [one.text for one in root.iter(f"{name}Comment")] == [
        "Many happy numbers", "Congratulations, all of you",
    ]  # fmt: skip
    (node,) = (one for one in root.iter(f"{name}NodeInfo") if one.get("JobPriority"))
    assert node.get("JobPriority") == "75"
    # 200 mm are 566.929 points.
    (layout,) = {one.get("FinishedDimensions") for one in root.iter(f"{name}LayoutIntent")}
    assert layout == "566.929 256.535 0"


def test_the_manifest_holds_no_person_and_no_line_of_another_partner() -> None:
    said = json.loads(manifest(PACKAGE, ()))
    assert said["receipt"] == {"receiptId": "rcp_1", "signature": "AAAA", "keyId": "k1"}
    assert said["lines"][0]["files"][1]["warnings"][0]["code"] == "image-ppi"
    assert said["versions"] == {"spectrum-orders": "1.0"}
