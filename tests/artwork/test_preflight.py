"""Preflight: every kind of finding is found by a file that has exactly this fault, and ours have none."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from spectrum_orders.artwork import rendering
from spectrum_orders.artwork.preflight import check
from spectrum_orders.domain.catalogue.findings import KINDS
from spectrum_orders.domain.catalogue.product import Area, Level
from spectrum_orders.domain.catalogue.recipe import Box, Text
from tests.artwork import preflight_samples as samples
from tests.artwork.preflight_samples import CANARY, SAMPLES, Sample

EACH = [
    pytest.param(code, make, id=f"{code}-{number}")
    for code, makers in SAMPLES.items()
    for number, make in enumerate(makers, 1)
]


def test_every_kind_of_finding_has_a_file_with_this_fault():
    assert set(SAMPLES) == set(KINDS)


@pytest.mark.parametrize(("code", "make"), EACH)
def test_a_file_with_one_fault_has_one_finding(code: str, make: Callable[[], Sample]):
    data, job, said = make()
    findings = check(data, job, said)
    assert [finding.code for finding in findings] == [code]
    (finding,) = findings
    assert finding.level is KINDS[code].level
    assert finding.found
    assert finding.wanted
    assert finding.mend == KINDS[code].mend
    assert CANARY not in msgspec.json.encode(finding).decode()


@pytest.mark.parametrize(
    "area",
    [samples.AREA, samples.SPOTTED, samples.PNG_AREA, samples.TIFF_AREA, samples.SVG_AREA, samples.DXF_AREA],
    ids=lambda area: area.output.value + ("-spots" if area.spots else ""),
)  # fmt: skip
def test_what_we_make_ourselves_has_no_finding(area: Area):
    assert check(samples.clean(area), samples.job(area)) == ()


def test_a_photograph_that_we_place_has_no_finding():
    assert check(*samples.photographed()) == ()


@pytest.mark.parametrize(
    "make",
    [lambda: (samples.svg(), samples.SVG_AREA), lambda: (samples.dxf(), samples.DXF_AREA),
     lambda: (samples.dst(), samples.DST_AREA), lambda: (samples.png(), samples.PNG_AREA),
     lambda: (samples.tiff(), samples.TIFF_AREA), lambda: (samples.tiff(big_tiff=True), samples.TIFF_AREA),
     lambda: (samples.tiff("L", (90,), None), samples.TIFF_AREA),
     # A tag that nobody knows, as every program has one of its own.
     lambda: (samples.tiff(tiffinfo={65_000: b"private"}), samples.TIFF_AREA)],
)  # fmt: skip
def test_what_others_make_properly_has_no_finding(make: Callable[[], tuple[bytes, Area]]):
    data, area = make()
    assert check(data, samples.job(area)) == ()


def test_a_product_sets_its_own_levels():
    data = samples.painted(b"1 0 0 rg 0 0 9 9 re f 0.1 w 0 0 9 9 re S")
    levels = {"rgb-in-cmyk": Level.WARN, "hairline": Level.OFF}
    job = msgspec.structs.replace(samples.job(), preflight=levels)
    assert [(finding.code, finding.level) for finding in check(data, job)] == [("rgb-in-cmyk", Level.WARN)]
    usual = check(data, samples.job())
    assert [(finding.code, finding.level) for finding in usual] == [
        ("rgb-in-cmyk", Level.REJECT), ("hairline", Level.WARN),
    ]  # fmt: skip


def test_a_finding_says_the_worst_case_and_how_often_it_was_met():
    data = samples.painted(b"0.2 w 0 0 9 9 re S 0.05 w 0 0 9 9 re S 0.1 w 0 0 9 9 re S")
    (finding,) = check(data, samples.job())
    assert finding.found == "a line of 0.05 pt (3 times; this is the worst)"
    assert finding.wanted == "at least 0.25 pt"
    assert finding.page == 1


def test_a_plate_that_differs_in_spelling_alone_is_called_by_its_right_name():
    data = samples.painted(b"/P cs 1 scn 0 0 9 9 re f", ColorSpace={"P": samples.separation("WHITE")})
    (finding, *_) = check(data, samples.job(samples.SPOTTED))
    assert (finding.code, finding.wanted) == ("unknown-spot", "the area's plates: White")
    assert "differs from White only in upper and lower case" in finding.found


def test_the_renderer_hands_its_missing_characters_over():
    text = Text("\U0010fffd", Box(5, 5, 80, 20), size=20)
    made = rendering.make(samples.job(samples.AREA, text))
    assert [(finding.code, finding.found) for finding in made.findings] == [
        ("glyph-missing", "no font for U+10FFFD")
    ]
    assert made.rejected
