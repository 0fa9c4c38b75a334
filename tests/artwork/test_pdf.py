"""PDF/X-4 print files, looked at by tools that we did not write."""

from __future__ import annotations

import io
import re
from pathlib import Path

import msgspec
import pikepdf
import pytest
from PIL import Image as Pixels
from PIL import ImageChops, ImageStat

from spectrum_orders.artwork import rendering
from spectrum_orders.domain.catalogue.product import Area, Space
from spectrum_orders.domain.catalogue.recipe import Box, Fill, Image, Outline, Text
from spectrum_orders.domain.catalogue.work import PrintJob
from tests.artwork import jobs, looking


@pytest.fixture(params=jobs.TEMPLATES)
def template(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """A template's name and its PDF."""
    path = tmp_path / f"{request.param}.pdf"
    path.write_bytes(rendering.make(jobs.TEMPLATES[request.param]).data)
    return request.param, path


def test_a_template_is_sound_whole_and_as_a_person_has_seen_it(template: tuple[str, Path]) -> None:
    name, path = template
    assert "No syntax or stream encoding errors found" in looking.run("qpdf", "--check", path)
    rows = looking.run("pdffonts", path).splitlines()[2:]
    assert all(re.search(r"\byes +(yes|no) +(yes|no) +\d+ +\d+ *$", row) for row in rows)
    assert bool(rows)
    for row in looking.run("pdfimages", "-list", path).splitlines()[2:]:
        fields = row.split()
        kind, space, ppi = fields[2], fields[5], int(fields[12])
        assert ppi >= 150
        assert kind == "smask" or space == "cmyk"
    looking.assert_as_reviewed(f"pdf-{name}", looking.drawn(path))


def test_the_boxes_are_the_areas(template: tuple[str, Path]) -> None:
    name, path = template
    area = jobs.TEMPLATES[name].area
    with pikepdf.open(path) as pdf:
        (page,) = pdf.pages
        left, bottom, right, top = (float(side) for side in page.trimbox)
        assert right - left == pytest.approx(area.width / 25.4 * 72, abs=0.01)
        assert top - bottom == pytest.approx(area.height / 25.4 * 72, abs=0.01)
        assert left == bottom == pytest.approx(area.bleed / 25.4 * 72, abs=0.01)
        assert [float(side) for side in page.bleedbox] == [float(side) for side in page.mediabox]
        assert pdf.Root.OutputIntents[0].S == "/GTS_PDFX"


def test_a_file_is_called_by_what_it_is_made_of() -> None:
    def called(one: PrintJob) -> bytes:
        with pikepdf.open(io.BytesIO(rendering.make(one).data)) as pdf:
            first, now = pdf.trailer["/ID"]
            assert bytes(first) == bytes(now)
            return bytes(first)

    names = [called(one) for one in jobs.TEMPLATES.values()]
    assert len({*names}) == len(names)
    assert all(len(name) == 16 for name in names)
    assert called(jobs.MUG) == names[0]
    wider = msgspec.structs.replace(jobs.MUG.area, width=121)
    assert called(msgspec.structs.replace(jobs.MUG, area=wider)) not in names


def test_every_plate_has_its_name_and_its_ink(tmp_path: Path) -> None:
    path = tmp_path / "sticker.pdf"
    path.write_bytes(rendering.make(jobs.STICKER).data)
    plates = looking.plates(path)
    assert set(plates) == {"Cyan", "Magenta", "Yellow", "Black", "PANTONE 286 C", "CutContour"}
    brand, cut = plates["PANTONE 286 C"], plates["CutContour"]
    # 5 pixels inside the bleed: the tint and nothing else.
    assert looking.level(brand, (3, 3)) == pytest.approx(255 * 0.6, abs=2)
    assert all(looking.level(plates[name], (3, 3)) == 255 for name in ("Cyan", "Magenta", "Yellow", "Black"))
    # The letters are solid.
    assert brand.getextrema()[0] == 0
    # The red bar's middle, 23 mm and 38 mm from the trim's corner: process inks, and the plate knocked out.
    middle = round((23 + 2) / 25.4 * 72), round((38 + 2) / 25.4 * 72)
    assert looking.level(brand, middle) == 255
    assert looking.level(plates["Magenta"], middle) == pytest.approx(255 * 0.1, abs=2)
    # The knife's line is there, and knocks nothing out.
    edge = [(x, round(27 / 25.4 * 72)) for x in range(3, 10)]
    assert min(looking.level(cut, point) for point in edge) < 200
    assert all(looking.level(brand, point) == pytest.approx(255 * 0.6, abs=2) for point in edge)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_picture_that_is_no_photograph_is_there_to_the_last_bit(mode: str, tmp_path: Path) -> None:
    area = Area("front", 60, 40, bleed=0, dpi=200, space=Space.RGB)
    with Pixels.open(io.BytesIO(jobs.photo(720, 480, "PNG"))) as opened:
        picture = opened.convert(mode)
    picture.putalpha(Pixels.effect_noise(picture.size, 90))
    picture.save(out := io.BytesIO(), "PNG")
    path = tmp_path / "picture.pdf"
    one = jobs.job(area, Image(jobs.name(out.getvalue())), assets=(out.getvalue(),))
    path.write_bytes(rendering.make(one).data)
    looking.run("pdfimages", "-png", path, tmp_path / "found")
    wanted = picture.convert(mode[:-1]), picture.getchannel("A")
    for number, whole in enumerate(wanted):
        with Pixels.open(tmp_path / f"found-00{number}.png") as found:
            assert found.convert(whole.mode).tobytes() == whole.tobytes()
    # Another reader unpacks it alike.
    with pikepdf.open(path) as pdf:
        stream = pdf.pages[0].resources["/XObject"]["/X0"]
        assert isinstance(stream, pikepdf.Stream)
        assert stream.read_bytes() == wanted[0].tobytes()


def test_white_lies_below_nothing_and_knocks_out(tmp_path: Path) -> None:
    path = tmp_path / "mug.pdf"
    path.write_bytes(rendering.make(jobs.MUG).data)
    plates = looking.plates(path)
    corner = round((84 + 3 + 0.5) / 25.4 * 72), round((14 + 3 + 0.5) / 25.4 * 72)
    assert looking.level(plates["White"], corner) == 0
    assert looking.level(plates["Cyan"], corner) == 255
    assert looking.level(plates["White"], (5, 5)) == 255
    # The code is pure black, so that no four plates must meet.
    assert plates["Cyan"].crop((300, 60, 320, 120)).getextrema() == (255, 255)
    assert plates["Black"].getextrema()[0] == 0


@pytest.mark.parametrize(("width", "unit"), [(5_000, None), (6_000, 2), (20_000, 4)])
def test_a_page_beyond_what_viewers_take_has_larger_units(
    width: float, unit: int | None, tmp_path: Path
) -> None:
    area = Area("banner", width, 900, bleed=10)
    layers = (
        Fill(jobs.BLUE),
        Text("OPENING TODAY", Box(100, 100, width - 200, 700), size=1500, colour=jobs.PAPER),
        Outline(jobs.PAPER, Box(50, 50, 300, 800), width=0.1),
    )
    made = rendering.make(jobs.job(area, *layers))
    with pikepdf.open(io.BytesIO(made.data)) as pdf:
        page = pdf.pages[0]
        assert page.obj.get("/UserUnit") == unit
        assert max(map(float, page.mediabox)) <= 14_400
        millimetres = (unit or 1) * 25.4 / 72
        trim = [float(side) * millimetres for side in page.trimbox]
    assert trim == pytest.approx([10, 10, width + 10, 910], abs=0.01)
    # A line of a tenth of a point is still one, whatever the unit.
    assert {finding.code: finding.found for finding in made.findings} == {"hairline": "a line of 0.10 pt"}
    path = tmp_path / "banner.pdf"
    path.write_bytes(made.data)
    assert "No syntax or stream encoding errors found" in looking.run("qpdf", "--check", path)
    again = rendering.make(jobs.finished(area, made.data))
    assert [finding.code for finding in again.findings] == ["hairline"]
    with Pixels.open(io.BytesIO(made.preview)) as own, Pixels.open(io.BytesIO(again.preview)) as read:
        assert own.size[0] == read.size[0]
        off = ImageChops.difference(own.convert("L"), read.convert("L").resize(own.size))
    # The typesetter shows inks a little differently.
    assert ImageStat.Stat(off).mean[0] < 16
