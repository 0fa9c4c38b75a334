"""Print files that are no PDFs: each is read back by something that did not write it."""

from __future__ import annotations

import io
import math
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import msgspec
import pyembroidery
import pytest
import pyvips
from ezdxf import units
from ezdxf.entities.lwpolyline import LWPolyline
from ezdxf.filemanagement import read
from PIL import Image, ImageStat

from spectrum_orders.artwork import dst, finished, profiles, rendering
from spectrum_orders.artwork.intake import judge
from spectrum_orders.domain.catalogue.asset import FINISHED
from spectrum_orders.domain.catalogue.colour import Cmyk, Rgb, Tint
from spectrum_orders.domain.catalogue.product import Area, Output, Space
from spectrum_orders.domain.catalogue.recipe import Box, Fill, Outline, Text
from spectrum_orders.errors import Invalid
from tests.artwork import jobs, looking

OTHERS = [output for output in Output if output is not Output.PDF_X4]


def _as(output: Output) -> bytes:
    """The sticker in a format, coarse enough to be quick."""
    return rendering.make(jobs.to(jobs.STICKER, output, dpi=150)).data


@pytest.mark.parametrize("output", OTHERS)
def test_each_format_is_as_a_person_has_seen_it(output: Output) -> None:
    one = jobs.to(jobs.STICKER, output, dpi=150)
    with Image.open(io.BytesIO(finished.preview(_as(output), one.area))) as picture:
        looking.assert_as_reviewed(f"{output.value}-sticker", picture.convert("RGB").reduce(2))


@pytest.mark.parametrize("output", Output)
def test_our_own_files_pass_the_checks_of_strangers(output: Output) -> None:
    one = jobs.to(jobs.MUG, output, dpi=150)
    made = rendering.make(one)
    assert not made.rejected, made.findings
    assert judge(made.data).kind is FINISHED[output]
    assert (made.suffix, made.media_type) == (output.suffix, output.media_type)
    with Image.open(io.BytesIO(made.preview)) as preview:
        assert max(preview.size) <= 600


@pytest.mark.parametrize("output", Output)
def test_a_finished_file_is_printed_unchanged(output: Output) -> None:
    one = jobs.to(jobs.STICKER, output, dpi=150)
    data = _as(output)
    made = rendering.make(jobs.finished(one.area, data))
    assert made.data == data
    with Image.open(io.BytesIO(made.preview)) as preview:
        assert len(preview.convert("RGB").getcolors(1 << 20) or ()) > 2
    broken = rendering.make(jobs.finished(one.area, data[: len(data) // 3]))
    assert broken.rejected
    with Image.open(io.BytesIO(broken.preview)) as placeholder:
        assert placeholder.width / placeholder.height == pytest.approx(
            preview.width / preview.height, abs=0.01
        )


def test_a_tiff_has_its_plates_as_named_channels() -> None:
    data = _as(Output.TIFF)
    picture = pyvips.Image.new_from_buffer(data, "")
    area = jobs.STICKER.area
    side = round((area.width + 2 * area.bleed) / 25.4 * 150)
    assert (picture.width, picture.height, picture.bands) == (side, side, 6)
    assert picture.get("icc-profile-data") == profiles.builtin(Space.CMYK).data
    assert picture.xres == pytest.approx(150 / 25.4, abs=0.01)
    resources = bytes(picture.get("photoshop-data"))
    assert b"\x0aCutContour" in resources
    assert "PANTONE 286 C\0".encode("utf-16-be") in resources
    # C, M, Y, K count ink; spot channels count light, as Photoshop's do.
    assert picture(3, 3) == pytest.approx([0, 0, 0, 0, 255, 255 * 0.6], abs=1)
    red = picture(*(round((mm + area.bleed) / 25.4 * 150) for mm in (23, 38)))
    assert red == pytest.approx([0, 230, 230, 0, 255, 255], abs=1)
    assert picture[4].min() == 0


def test_a_tiff_may_be_rgb() -> None:
    area = msgspec.structs.replace(jobs.STICKER.area, output=Output.TIFF, space=Space.RGB, spots=(), dpi=100)
    made = rendering.make(jobs.job(area, Fill(Rgb(1, 0.5, 0))))
    assert not made.rejected, made.findings
    with Image.open(io.BytesIO(made.data)) as picture:
        assert picture.mode == "RGB"
        assert picture.getpixel((50, 50)) == (255, 128, 0)


def test_a_png_is_transparent_where_nothing_is_and_has_no_white_edges() -> None:
    area = Area("face", 40, 20, bleed=0, output=Output.PNG, space=Space.RGB, dpi=150)
    made = rendering.make(jobs.job(area, Text("Oo", Box(2, 2, 36, 16), size=40, colour=Rgb(1, 0, 0))))
    with Image.open(io.BytesIO(made.data)) as picture:
        assert picture.mode == "RGBA"
        red, green, blue, opacity = picture.split()
    assert looking.level(opacity, (0, 0)) == 0
    partly = opacity.point(lambda value: 255 if 8 < value < 250 else 0)
    assert partly.getbbox() is not None
    # An edge that was painted on white paper would be pink.
    assert ImageStat.Stat(red, partly).extrema[0][0] >= 253
    assert all(ImageStat.Stat(channel, partly).extrema[0][1] <= 2 for channel in (green, blue))


def test_an_svg_needs_nothing_but_itself() -> None:
    made = rendering.make(jobs.to(jobs.GIFT, Output.SVG))
    facts = judge(made.data).facts
    assert facts == {**facts, "text": False, "pictures": 2, "widthMm": 66.0, "heightMm": 46.0}
    assert b'data-plate="White"' in made.data


def test_a_dxf_has_a_layer_for_each_plate_in_millimetres() -> None:
    document = read(io.StringIO(_as(Output.DXF).decode()))
    assert document.units == units.MM
    assert not document.audit().errors
    assert {layer.dxf.name for layer in document.layers} >= {"Print", "CutContour", "PANTONE 286 C"}
    cut = [line for line in document.modelspace() if line.dxf.layer == "CutContour"]
    (line,) = cut
    assert isinstance(line, LWPolyline)
    assert line.closed
    points = list(line.get_points("xy"))
    xs, ys = [x for x, _ in points], [y for _, y in points]
    assert (min(xs), max(xs), min(ys), max(ys)) == pytest.approx((0, 50, 0, 50), abs=0.001)
    # Its corners are round: none of its points is one.
    assert all(math.hypot(min(x, 50 - x), min(y, 50 - y)) > 2 for x, y in points)


@pytest.mark.parametrize("output", [Output.DXF, Output.DST])
def test_a_picture_cannot_be_cut_or_sewn(output: Output) -> None:
    with pytest.raises(Invalid) as caught:
        rendering.make(jobs.to(jobs.GIFT, output))
    assert [problem.pointer for problem in caught.value.problems] == ["/layers/1/asset", "/layers/2/asset"]


def test_an_embroidery_sews_every_ink_once_and_stays_in_its_hoop() -> None:
    pattern = pyembroidery.read_dst(io.BytesIO(_as(Output.DST)))
    assert pattern.count_color_changes() == 3  # tint, letters, bar, contour
    left, top, right, bottom = pattern.bounds()
    assert (left, top, right, bottom) == pytest.approx((-250, -250, 250, 250), abs=1)
    sewn = [(x, y, word & pyembroidery.COMMAND_MASK) for x, y, word in pattern.stitches]
    lengths = [
        math.dist(one[:2], two[:2]) for one, two in pairwise(sewn) if one[2] == two[2] == pyembroidery.STITCH
    ]
    assert max(lengths) <= 122


def test_an_embroidery_that_no_machine_holds_is_refused() -> None:
    area = Area("back", 3000, 2000, output=Output.DST)
    with pytest.raises(Invalid, match="stitches"):
        rendering.make(jobs.job(area, Fill(Cmyk(0, 0, 0, 1))))
    small = Area("back", 60, 60, output=Output.DST)
    line = Outline(Tint("x"), Box(5, 5, 50, 50), 6, 10)
    made = rendering.make(jobs.job(small, msgspec.structs.replace(line, colour=Cmyk(1, 0, 0, 0))))
    assert 300 < pyembroidery.read_dst(io.BytesIO(made.data)).count_stitches() < dst.MOST_STITCHES


_DIGESTS = """
import hashlib
from tests.artwork import jobs
from spectrum_orders.artwork import rendering
from spectrum_orders.domain.catalogue.product import Output
made = [rendering.make(one) for one in jobs.TEMPLATES.values()]
made += [rendering.make(jobs.to(jobs.STICKER, output, dpi=100)) for output in Output]
for file in made:
    print(hashlib.sha256(file.data).hexdigest(), hashlib.sha256(file.preview).hexdigest())
"""


def test_two_processes_make_the_same_bytes() -> None:
    root = Path(__file__).parents[2]
    said = []
    for seed in ("1", "2"):
        path = f"{root}:{root / 'src'}"
        environment = {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": path,
            "PATH": "/usr/bin:/bin",
            "TZ": f"UTC+{seed}",
        }
        done = subprocess.run(
            [sys.executable, "-c", _DIGESTS], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert said[0] == said[1]
    assert len(said[0].split()) == 20
