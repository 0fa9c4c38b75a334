"""A person at a press knows from the specification sheet what goes where, and for which order."""

from __future__ import annotations

import functools
import io
from pathlib import Path

import pikepdf
import pytest

from spectrum_orders.artwork import rendering, sheeting
from spectrum_orders.artwork.sheet.spec import OrderStrip
from spectrum_orders.artwork.sheet.stamp import WrongSheet, stamp
from spectrum_orders.domain.catalogue.product import Area, Product
from spectrum_orders.domain.catalogue.recipe import Box, Text
from spectrum_orders.domain.catalogue.work import MadeArea, PrintJob
from spectrum_orders.domain.order import SkuQuantity
from tests.artwork.jobs import GIFT, LETTERS, MUG, job
from tests.artwork.looking import run

ORDER = OrderStrip(
    purchase_order_number="PO 42015953",
    order_date="2026-11-27T04:32:15+00:00",
    line="1003",
    sku_quantities=(SkuQuantity(sku="MUG-11OZ", quantity=2), SkuQuantity(sku="BOX", quantity=40)),
    package_id="pkg_06zr78b900080",
    due="2026-12-24",
)


def sheet(*jobs: PrintJob, handle: str = "ABCD1234") -> bytes:
    """The base sheet of a recipe set with these areas."""
    areas = tuple(one.area for one in jobs)
    product = Product("mug-11oz", "Mug, 11 oz", areas)
    made = [MadeArea(product, one.area, one.filling, rendering.make(one)) for one in jobs]
    return sheeting.base("demo-shop", handle, made)


@functools.cache
def mug() -> bytes:
    return sheet(MUG)


def said(data: bytes, folder: Path) -> str:
    """What the sheet says, as poppler reads it."""
    file = folder / "sheet.pdf"
    file.write_bytes(data)
    return run("pdftotext", "-layout", file, "-")


def lettered(text: str) -> Area:
    return Area(text, 60, 30)


def test_it_names_sizes_inks_texts_and_the_order(tmp_path: Path) -> None:
    told = said(stamp(mug(), ORDER), tmp_path)
    for fact in (
        "ABCD1234", "demo-shop", "Mug, 11 oz", "wrap", "120 × 60 mm", "126 × 66 mm", "White",
        "Good morning, Grace", "https://example.com/mug", "PO 42015953", "1003", "2 × MUG-11OZ", "40 × BOX",
        "pkg_06zr78b900080", "2026-12-24", "42",
    ):  # fmt: skip
        assert fact in told, fact


def test_it_is_a_sound_pdf_with_all_its_fonts_and_no_letter_that_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "sheet.pdf"
    file.write_bytes(stamp(sheet(LETTERS, GIFT), ORDER))
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", file)
    fonts = run("pdffonts", file).splitlines()[2:]
    assert fonts
    assert all(line.split()[-5] == "yes" for line in fonts), "every font is embedded"
    with pikepdf.open(file) as pdf:
        assert len(pdf.pages) >= 2, "a page for each area, and texts go on behind it"


def test_the_space_between_two_words_is_empty(tmp_path: Path) -> None:
    # Glyph 0 of most fonts is the box of a missing letter.
    with pikepdf.open(io.BytesIO(stamp(mug(), ORDER))) as pdf:
        font = pdf.pages[0].Resources.XObject["/SpectrumOrder"].Resources.Font["/F"].DescendantFonts[0]
        program = font.FontDescriptor.FontFile2.read_bytes()
        (tmp_path / "strip.ttf").write_bytes(program)
    from fontTools.ttLib import TTFont

    opened = TTFont(tmp_path / "strip.ttf")
    assert opened["glyf"][opened.getGlyphOrder()[0]].numberOfContours == 0


def test_the_same_order_on_the_same_sheet_is_the_same_bytes_and_the_base_stays_as_it_is() -> None:
    base = mug()
    assert sheet(MUG) == base
    once, twice = stamp(base, ORDER), stamp(base, ORDER)
    assert once == twice
    assert once.startswith(base)


def test_a_sheet_is_stamped_once_and_nothing_else_is_stamped_at_all() -> None:
    for other in (stamp(mug(), ORDER), b"", b"%PDF-1.7 nothing", mug()[:-40]):
        with pytest.raises(WrongSheet):
            stamp(other, ORDER)


def test_texts_are_spelled_out_where_letters_can_be_mistaken(tmp_path: Path) -> None:
    text = "Аnnа\u200b 0O"  # a Cyrillic A and a, and a space of no width
    told = said(sheet(job(lettered("front"), Text(text, Box(2, 2, 56, 20)))), tmp_path)
    assert "U+0410" in told
    assert "cyrillic capital letter a" in told
    assert "U+200B zero width space" in told


@pytest.mark.parametrize(
    "text", ["#panic()", "$x^2$", "*bold* _it_ `raw`", "\\#", "#import \"/etc/passwd\"", "]\n= Title\n["]
)  # fmt: skip
def test_a_text_is_data_and_never_markup(text: str, tmp_path: Path) -> None:
    told = said(sheet(job(lettered("front"), Text(text, Box(2, 2, 56, 20)))), tmp_path)
    for line in text.split("\n"):
        assert line.strip() in told


def test_an_order_of_a_thousand_skus_and_a_number_of_255_letters_fits(tmp_path: Path) -> None:
    order = OrderStrip(
        purchase_order_number="PO-" + "7" * 252,
        order_date="2026-11-27",
        line="9",
        sku_quantities=tuple(SkuQuantity(sku=f"SKU-{n:04}", quantity=1) for n in range(1_000)),
        package_id="pkg_06zr78b900080",
    )
    told = said(stamp(mug(), order), tmp_path)
    assert "SKU-0000" in told
    assert "1000" in told, "the pieces in all"
    assert "more" in told, "and how many are not named"


def test_letters_that_the_strip_has_not_stand_as_their_numbers(tmp_path: Path) -> None:
    order = OrderStrip("PO-漢", "2026-11-27", "1", (SkuQuantity(sku="ß-Ω", quantity=1),), "pkg_1")
    told = said(stamp(mug(), order), tmp_path)
    assert "U+6F22" in told
    assert "ß-Ω" in told
