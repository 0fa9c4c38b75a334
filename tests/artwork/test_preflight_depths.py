"""Preflight looks where faults hide: forms in masks, patterns, letters that are drawings, inheritance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from spectrum_orders.artwork.preflight import check
from spectrum_orders.domain.catalogue.colour import Cmyk
from spectrum_orders.domain.catalogue.product import Spot
from tests.artwork import preflight_samples as samples
from tests.artwork.preflight_samples import AREA, SPOTTED, form, painted, picture, separation

RED = b"1 0 0 rg 0 0 9 9 re f"


def found(data: bytes, area: Any = AREA) -> list[str]:
    return [finding.code for finding in check(data, samples.job(area))]


def in_form(inner: Any) -> Any:
    return form(b"/I Do", Resources=lambda pdf: Dictionary(XObject=Dictionary(I=inner(pdf))))


def mask(inner: Any) -> Any:
    return lambda pdf: Dictionary(
        SMask=Dictionary(S=Name.Luminosity, G=pdf.make_stream(
            b"/I Do", Subtype=Name.Form, BBox=[0, 0, 9, 9], Group=Dictionary(S=Name.Transparency),
            Resources=Dictionary(XObject=Dictionary(I=inner(pdf))))))  # fmt: skip


def tiling(contents: bytes, kind: int = 1) -> Any:
    return lambda pdf: pdf.make_stream(
        contents, PatternType=1, PaintType=kind, TilingType=1, BBox=[0, 0, 9, 9], XStep=9, YStep=9
    )


def lettered(glyph: bytes, size: float = 1) -> Any:
    return lambda pdf: pdf.make_indirect(
        Dictionary(
            Subtype=Name.Type3, FontMatrix=[size, 0, 0, size, 0, 0], FontBBox=[0, 0, 9, 9],
            CharProcs=Dictionary(a=pdf.make_stream(glyph)), Encoding=Dictionary(Differences=[97, Name.a]),
        )
    )  # fmt: skip


RGB_SOMEWHERE: dict[str, Callable[[], bytes]] = {
    "in a form in a form": lambda: painted(b"/A Do", XObject={"A": in_form(in_form(form(RED)))}),
    "in a form in a soft mask": lambda: painted(
        b"/M gs 0 0 9 9 re f", ExtGState={"M": mask(in_form(form(RED)))}
    ),
    "in a picture in a soft mask": lambda: painted(
        b"q 9 0 0 9 0 0 cm /M gs 0 0 9 9 re f Q", ExtGState={"M": mask(picture(Name.DeviceRGB))}
    ),
    "in a pattern": lambda: painted(b"/Pattern cs /P scn 0 0 9 9 re f", Pattern={"P": tiling(RED)}),
    "in a stroked pattern": lambda: painted(b"/Pattern CS /P SCN 0 0 9 9 re S", Pattern={"P": tiling(RED)}),
    "below a pattern without colours": lambda: painted(
        b"/Q cs 1 0 0 /P scn 0 0 9 9 re f",
        Pattern={"P": tiling(b"0 0 9 9 re f", 2)},
        ColorSpace={"Q": Array([Name.Pattern, Name.DeviceRGB])},
    ),
    "in a shading pattern": lambda: painted(
        b"/Pattern cs /P scn 0 0 9 9 re f",
        Pattern={"P": Dictionary(PatternType=2, Shading=Dictionary(ColorSpace=Name.DeviceRGB))},
    ),
    "in a letter that is a drawing": lambda: painted(
        b"BT /F 9 Tf (a) Tj ET", Font={"F": lettered(b"9 0 d0 " + RED)}
    ),
    "around a letter that has no colour": lambda: painted(
        b"1 0 0 rg BT /F 9 Tf (a) Tj ET", Font={"F": lettered(b"9 0 0 0 9 9 d1 0 g 0 0 9 9 re f")}
    ),
    "around a form": lambda: painted(
        b"q 1 0 0 rg /A Do Q", XObject={"A": form(b"0 0 9 9 re f", Resources=Dictionary())}
    ),
    "around the second of two alike forms": lambda: painted(
        b"/A Do q 1 0 0 rg /A Do Q", XObject={"A": form(b"0 0 9 9 re f", Resources=Dictionary())}
    ),
    "in a table": lambda: painted(
        b"q 9 0 0 9 0 0 cm /A Do Q",
        XObject={"A": picture(Array([Name.Indexed, Name.DeviceRGB, 0, b"\1\2\3"]), pixel=b"\0")},
    ),
    "in an inline table": lambda: painted(
        b"q 1 0 0 1 0 0 cm BI /W 4 /H 4 /BPC 8 /CS [/I /RGB 0 <010203>] ID " + b"\0" * 16 + b"\nEI Q"
    ),
    "below a stencil": lambda: painted(
        b"1 0 0 rg q 1 0 0 1 0 0 cm BI /W 8 /H 8 /IM true ID \xff\xff\xff\xff\xff\xff\xff\xff\nEI Q"
    ),
    "after a picture with anything in it": lambda: painted(
        b"q 1 0 0 1 0 0 cm BI /W 4 /H 4 /CS /G ID (((( EI \x01\x02<<[[((\nEI Q " + RED
    ),
    "after a text with brackets": lambda: painted(b"/Span <</A (a\\)b(c)\\()>> BDC " + RED + b" EMC"),
}  # fmt: skip


@pytest.mark.parametrize("where", RGB_SOMEWHERE)
def test_rgb_is_found(where: str):
    assert "rgb-in-cmyk" in found(RGB_SOMEWHERE[where]())


CLEAN: dict[str, Callable[[], bytes]] = {
    "a colour that a letter may not set": lambda: painted(
        b"BT /F 9 Tf (a) Tj ET", Font={"F": lettered(b"9 0 0 0 9 9 d1 " + RED)}
    ),
    "a colour that is set and not used": lambda: painted(b"q 1 0 0 rg Q 0 0 0 1 k 0 0 9 9 re f"),
    "a path that only clips": lambda: painted(b"q 1 0 0 rg 0 0 9 9 re W n Q"),
    "rgb as a text, a comment and a picture": lambda: painted(
        b"/S <</T (1 0 0 rg f)>> BDC EMC % 1 0 0 rg 0 0 9 9 re f\n"
        b"q 1 0 0 1 0 0 cm BI /W 4 /H 4 /CS /G ID 1 0 0 rg f 12345\nEI Q"
    ),
    "a line made wide by its matrix": lambda: painted(b"q 10 0 0 10 0 0 cm 0.1 w 0 0 9 9 re S Q"),
    "a picture of a single pixel": lambda: painted(
        b"q 90 0 0 90 0 0 cm /A Do Q", XObject={"A": picture(Name.DeviceCMYK, (1, 1))}
    ),
    "white that knocks out": lambda: painted(
        b"/O gs 0 0 0 0 k 0 0 9 9 re f", ExtGState={"O": Dictionary(op=False, OPM=1)}
    ),
    "a transfer function that does nothing": lambda: painted(
        b"/T gs", ExtGState={"T": Dictionary(TR=Name.Identity)}
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CLEAN)
def test_nothing_is_found_in(what: str):
    assert found(CLEAN[what]()) == []


def test_a_page_rotated_by_a_quarter_is_measured_as_it_is_seen():
    data = samples.changed(samples.page(Rotate=90))
    assert found(data) == ["page-size", "page-rotated"]
    assert found(data, samples.resized(width=50, height=90)) == ["page-rotated"]


def test_a_user_unit_scales_pages_pictures_and_lines():
    halved = [0, 0, 136.063, 79.37]
    trim = [4.2519, 4.2519, 131.811, 75.118]
    boxes = samples.page(UserUnit=2, MediaBox=halved, BleedBox=halved, TrimBox=trim)
    data = samples.changed(boxes, start=painted(b"0.2 w 0 0 9 9 re S"))
    assert found(data) == []
    data = samples.changed(boxes, start=painted(b"q 200 0 0 100 0 0 cm /A Do Q", XObject={
        "A": picture(Name.DeviceCMYK)}))  # fmt: skip
    assert found(data) == ["image-ppi"]


def test_boxes_and_resources_may_come_from_above_the_page():
    def inherit(pdf: pikepdf.Pdf, page: Any) -> None:
        for name in ("/MediaBox", "/Resources"):
            pdf.Root.Pages[name] = page[name]
            del page[name]

    assert found(samples.changed(inherit)) == []


def test_a_page_that_gives_cmyk_another_meaning_is_told_from_one_that_does_not():
    space = {"DefaultRGB": samples.icc(samples.CMYK_PROFILE, 4)}
    assert found(painted(RED, ColorSpace=space)) == ["rgb-in-cmyk"]


def test_a_plate_is_used_when_a_picture_is_printed_on_it():
    data = painted(
        b"/O gs q 9 0 0 9 0 0 cm /A Do Q",
        XObject={"A": picture(separation("White"), pixel=b"\xff")},
        ExtGState={"O": Dictionary(op=True)},
    )
    assert found(data, SPOTTED) == []


def test_a_plate_only_in_a_soft_mask_is_not_printed():
    white = form(
        b"/W cs 1 scn 0 0 9 9 re f", Resources=Dictionary(ColorSpace=Dictionary(W=separation("White")))
    )
    assert found(painted(b"/M gs", ExtGState={"M": mask(white)}), SPOTTED) == ["missing-spot"]


def test_only_as_much_ink_as_lies_on_one_place_is_too_much():
    assert found(painted(b"1 1 1 0 k 0 0 9 9 re f")) == []
    assert found(painted(b"1 1 1 0.1 k 0 0 9 9 re f")) == ["total-ink"]
    space = Array([
        Name.DeviceN, Array([Name.Cyan, Name.Magenta, Name.Yellow, Name.Black]), Name.DeviceCMYK,
        Dictionary(FunctionType=4, Domain=[0, 1] * 4, Range=[0, 1] * 4),
    ])  # fmt: skip
    assert found(painted(b"/N cs 1 1 1 1 scn 0 0 9 9 re f", ColorSpace={"N": space})) == ["total-ink"]


def test_an_image_is_as_fine_as_it_is_placed():
    for scale, codes in ((b"100 0 0 100", []), (b"0 100 -100 0", []), (b"100 0 0 900", ["image-ppi"])):
        contents = b"q " + scale + b" 0 0 cm /A Do Q"
        assert found(painted(contents, XObject={"A": picture(Name.DeviceCMYK)})) == codes


def test_names_may_have_any_letters():
    area = samples.resized(spots=(Spot("Weiß 1", Cmyk(0, 0, 0, 0.1), overprint=False),))
    contents = b"/Fl#c3#a4che#20A cs 1 scn 0 0 9 9 re f"
    assert found(painted(contents, ColorSpace={"Fläche A": separation("Weiß 1")}), area) == []


def test_a_plate_named_in_an_old_encoding_is_a_strange_plate_and_no_broken_file():
    data = painted(b"/W cs 1 scn 0 0 9 9 re f", ColorSpace={"W": separation("WeiXYZ")})
    assert found(data.replace(b"/WeiXYZ", b"/Wei#df")) == ["unknown-spot"]
