"""A code is printed so that readers read it, or somebody is told."""

from __future__ import annotations

import re

import pytest

from spectrum_orders.artwork import rendering
from spectrum_orders.domain.catalogue.colour import Cmyk, Colour, Rgb, Tint
from spectrum_orders.domain.catalogue.product import Area, Level, Output, Space
from spectrum_orders.domain.catalogue.recipe import Box, Code, Fill, Image, Layer, Symbology, Text
from tests.artwork import jobs

AREA = Area("label", 90, 50, spots=(jobs.WHITE, jobs.CUT))
PLACE = Box(20, 10, 30, 30)
BLACK, PAPER = Cmyk(0, 0, 0, 1), Cmyk(0, 0, 0, 0)
TOLD = {"code-small", "code-contrast", "code-quiet"}


def said(*layers: Layer, area: Area = AREA, assets: tuple[bytes, ...] = ()) -> dict[str, str]:
    """What preflight says of a code; none of it stops the file."""
    made = rendering.make(jobs.job(area, *layers, assets=assets))
    assert all(one.level is Level.WARN for one in made.findings if one.code in TOLD)
    return {one.code: one.found for one in made.findings if one.code in TOLD}


def code(colour: Colour = BLACK, box: Box = PLACE, symbology: Symbology = Symbology.QR) -> Code:
    return Code("4006381333931", box, symbology, colour)


@pytest.mark.parametrize(
    ("symbology", "least"),
    # Modules with the quiet zone, times the least width of one.
    [(Symbology.QR, 29 * 0.33), (Symbology.EAN13, 113 * 0.264), (Symbology.CODE128, 143 * 0.25)],
)
def test_a_code_is_coarse_enough_to_be_read(symbology: Symbology, least: float) -> None:
    assert not said(code(box=Box(10, 10, least + 0.1, 30), symbology=symbology))
    found = said(code(box=Box(10, 10, least * 0.9, 30), symbology=symbology))
    assert set(found) == {"code-small"}
    assert re.fullmatch(r"the code /layers/0 has modules of 0\.(2[0-9]|30) mm", found["code-small"])


@pytest.mark.parametrize(
    ("ink", "ground", "read"),
    [
        (BLACK, None, True),
        (BLACK, Cmyk(0, 0.1, 0.3, 0), True),
        (Cmyk(1, 0.7, 0, 0.2), None, True),
        (Rgb(0.5, 0, 0), None, True),
        (Cmyk(0, 0, 1, 0), None, False),
        (Cmyk(0, 0, 0, 0.1), None, False),
        (BLACK, BLACK, False),
        (PAPER, BLACK, False),
        (PAPER, None, False),
        (BLACK, Cmyk(0.85, 0.35, 0, 0.1), False),
        (Tint("White"), None, False),
        (Tint("CutContour"), None, True),
    ],
)
def test_a_code_is_dark_on_light(ink: Colour, ground: Colour | None, read: bool) -> None:
    below = () if ground is None else (Fill(ground),)
    assert set(said(*below, code(ink))) == (set() if read else {"code-contrast"})


def test_a_red_barcode_is_invisible_to_scanners_and_a_red_qr_code_is_not_to_cameras() -> None:
    red = Cmyk(0, 1, 1, 0)
    wide = Box(5, 10, 60, 20)
    assert "code-contrast" in said(code(red, wide, Symbology.EAN13))
    assert not said(code(red))
    # Green throws back no red light.
    assert not said(code(Cmyk(1, 0, 1, 0), wide, Symbology.EAN13))


@pytest.mark.parametrize("rotation", [0, 30, 90, 180])
def test_a_panel_that_a_code_needs_on_a_dark_ground_is_as_large_as_its_quiet_zone(rotation: float) -> None:
    def on_panel(side: float) -> dict[str, str]:
        panel = Box(35 - side / 2, 25 - side / 2, side, side, rotation)
        turned = Box(PLACE.x, PLACE.y, PLACE.width, PLACE.height, rotation)
        return said(Fill(BLACK), Fill(PAPER, panel), code(box=turned))

    assert not on_panel(30)
    assert set(on_panel(22)) == {"code-quiet"}
    assert set(on_panel(14)) == {"code-contrast"}


def test_what_is_painted_over_a_code_or_its_quiet_zone_is_seen() -> None:
    assert set(said(code(), Fill(Cmyk(0, 1, 0, 0), Box(20, 10, 15, 30)))) == {"code-contrast"}
    assert set(said(code(), Text("NNNN", Box(20, 9, 30, 5), size=14, bold=True))) == {"code-quiet"}
    assert not said(code(), Text("NNNN", Box(20, 2, 30, 6), size=14, bold=True))
    # On a plate that overprints what is below stays as it is.
    assert not said(Fill(Tint("CutContour", 0)), code())


def test_a_quiet_zone_ends_with_the_label() -> None:
    found = said(code(box=Box(-2, 10, 30, 30)))
    assert found == {"code-quiet": "the quiet zone of the code /layers/0 reaches 2.0 mm beyond the trim"}


def test_a_photograph_below_a_code_is_looked_at() -> None:
    photo = jobs.photo()
    # Bright above, dark hills below.
    dark = said(Image(jobs.name(photo)), code(box=Box(30, 30, 18, 18)), assets=(photo,))
    assert "code-contrast" in dark
    panel = Fill(PAPER, Box(30, 30, 18, 18))
    assert not said(Image(jobs.name(photo)), panel, code(box=Box(30, 30, 18, 18)), assets=(photo,))


@pytest.mark.parametrize("output", Output)
def test_every_format_that_has_colours_is_judged(output: Output) -> None:
    space = Space.RGB if output in (Output.PNG, Output.SVG) else Space.CMYK
    area = Area("label", 90, 50, output=output, space=space, dpi=100)
    judged = output not in (Output.DXF, Output.DST)
    assert ("code-contrast" in said(code(Cmyk(0, 0, 1, 0)), area=area)) is judged
