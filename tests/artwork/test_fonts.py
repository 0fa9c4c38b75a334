"""A text is printed in the font that was asked for, or somebody is told in which one it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from spectrum_orders.artwork import fonts, rendering
from spectrum_orders.artwork.glyphs import FAMILIES
from spectrum_orders.domain.catalogue.product import Area, Level
from spectrum_orders.domain.catalogue.recipe import Box, Text
from spectrum_orders.domain.catalogue.work import PrintFile, PrintJob
from tests.artwork import jobs, looking, uploads
from tests.artwork.test_sheet import said, sheet

AREA = Area("front", 60, 30)
BOX = Box(4, 4, 52, 22)
WORDS = {"font-substituted", "font-fallback", "font-style", "glyph-missing"}


def job(text: str, font: bytes | str, *, bold: bool = False, italic: bool = False) -> PrintJob:
    own = (font,) if isinstance(font, bytes) else ()
    name = jobs.name(font) if isinstance(font, bytes) else font
    return jobs.job(AREA, Text(text, BOX, font=name, size=24, bold=bold, italic=italic), assets=own)


def found(made: PrintFile) -> dict[str, tuple[Level, str]]:
    return {one.code: (one.level, one.found) for one in made.findings if one.code in WORDS}


def named(made: PrintFile) -> dict[str, tuple[str, ...]]:
    return {pointer: tuple(one.name for one in used) for pointer, used in made.fonts.items()}


def test_an_uploaded_font_that_lacks_a_letter_keeps_the_file_from_the_press() -> None:
    made = rendering.make(job("A Łódź", uploads.font()))
    level, what = found(made)["font-substituted"]
    assert level is Level.REJECT
    assert what == (
        "the uploaded font has no U+0064, U+00F3, U+0141, U+017A; "
        "in the text /layers/0 they are printed in Libertinus Serif"
    )
    assert named(made) == {"/layers/0": ("Test Sans Regular (uploaded)", "Libertinus Serif")}


@pytest.mark.parametrize("text", ["A", "AAA A", "A\u200bA", "A\u00a0A", "A\tA\nA"])
def test_spaces_and_joiners_of_another_font_are_not_seen_and_not_told(text: str) -> None:
    made = rendering.make(job(text, uploads.font()))
    assert not made.findings
    assert named(made) == {"/layers/0": ("Test Sans Regular (uploaded)",)}


def test_a_bundled_font_that_lacks_a_script_is_a_warning_that_names_the_other() -> None:
    made = rendering.make(job("سلام Ana", "Libertinus Serif", bold=True))
    level, what = found(made)["font-fallback"]
    assert level is Level.WARN
    assert what.endswith("; in the text /layers/0 they are printed in DejaVu Sans Mono")
    assert what.startswith("Libertinus Serif has no U+0627, U+0633, ")
    assert not found(rendering.make(job("سلام", "DejaVu Sans Mono")))


def test_each_text_is_judged_by_its_own_font() -> None:
    layers = (
        Text("Ana", BOX),
        Text("سلام", BOX, font="DejaVu Sans Mono"),
        Text("Ida", BOX, font="New Computer Modern", italic=True),
    )
    made = rendering.make(jobs.job(AREA, *layers))
    assert not found(made)
    assert named(made) == {
        "/layers/0": ("Libertinus Serif",),
        "/layers/1": ("DejaVu Sans Mono",),
        "/layers/2": ("New Computer Modern italic",),
    }


@pytest.mark.parametrize("name", jobs.TEMPLATES)
def test_no_template_is_printed_in_another_font(name: str) -> None:
    assert not found(rendering.make(jobs.TEMPLATES[name]))


@pytest.mark.parametrize("family", ["Libertinus Serif", "DejaVu Sans Mono", "New Computer Modern"])
@pytest.mark.parametrize("weight", [300, 400, 500, 900])
def test_an_uploaded_font_of_a_bundled_family_is_the_one_that_is_used(
    family: str, weight: int, tmp_path: Path
) -> None:
    own = uploads.font(family=family, weight=weight)
    made = rendering.make(job("AAA", own))
    assert not made.findings
    file = tmp_path / "own.pdf"
    file.write_bytes(made.data)
    (line,) = looking.run("pdffonts", file).splitlines()[2:]
    assert line.split()[0].partition("+")[2] == f"TestSans-Regular-{jobs.name(own)[:12]}"


def test_an_uploaded_font_does_not_stand_in_for_a_bundled_one_of_its_name() -> None:
    own = uploads.font(family="Libertinus Serif", weight=400)
    made = rendering.make(job("AB", own))
    # B is of the real one, and that is told.
    assert named(made) == {"/layers/0": ("Libertinus Serif Regular (uploaded)", "Libertinus Serif")}
    _, what = found(made)["font-substituted"]
    assert what.endswith(" has no U+0042; in the text /layers/0 they are printed in Libertinus Serif")
    assert made.rejected


@pytest.mark.parametrize(
    ("font", "bold", "italic", "told"),
    [
        (uploads.font(), True, False, "bold"),
        (uploads.font(), False, True, "italic"),
        (uploads.font(), True, True, "bold and italic"),
        (uploads.font(weight=700), True, False, None),
        ("Libertinus Serif", True, True, None),
        ("DejaVu Sans Mono", True, True, None),
        ("New Computer Modern", True, True, None),
        ("New Computer Modern Math", True, False, None),
        ("New Computer Modern Math", False, True, "italic"),
    ],
)
def test_a_style_that_the_font_has_not_is_told(
    font: bytes | str, bold: bool, italic: bool, told: str | None
) -> None:
    what = found(rendering.make(job("A", font, bold=bold, italic=italic)))
    if told is None:
        assert not what
    else:
        assert what == {
            "font-style": (
                Level.WARN, f"the text /layers/0 is to be {told}, and its font has no such face",
            )
        }  # fmt: skip


def test_every_family_that_comes_along_is_known_by_name() -> None:
    for family in fonts._bundle()[1]:
        made = rendering.make(job("A", family))
        assert named(made) == {"/layers/0": (family,)}
    assert set(FAMILIES.values()) == fonts._bundle()[1]


def test_the_sheet_names_the_faces_that_are_really_used(tmp_path: Path) -> None:
    told = said(sheet(job("سلام", "Libertinus Serif", bold=True)), tmp_path)
    assert "DejaVu Sans Mono bold in place of Libertinus Serif, 24 pt" in told
    told = said(sheet(job("AB", uploads.font(), bold=True)), tmp_path)
    assert "Test Sans Regular (uploaded) and Libertinus Serif bold, 24 pt" in told
    told = said(sheet(job("Grace", "Libertinus Serif", italic=True)), tmp_path)
    assert "Libertinus Serif italic, 24 pt" in told
