"""What strangers send, and what is too large: a finding or a refusal that names the layer, never a crash."""

from __future__ import annotations

import io
import random
import resource
import zlib

import pytest
import pyvips
from fontTools.ttLib import TTCollection, TTFont
from PIL import Image as Pixels

from spectrum_orders.artwork import rendering
from spectrum_orders.artwork.intake import judge
from spectrum_orders.domain.catalogue.colour import Cmyk, Tint
from spectrum_orders.domain.catalogue.product import Area, Output, Space, Spot
from spectrum_orders.domain.catalogue.recipe import Box, Code, Fill, Fit, Image, Symbology, Text
from spectrum_orders.errors import Invalid
from tests.artwork import jobs, looking, uploads

AREA = Area("front", 40, 30)
BOX = Box(2, 2, 36, 26)


def _missing(text: str, font: str = "Libertinus Serif") -> str:
    """What preflight says about a text's letters; nothing when a font has them all."""
    made = rendering.make(jobs.job(AREA, Text(text, BOX, font=font, size=14)))
    return "".join(finding.found for finding in made.findings if finding.code == "glyph-missing")


@pytest.mark.parametrize(
    "text", ["Grace", "Ærøskøbing", "Ελλάς", "Київ", "נועה", "a\u0301", "x\u200by", "\t"]
)
def test_a_name_in_a_script_that_a_font_has_is_printed(text: str) -> None:
    assert not _missing(text)


def test_arabic_letters_are_joined() -> None:
    def outlines(text: str) -> bytes:
        layer = Text(text, BOX, font="DejaVu Sans Mono", size=40)
        return rendering.make(jobs.job(Area("x", 40, 30, bleed=0, output=Output.DXF), layer)).data

    # Initial, medial and final forms are other outlines than those of letters that are kept apart.
    assert not _missing("بيت", "DejaVu Sans Mono")
    assert outlines("بيت") != outlines("\u200c".join("بيت"))
    # The same word, drawn twice, is the same.
    assert outlines("بيت") == outlines("بيت")


@pytest.mark.parametrize(
    ("text", "code"),
    [("नमस्ते", "U+0928"), ("สวัสดี", "U+0E2A"), ("山田", "U+5C71"), ("for you 🎁", "U+1F381")],
)
def test_a_letter_that_no_font_has_is_a_finding(text: str, code: str) -> None:
    made = rendering.make(jobs.job(AREA, Text(text, BOX, size=14)))
    assert made.rejected
    assert code in _missing(text)
    # The characters that are there are not blamed, and no text is repeated.
    assert "U+0066" not in _missing(text)


def test_an_uploaded_font_is_used() -> None:
    own = uploads.font()
    made = rendering.make(jobs.job(AREA, Text("AA", BOX, font=jobs.name(own), size=40), assets=(own,)))
    assert not made.rejected, made.findings
    assert b"TestSans" in made.data


def test_of_a_collection_the_first_font_is_used() -> None:
    collection = TTCollection()
    collection.fonts = [TTFont(io.BytesIO(uploads.font())), TTFont(io.BytesIO(uploads.font(cff=True)))]
    out = io.BytesIO()
    collection.save(out)
    own = out.getvalue()
    assert judge(own).facts["fonts"] == 2
    made = rendering.make(jobs.job(AREA, Text("A", BOX, font=jobs.name(own)), assets=(own,)))
    assert not made.rejected, made.findings
    assert b"TestSans" in made.data


def test_a_font_that_surprises_the_typesetter_is_refused_by_its_layer() -> None:
    refused = 0
    for number in range(40):
        chance = random.Random(number)
        data = bytearray(uploads.font(cff=number % 2 == 0))
        for _ in range(3):
            data[chance.randrange(len(data))] = chance.choice((0, 255))
        own = bytes(data)
        try:
            rendering.make(jobs.job(AREA, Text("A", BOX, font=jobs.name(own)), assets=(own,)))
        except Invalid as error:
            refused += 1
            assert error.problems[0].pointer == "/layers/0/font"
    assert 0 < refused < 40


@pytest.mark.parametrize("data", [b"OTTO" + bytes(400), uploads.font()[:300], uploads.font(outlines=False)])
def test_a_broken_font_is_refused_by_its_layer(data: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        rendering.make(jobs.job(AREA, Text("A", BOX, font=jobs.name(data)), assets=(data,)))
    assert caught.value.problems[0].pointer == "/layers/0/font"


@pytest.mark.parametrize(
    "data",
    [
        b"nothing",
        jobs.photo()[:5000],
        uploads.SVG[:40],
        b"<svg><script/></svg>",
        b"<svg><text>A</text></svg>",
    ],
)
def test_a_picture_that_cannot_be_used_is_refused_by_its_layer(data: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        rendering.make(jobs.job(AREA, Image(jobs.name(data)), assets=(data,)))
    assert caught.value.problems[0].pointer == "/layers/0/asset"


def test_an_image_bomb_costs_nothing() -> None:
    bomb = uploads.png_of(20_000, 20_000, zlib.compress(bytes(10_000_000)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Invalid, match="million pixels"):
        rendering.make(jobs.job(AREA, Image(jobs.name(bomb)), assets=(bomb,)))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize(
    ("mode", "form"),
    [
        ("I;16", "PNG"),
        ("CMYK", "JPEG"),
        ("LA", "PNG"),
        ("1", "PNG"),
        ("P", "PNG"),
        ("RGB", "WEBP"),
        ("CMYK", "TIFF"),
    ],
)
def test_every_kind_of_picture_is_printed_in_the_areas_colours(mode: str, form: str) -> None:
    data = uploads.picture(mode, (400, 300), form)
    made = rendering.make(jobs.job(AREA, Image(jobs.name(data)), assets=(data,)))
    assert not made.rejected, made.findings
    with Pixels.open(io.BytesIO(made.preview)) as preview:
        grey = preview.convert("L").resize((8, 8), Pixels.Resampling.BOX)
    # The gradient is dark above and bright below, whatever it came as.
    assert looking.level(grey, (4, 0)) < 80
    assert looking.level(grey, (4, 7)) > 175


def test_a_photograph_stands_as_its_camera_was_held() -> None:
    exif = Pixels.Exif()
    exif[0x0112] = 3  # upside down
    data = uploads.picture("RGB", (400, 300), "JPEG", exif=exif)
    made = rendering.make(jobs.job(AREA, Image(jobs.name(data)), assets=(data,)))
    with Pixels.open(io.BytesIO(made.preview)) as preview:
        grey = preview.convert("L").resize((8, 8), Pixels.Resampling.BOX)
    assert looking.level(grey, (4, 0)) > 175
    assert looking.level(grey, (4, 7)) < 80


def test_an_svg_is_a_picture_like_any_other() -> None:
    data = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="20" height="30"/></svg>'
    )
    made = rendering.make(jobs.job(AREA, Image(jobs.name(data), BOX, Fit.STRETCH), assets=(data,)))
    assert not made.rejected, made.findings
    with Pixels.open(io.BytesIO(made.preview)) as preview:
        grey = preview.convert("L")
    assert looking.level(grey, (grey.width // 4, grey.height // 2)) < 60
    assert looking.level(grey, (grey.width * 3 // 4, grey.height // 2)) > 250


def test_a_picture_on_a_plate_is_its_darkness() -> None:
    area = Area(
        "front", 40, 30, bleed=0, output=Output.TIFF, dpi=100, spots=(Spot("Gloss", Cmyk(0, 0, 0, 0.1)),)
    )
    data = uploads.picture("L", (400, 300))
    made = rendering.make(jobs.job(area, Image(jobs.name(data), spot="Gloss"), assets=(data,)))
    plate = pyvips.Image.new_from_buffer(made.data, "")[4]
    assert plate(80, 2)[0] < 30  # dark above: much varnish, which counts as 0
    assert plate(80, plate.height - 3)[0] > 225


@pytest.mark.parametrize(("output", "space"), [(Output.TIFF, Space.CMYK), (Output.PNG, Space.RGB)])
def test_a_banner_of_three_metres_is_made_in_little_memory(output: Output, space: Space) -> None:
    area = Area("banner", 3000, 1000, output=output, space=space, dpi=50)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = jobs.photo()
    layers = (
        Image(jobs.name(data)),
        Text("OPENING TODAY", Box(100, 200, 2800, 600), size=1000, colour=Cmyk(0, 0, 0, 0)),
        Fill(Cmyk(0, 1, 1, 0), Box(0, 950, 3000, 20)),
    )
    made = rendering.make(jobs.job(area, *layers, assets=(data,)))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000
    with Pixels.open(io.BytesIO(made.data)) as picture:
        assert picture.size == (5917, 1980)


def test_a_banner_as_pdf_is_small() -> None:
    made = rendering.make(
        jobs.job(Area("banner", 3000, 1000), Text("OPENING TODAY", Box(100, 200, 2800, 600), size=1000))
    )
    assert not made.rejected, made.findings
    assert len(made.data) < 1_000_000


@pytest.mark.parametrize(
    ("layer", "pointer"),
    [
        (Fill(Tint("Gold")), "/layers/0/colour"),
        (Fill(Cmyk(2, 0, 0, 0)), "/layers/0/colour"),
        (Fill(Cmyk(0, 0, 0, 1), Box(0, 0, -1, 5)), "/layers/0/box"),
        (Text("A", Box(0, 0, float("nan"), 5)), "/layers/0/box"),
        (Text("A", BOX, font="Comic Sans"), "/layers/0/font"),
        (Code("4006381333932", BOX, Symbology.EAN13), "/layers/0/value"),
        (Image("0" * 64), "/layers/0/asset"),
    ],
)
def test_what_cannot_be_made_names_its_layer(layer: Fill | Text | Code | Image, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        rendering.make(jobs.job(AREA, layer))
    assert caught.value.problems[0].pointer == pointer


def test_a_finished_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(Invalid, match="not uploaded"):
        rendering.make(jobs.job(AREA, file="0" * 64))
