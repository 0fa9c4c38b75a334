"""What a customer wrote is printed whole, or somebody is told."""

from __future__ import annotations

import msgspec
import pytest

from spectrum_orders.artwork import rendering
from spectrum_orders.domain.catalogue.product import Area, Level, Output, Space
from spectrum_orders.domain.catalogue.recipe import Across, Box, Code, Down, Layer, Symbology, Text, TextFit
from tests.artwork import jobs

AREA = Area("label", 60, 30)
SAFE = Box(3, 3, 54, 24)
LONG = "Wolfeschlegelsteinhausenbergerdorff Maximiliana Theodora von und zu Hohenstein " * 4
PLACED = {"text-cut", "code-cut", "text-over-box", "outside-safe"}


def said(layer: Layer, area: Area = AREA) -> dict[str, tuple[Level, str]]:
    """What preflight says of how a layer is placed."""
    made = rendering.make(jobs.job(area, layer))
    return {one.code: (one.level, one.found) for one in made.findings if one.code in PLACED}


def as_output(output: Output) -> Area:
    space = Space.RGB if output in (Output.PNG, Output.SVG) else Space.CMYK
    return Area("label", 60, 30, output=output, space=space, dpi=100)


@pytest.mark.parametrize("output", Output)
@pytest.mark.parametrize("fit", [TextFit.WRAP, TextFit.NONE])
def test_a_text_that_is_too_long_for_its_label_is_rejected_in_every_format(
    fit: TextFit, output: Output
) -> None:
    found = said(Text(LONG, SAFE, size=20, fit=fit), as_output(output))
    assert found["text-cut"][0] is Level.REJECT
    assert ("text-over-box" in found) is (fit is TextFit.WRAP)


def test_a_text_that_may_shrink_is_not_cut() -> None:
    assert not said(Text(LONG, SAFE, size=20, fit=TextFit.SHRINK))


def test_a_text_that_stands_nowhere_on_the_area_is_rejected() -> None:
    level, found = said(Text("gone", Box(100, 100, 20, 20), size=20))["text-cut"]
    assert level is Level.REJECT
    assert found == "the text /layers/0 stands beside the area: nothing of it is there"


def test_a_text_over_the_trim_is_measured() -> None:
    _, found = said(Text("III", Box(-10, 3, 14, 24), size=40, across=Across.START))["text-cut"]
    # The serif begins a hair right of its box.
    assert found == "the text /layers/0 reaches 9.8 mm beyond the trim"


def test_a_word_that_pixels_would_cut_although_the_trim_does_not_is_rejected() -> None:
    banner = Area("banner", 300, 30, output=Output.TIFF, dpi=36)
    layer = Text("Donaudampfschifffahrtsgesellschaft", Box(140, 3, 20, 24), size=24, fit=TextFit.WRAP)
    assert said(layer, banner)["text-cut"][1] == "the text /layers/0 has a word that is wider than its box"
    # A page of letters goes on where its box ends.
    assert set(said(layer, Area("banner", 300, 30))) == {"text-over-box"}


@pytest.mark.parametrize("text", ["Grace", "Ærøskøbing", "ÅÉgjpq", "נועה", "A\u0301\u0302\u0303", " ", "…"])
@pytest.mark.parametrize("down", Down)
def test_a_text_in_the_safe_zone_is_no_finding(text: str, down: Down) -> None:
    assert not said(Text(text, SAFE, size=80, down=down))


@pytest.mark.parametrize("rotation", [0, 45, 90, 180, 300])
def test_a_turned_text_is_judged_where_it_stands(rotation: float) -> None:
    small = Text("Grace", Box(20, 10, 20, 10, rotation=rotation), size=20)
    assert not said(small)
    wide = Text("Grace Murray Hopper", Box(3, 10, 54, 10, rotation=rotation), size=20)
    assert ("text-cut" in said(wide)) is (rotation % 180 != 0)


@pytest.mark.parametrize(
    ("x", "code"), [(-5, "code-cut"), (-1.5, "outside-safe"), (1, None), (37, None), (42, "code-cut")]
)
@pytest.mark.parametrize("symbology", [Symbology.QR, Symbology.CODE128])
def test_a_code_is_whole_and_away_from_the_edge(symbology: Symbology, x: float, code: str | None) -> None:
    found = said(Code("ABCD", Box(x, 4, 22, 22), symbology))
    assert set(found) == ({code} if code else set())


def test_an_area_without_a_safe_margin_asks_for_none() -> None:
    layer = Text("Grace", Box(0, 0, 60, 30), size=200, fit=TextFit.SHRINK)
    assert "outside-safe" in said(layer)
    assert not said(layer, Area("label", 60, 30, safe=0))


def test_a_shop_sets_the_levels() -> None:
    one = jobs.job(AREA, Text(LONG, SAFE, size=20, fit=TextFit.NONE))
    bleeding = msgspec.structs.replace(one, preflight={"text-cut": Level.OFF})
    assert not rendering.make(bleeding).findings
