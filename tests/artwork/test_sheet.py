"""A person at a press knows from the specification sheet what goes where, and for which order."""

from __future__ import annotations

import functools
import io
import re
from pathlib import Path

import pikepdf
import pyembroidery
import pytest

from spectrum_orders.artwork import passes, rendering, sheeting
from spectrum_orders.artwork.sheet import hues
from spectrum_orders.artwork.sheet.spec import OrderStrip
from spectrum_orders.artwork.sheet.stamp import WrongSheet, stamp
from spectrum_orders.domain.catalogue.colour import Cmyk, Rgb, Tint
from spectrum_orders.domain.catalogue.product import Area, Output, Product, Spot
from spectrum_orders.domain.catalogue.recipe import Box, Fill, Outline, Text
from spectrum_orders.domain.catalogue.work import MadeArea, Pass, PrintJob
from spectrum_orders.domain.order import SkuQuantity
from tests.artwork import preflight_samples as samples
from tests.artwork import uploads
from tests.artwork.jobs import CUT, GIFT, LETTERS, MUG, finished, job
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


def listed(one: PrintJob, folder: Path) -> list[str]:
    """What a sheet says beside its picture, from 128 mm onwards."""
    file = folder / "sheet.pdf"
    file.write_bytes(sheet(one))
    told = run("pdftotext", "-layout", "-x", "363", "-y", "0", "-W", "232", "-H", "842", file, "-")
    return [line.strip() for line in told.splitlines()]


def following(lines: list[str], title: str, count: int) -> list[str]:
    at = lines.index(title)
    return [line for line in lines[at + 1 :] if line][:count]


RED, BLUE = Cmyk(0, 1, 1, 0), Cmyk(1, 0.7, 0, 0)
GOLD = Spot("Madeira 1070", Rgb(0.8, 0.6, 0.1))


def test_an_embroiderer_is_told_every_thread_in_the_order_in_which_it_is_sewn(tmp_path: Path) -> None:
    area = Area("chest", 90, 40, output=Output.DST, spots=(GOLD,))
    one = job(
        area,
        Text("Ana", Box(5, 5, 25, 30), size=30, colour=RED),
        Text("Ida", Box(30, 5, 25, 30), size=30, colour=BLUE),
        Text("Eva", Box(60, 5, 25, 14), size=20, colour=Tint(GOLD.name)),
        # Nothing of it is sewn, so it needs no thread.
        Fill(RED, Box(200, 200, 9, 9)),
        Text("Ada", Box(60, 21, 12, 14), size=12, colour=RED),
        Text("Una", Box(74, 21, 12, 14), size=12, colour=RED),
    )
    lines = listed(one, tmp_path)
    told = following(lines, "THREADS, IN SEWING ORDER", 8)
    assert told[1::2] == ["CMYK 0 100 100 0", "CMYK 100 70 0 0", "Madeira 1070", "CMYK 0 100 100 0"]
    assert [line.rpartition(" ")[0] for line in told[::2]] == [
        "Thread 1 red", "Thread 2 blue", "Thread 3 orange", "Thread 4 red",
    ]  # fmt: skip
    assert re.fullmatch(r"#[0-9a-f]{6}", told[4].rpartition(" ")[2])
    assert "ICC PROFILE" not in lines
    assert "COLOURS" not in lines
    # As many as the machine stops for.
    pattern = pyembroidery.read_dst(io.BytesIO(rendering.make(one).data))
    assert pattern.count_color_changes() == 3


def test_of_an_embroidery_that_was_uploaded_the_stops_are_told(tmp_path: Path) -> None:
    area = Area("chest", 90, 40, output=Output.DST)
    lines = listed(finished(area, uploads.embroidery()), tmp_path)
    assert following(lines, "THREADS, IN SEWING ORDER", 5)[:4] == [
        "Thread 1", "colour not in the file", "Thread 2", "colour not in the file",
    ]  # fmt: skip


def test_a_cutter_is_told_the_layers(tmp_path: Path) -> None:
    crease = Spot("Crease", Cmyk(0.5, 0, 1, 0))
    area = Area("box", 90, 40, output=Output.DXF, bleed=0, spots=(crease, CUT))
    one = job(
        area,
        Outline(Tint(CUT.name)),
        Outline(Tint("Crease"), Box(20, 0, 20, 40)),
        Text("A", Box(5, 5, 10, 9)),
    )
    lines = listed(one, tmp_path)
    told = following(lines, "LAYERS", 6)
    assert [told[0], told[2], told[4]] == ["CutContour", "Crease", "Print"]
    assert told[3].startswith("green #")
    assert "ICC PROFILE" not in lines
    made = rendering.make(one).data
    assert following(listed(finished(area, made), tmp_path), "LAYERS", 3) == ["CutContour", "Crease", "Print"]


def test_a_finished_file_that_cannot_be_read_has_a_sheet_all_the_same(tmp_path: Path) -> None:
    for output in (Output.DXF, Output.DST):
        lines = listed(finished(Area("box", 90, 40, output=output), b"nothing of the kind"), tmp_path)
        assert "90 × 40 mm" in lines


def test_a_finished_drawing_that_preflight_refuses_is_not_read_for_its_layers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[bytes] = []

    def of_file(data: bytes, _: Area) -> tuple[Pass, ...]:
        read.append(data)
        return ()

    monkeypatch.setattr(passes, "of_file", of_file)
    for width, times in ((90, 1), (120, 0)):
        read.clear()
        made = rendering.make(finished(samples.DXF_AREA, samples.dxf(width=width)))
        assert (made.rejected, len(read)) == (not times, times)


@pytest.mark.parametrize(
    ("colour", "word"),
    [
        ("#e70011", "red"), ("#144492", "blue"), ("#000000", "black"), ("#1a171b", "black"),
        ("#ffffff", "white"), ("#808080", "grey"), ("#d0d0d0", "light grey"), ("#ffde00", "yellow"),
        ("#5a3010", "brown"), ("#004d1a", "dark green"), ("#f5b8b8", "pink"), ("#00b5cc", "turquoise"),
        ("#7030a0", "violet"), ("#e8007d", "pink"), ("#f07800", "orange"), ("#7bb418", "green"),
    ],
)  # fmt: skip
def test_a_colour_has_the_word_that_a_person_would_say(colour: str, word: str) -> None:
    assert hues.word(colour) == word


def test_letters_that_the_strip_has_not_stand_as_their_numbers(tmp_path: Path) -> None:
    order = OrderStrip("PO-漢", "2026-11-27", "1", (SkuQuantity(sku="ß-Ω", quantity=1),), "pkg_1")
    told = said(stamp(mug(), order), tmp_path)
    assert "U+6F22" in told
    assert "ß-Ω" in told
