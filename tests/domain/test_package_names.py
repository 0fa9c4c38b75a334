"""Promise: names in packages fit every file system, hold no person, and never meet."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectrum_orders.delivery.transports.names import split_name
from spectrum_orders.domain.package import naming
from spectrum_orders.domain.package.naming import LONGEST, Names, package_name, portable, print_file_name
from spectrum_orders.domain.personal import ADDRESS_FIELDS, LINE_FIELDS, ORDER_FIELDS

anything = st.text(max_size=60) | st.sampled_from(
    ["con", "CON", "nul.txt", "COM1", "com1.tar", "LPT9", "aux", ".", "..", "...", "a..b", "-x", ".x", "x.",
     "x ", " x",
     "a/b", "a\\b", "a:b", "C:", "*?<>|\"", "Größe", "Grösse", "ﬁ", "ß", "名前", "\u202egpj", "😀", "a\0b",
     "\ud800",
     "x" * 300, "COM¹", "~", "%2e%2e", "$x", "`x`", "a\nb", "a-0123456789", "_con"]
)  # fmt: skip


def is_safe(name: str, longest: int) -> bool:
    """On ext4, NTFS, FAT, APFS and S3, in a shell and in a URL."""
    return (
        re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name) is not None
        and len(name) <= longest
        and ".." not in name
        and not name.endswith(".")
        and re.match(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", name, re.IGNORECASE) is None
        and unicodedata.is_normalized("NFC", name)
        and unicodedata.is_normalized("NFD", name)
    )


@given(anything, st.sampled_from([40, 64, 120]))
def test_every_text_becomes_a_safe_name(text: str, longest: int) -> None:
    assert is_safe(portable(text, longest), longest)


@given(anything, anything)
def test_two_texts_never_become_one_name(one: str, two: str) -> None:
    assert (portable(one) == portable(two)) is (one == two)


@given(anything)
def test_nobody_can_name_a_file_as_another_s_was_changed_to(text: str) -> None:
    name = portable(text)
    assert name == text or portable(name) != name


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_]{0,30}", fullmatch=True))
def test_a_name_that_is_safe_stays_as_it_is(text: str) -> None:
    if is_safe(text, LONGEST):
        assert portable(text) == text


@given(anything, anything, anything, st.sampled_from(["package", "completion", "reprint", "cancellation"]))
def test_a_package_s_name_is_one_that_every_transport_takes(
    client: str, number: str, package: str, kind: str
) -> None:
    name = package_name(client, number, package, kind=kind)
    folder, leaf = split_name(name)
    assert is_safe(folder, LONGEST)
    assert is_safe(leaf, LONGEST)
    assert leaf.endswith(".zip" if kind == "package" else f"_{kind}.zip")
    assert name == package_name(client, number, package, kind=kind)


def test_a_usual_package_s_name_can_be_read() -> None:
    assert package_name("shop", "PO-4711", "pkg_abc") == "shop/PO-4711_pkg_abc.zip"
    late = package_name("shop", "PO-4711", "pkg_abc", kind="completion")
    assert late == "shop/PO-4711_pkg_abc_completion.zip"


templates = st.lists(
    st.sampled_from([*(f"{{{name}}}" for name in naming.PLACEHOLDERS), "_", "-", "x"]), min_size=1, max_size=5
).map("".join)


@given(templates, anything, anything, anything)
def test_a_print_file_s_name_is_safe_and_ends_in_its_area(
    template: str, area: str, recipe: str, sku: str
) -> None:
    name = print_file_name(template, area, ".pdf", recipeSetId=recipe, sku=sku, line=1, quantity=2)
    assert is_safe(name, LONGEST)
    assert name.endswith(f"_{portable(area, naming.LONGEST_AREA)}.pdf")


def test_braces_in_a_value_are_not_filled_again() -> None:
    name = print_file_name("{sku}", "front", ".pdf", sku="{purchaseOrderNumber}", purchaseOrderNumber="PO-1")
    assert "PO-1" not in name


@given(st.lists(st.tuples(anything, anything, st.sampled_from(["", "a", "b"])), min_size=1, max_size=12))
def test_no_two_members_have_one_name_even_where_case_does_not_count(
    asked: list[tuple[str, str, str]],
) -> None:
    given_out: dict[str, set[str]] = {}
    names, again = Names(), Names()
    for number, (recipe, area, digest) in enumerate(asked):
        name = names.print_file("{recipeSetId}", area, ".pdf", sha256=digest, recipeSetId=recipe)
        assert name == again.print_file("{recipeSetId}", area, ".pdf", sha256=digest, recipeSetId=recipe)
        # Files without a digest are all different ones.
        given_out.setdefault(name.lower(), set()).add(digest or f"#{number}")
        assert name == next(iter({name}))
        sheet = names.sheet(recipe)
        assert sheet == again.sheet(recipe)
        given_out.setdefault(sheet.lower(), set()).add(f"sheet {number}")
        assert is_safe(name, LONGEST)
        assert is_safe(sheet, LONGEST)
    assert all(len(files) == 1 for files in given_out.values())
    assert not given_out.keys() & {name.lower() for name in naming.FIXED}


def test_lines_with_the_same_artwork_share_a_member_and_others_are_numbered() -> None:
    names = Names()
    asked = [("a", "1"), ("a", "1"), ("A", "2"), ("a", "3"), ("a", "2")]
    given_out = [
        names.print_file("{recipeSetId}", "front", ".pdf", sha256=digest, recipeSetId=recipe)
        for recipe, digest in asked
    ]
    assert given_out == ["a_front.pdf", "a_front.pdf", "A-2_front.pdf", "a-3_front.pdf", "a-2_front.pdf"]


def test_a_recipe_set_cannot_take_the_name_of_the_manifest() -> None:
    taken = {name.lower() for name in naming.FIXED}
    names = Names()
    for recipe in ("manifest.json", "SHA256SUMS", "ticket.json"):
        assert names.print_file("{recipeSetId}", "", "", recipeSetId=recipe).lower() not in taken


def test_nothing_personal_can_be_asked_for_in_a_name() -> None:
    personal = {*ADDRESS_FIELDS, *LINE_FIELDS, *ORDER_FIELDS}
    assert not personal & set(naming.PLACEHOLDERS)
    for name in personal:
        assert naming.check_template(f"{{{name}}}") is not None


@pytest.mark.parametrize(
    "template", ["{recipeSetId}", "{sku}_{quantity}", "x-{line}", "{purchaseOrderNumber}.{product}", "fixed"]
)
def test_templates(template: str) -> None:
    assert naming.check_template(template) is None


@pytest.mark.parametrize(
    "template",
    ["", "{", "}", "{sku", "sku}", "{{sku}}", "{nobody}", "{sku!r}", "{sku:>10}", "{}", "a/b{sku}",
     "..{sku}", "{sku}..x", ".{sku}", "-{sku}", "{sku} x", "ü{sku}", "x" * 81, "a\\b", "{sku}\n"],
)  # fmt: skip
def test_what_is_no_template_is_said_in_a_sentence(template: str) -> None:
    wrong = naming.check_template(template)
    assert wrong is not None
    assert wrong.endswith(".")
